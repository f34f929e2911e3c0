"""The user's own set-up is verified: a page, a file, and an exit status that a script can use."""

import json

from case import RunCase, main


class Verify(RunCase):
    def report(self):
        with open(self.path("run", "verify.json")) as file:
            return {check["name"]: check for check in json.load(file)["checks"]}

    def test_passes(self):
        text = self.bornflow("verify", self.parameter_file, ranks=2)
        checks = self.report()
        self.assertEqual(len(checks), 8)
        for name, check in checks.items():
            self.assertTrue(check["passed"], name)
            self.assertIn(name, text)
        self.assertLess(checks["dot product, Born and migration, double"]["worst"], 1e-13)
        self.assertEqual(self.status("run"), "done")

    def test_passes_with_a_cpml(self):
        for more in (["--wave.storage=boundary"], ["--wave.free_surface=true", "--parallel.ranks_per_group=2"]):
            self.bornflow("verify", self.parameter_file, "--wave.absorbing=cpml", "--wave.layer_width=10", *more, ranks=2)
            for name, check in self.report().items():
                self.assertTrue(check["passed"], name)
            self.assertLess(self.report()["dot product, Born and migration, double"]["worst"], 1e-13)

    LAYERS = ["--density.kind=layers", "--density.depths=150,300", "--density.values=1900,2600,2200"]

    def test_passes_where_the_density_varies(self):
        for more in (["--density.kind=gardner", "--wave.storage=boundary"],
                     [*self.LAYERS, "--wave.free_surface=true", "--parallel.ranks_per_group=2"],
                     [*self.LAYERS, "--wave.absorbing=cpml", "--wave.layer_width=10", "--parallel.ranks_per_group=2"]):
            self.bornflow("verify", self.parameter_file, *more, ranks=2)
            for name, check in self.report().items():
                self.assertTrue(check["passed"], name)
            self.assertLess(self.report()["dot product, Born and migration, double"]["worst"], 1e-13)

    def test_a_density_that_cannot_be_is_refused(self):
        for more, words in ((["--density.kind=layers", "--density.values=2000,2100"], "one more than interfaces"),
                            (["--density.values=2000"], "kind = layers"),
                            (["--density.kind=file"], "needs [density] file"),
                            (["--density.kind=gardner", "--time.dt=0.004"], "this density")):
            self.assertIn(words, self.bornflow("verify", self.parameter_file, *more, expect=2))

    def test_a_cpml_that_cannot_absorb_is_refused(self):
        text = self.bornflow("verify", self.parameter_file, "--wave.absorbing=cpml", "--wave.layer_width=2", expect=2)
        self.assertIn("Choose 8 or more", text)

    def test_an_approximate_storage_is_compared_with_an_exact_one(self):
        for storage in ("half", "byte"):
            self.bornflow("verify", self.parameter_file, f"--wave.storage={storage}", "--verify.shots=1")
            checks = self.report()
            self.assertEqual(len(checks), 10)
            for name in ("1 - cosine of the image", "relative difference of the image"):
                check = checks[f"{name}, {storage}"]
                self.assertTrue(check["passed"])
                self.assertGreater(check["worst"], 0)

    def test_the_checks_do_not_depend_on_the_number_of_ranks(self):
        self.bornflow("verify", self.parameter_file, ranks=1)
        one = self.report()
        self.bornflow("verify", self.parameter_file, ranks=2)
        self.assertEqual(one, self.report())

    def test_records_without_waves_cannot_be_verified(self):
        text = self.bornflow("verify", self.parameter_file, "--time.record_length=0.016", "--acquisition.receivers=1",
                             "--acquisition.receiver_depth=600", expect=4)
        self.assertIn("before the first wave", text)


if __name__ == "__main__":
    main()
