"""Bad input: each gets a message that says what, where, which rule and the cure, the right exit code, and harms nothing."""

import os
import struct
import subprocess

from case import BORNFLOW, RunCase, main


class Parameters(RunCase):
    def refuse(self, *overrides, code=2, task="run"):
        text = self.bornflow(task, self.parameter_file, *overrides, expect=code)
        return text

    def test_all_errors_come_at_once_and_nothing_is_made(self):
        bad = self.write("bad.cfg", "[grid]\nn_x = 5\nnx = 3x\nnx = 64\ndx = -1\ndz = nan\n[gird]\nnx = 1\n")
        text = self.bornflow("run", bad, expect=2)
        for phrase in ("bad.cfg:2", "Did you mean 'nx'?", "bad.cfg:3", "bad.cfg:4", "bad.cfg:5", "bad.cfg:6", "bad.cfg:7",
                       "Did you mean 'grid'?", "nothing was run"):
            self.assertIn(phrase, text)
        self.assertFalse(os.path.exists(self.path("run")))

    def test_misspelt_override(self):
        self.assertIn("Did you mean 'epochs'?", self.refuse("--train.epoch=3"))

    def test_time_step_above_the_stability_limit(self):
        text = self.refuse("--time.dt=0.004")
        self.assertIn("dt", text)
        self.assertRegex(text, r"limit|stable")

    def test_too_few_points_per_wavelength(self):
        text = self.refuse("--time.peak_frequency=60", "--wave.min_points_per_wavelength=3")
        self.assertIn("points", text)
        self.assertIn("peak_frequency", text)

    def test_source_below_the_grid(self):
        self.assertIn("outside the grid", self.refuse("--acquisition.source_depth=5000"))

    def test_grid_that_the_flow_cannot_squeeze(self):
        self.assertRegex(self.refuse("--flow.scales=6"), r"command line: \[flow\] scales.*divides")

    def test_a_source_on_the_free_surface(self):
        self.assertIn("source_depth", self.refuse("--wave.free_surface=true", "--acquisition.source_depth=0"))

    def test_a_library_that_is_not_there(self):
        library = ("--prior.kind=library", "--prior.file=/nowhere/library.h5", "--train.negate=false")
        self.assertIn("[prior] file = '/nowhere/library.h5'", self.refuse(*library))
        self.assertIn("[prior] file = '/nowhere/library.h5'", self.refuse("--dry-run", *library))

    def test_several_rules_between_sections_at_once(self):
        text = self.refuse("--flow.scales=6", "--train.validation=1000", "--observed.index=3")
        self.assertIn("3 errors", text)

    def test_ranks_that_disagree_do_not_hang(self):
        self.bornflow("run", self.parameter_file, "--flow.scales=6", ranks=3, expect=2)

    def test_task_without_its_input_names_the_task_to_run(self):
        self.assertIn("bornflow model", self.refuse(task="migrate"))
        self.assertIn("bornflow pairs", self.refuse(task="posterior"))


class Models(RunCase):
    def with_model(self, values, units, name="model.bin", code=2):
        nz, nx = 40, 40
        self.write(name, struct.pack(f"<{nz * nx}f", *([values] * (nz * nx)) if not callable(values) else
                                     [values(i) for i in range(nz * nx)]), "wb")
        return self.bornflow("run", self.parameter_file, "--model.kind=file", f"--model.file={self.path(name)}",
                             f"--model.units={units}", "--model.file_nx=40", "--model.file_nz=40", "--model.file_dx=20",
                             "--model.file_dz=20", "--train.flip=false", "--run.tasks=model", expect=code)

    def test_kilometres_a_second_declared_as_metres(self):
        self.assertIn("km/s", self.with_model(2.5, "m/s", code=3))

    def test_feet_a_second_declared_as_metres(self):
        self.assertIn("ft/s", self.with_model(13000.0, "m/s", code=3))

    def test_squared_slowness_declared_as_metres(self):
        self.assertIn("s2/km2", self.with_model(0.15, "m/s", code=3))

    def test_a_value_that_is_not_finite(self):
        self.assertIn("finite", self.with_model(lambda i: float("nan") if i == 7 else 2500.0, "m/s", code=3))

    def test_the_right_unit_is_taken(self):
        self.with_model(2.5, "km/s", code=0)

    def test_a_file_that_is_not_there(self):
        text = self.bornflow("run", self.parameter_file, "--model.kind=file", "--model.file=/nowhere/model.h5",
                             "--train.flip=false", expect=2)
        self.assertIn("[model] file = '/nowhere/model.h5'", text)
        self.assertTrue(self.status("run").startswith("failed: "), self.status("run"))


class Files(RunCase):
    def setUp(self):
        super().setUp()
        self.bornflow("model", self.parameter_file)
        self.observed = self.path("run", "observed.h5")

    def damage(self, change):
        data = self.read_bytes("run", "observed.h5")
        with open(self.observed, "wb") as file:
            file.write(change(data))

    def test_truncated(self):
        self.damage(lambda data: data[: len(data) // 2])
        self.assertIn("observed.h5", self.bornflow("migrate", self.parameter_file, expect=3))

    def test_empty(self):
        self.damage(lambda data: b"")
        self.assertIn("observed.h5", self.bornflow("migrate", self.parameter_file, expect=3))

    def test_foreign(self):
        self.damage(lambda data: b"%PDF-1.4 this is something else" * 100)
        self.assertIn("observed.h5", self.bornflow("migrate", self.parameter_file, expect=3))

    def test_run_folder_of_another_configuration(self):
        before = self.read_bytes("run", "observed.h5")
        text = self.bornflow("model", self.parameter_file, "--noise.level=0.5", expect=2)
        self.assertIn("another configuration: [noise] level = ", text)
        self.assertIn(" there and 0.5 here", text)
        self.assertIn("overwrite", text)
        self.assertEqual(before, self.read_bytes("run", "observed.h5"), "the refused run must not touch the product")
        self.bornflow("model", self.parameter_file, "--noise.level=0.5", "--run.overwrite=true")
        self.assertNotEqual(before, self.read_bytes("run", "observed.h5"))

    def test_input_of_another_configuration(self):
        text = self.bornflow("migrate", self.parameter_file, "--noise.level=0.5", "--grid.ox=3", expect=2)
        self.assertIn("[grid] ox = 0 there and 3 here; [noise] level = ", text)
        self.assertIn("Give those parameters", text)

    def test_link_to_nowhere(self):
        os.remove(self.observed)
        os.symlink(self.path("nowhere"), self.observed)
        text = self.bornflow("migrate", self.parameter_file, expect=5)
        self.assertIn("observed.h5", text)
        self.assertNotIn("damaged", text)

    def test_folder_that_cannot_be_made(self):
        self.write("file", "in the way")
        text = self.bornflow("model", self.parameter_file, f"--run.folder={self.path('file', 'run')}", expect=5)
        self.assertIn("file", text)

    def test_works_without_a_launcher(self):
        done = subprocess.run([BORNFLOW, "migrate", self.parameter_file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    main()
