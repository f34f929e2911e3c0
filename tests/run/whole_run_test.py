"""All tasks in one go; a second call does nothing; every product carries what it needs to be understood."""

import json
import os
import time

import h5py
import numpy

from case import RunCase, main

PRODUCTS = ["observed.h5", "migrated.h5", "inverted.h5", "pairs.h5", "flow.h5", "posterior.h5", "diagnostics.h5"]


class WholeRun(RunCase):
    def test_run_and_run_again(self):
        text = self.bornflow("run", self.parameter_file, ranks=2)
        self.assertIn("posterior mean", text)
        self.assertEqual(self.status("run"), "done")
        before = {}
        for name in PRODUCTS:
            with h5py.File(self.path("run", name), "r") as file:
                self.assertEqual(int(file.attrs["complete"]), 1, name)
                self.assertIn("configuration", file.attrs, name)
                self.assertIn("git", file.attrs, name)
            before[name] = os.stat(self.path("run", name)).st_mtime_ns
        self.assertEqual([f for f in os.listdir(self.path("run")) if "partial" in f], [])

        records = {name: self.read_bytes("run", name) for name in ("manifest.json", "timings.json")}
        self.bornflow("verify", self.parameter_file, "--time.record_length=0.3")
        start = time.time()
        text = self.bornflow("run", self.parameter_file, ranks=2)
        self.assertEqual(text.count("reused"), len(PRODUCTS))
        self.assertLess(time.time() - start, 20)
        self.assertEqual(before, {name: os.stat(self.path("run", name)).st_mtime_ns for name in PRODUCTS})

        for name, content in records.items():   # they tell of the call that made the products
            self.assertEqual(self.read_bytes("run", name), content, name)

        self.check_posterior()
        self.check_manifest()

    def check_posterior(self):
        with h5py.File(self.path("run", "posterior.h5"), "r") as file:
            mean, std = file["mean"][:], file["std"][:]
            self.assertEqual(mean.shape, (32, 32))
            self.assertTrue(numpy.isfinite(mean).all() and numpy.isfinite(std).all())
            self.assertTrue((mean[:3] == 0).all(), "water rows are known")
            self.assertTrue((std[3:] > 0).all())
            self.assertTrue((file["quantile_05"][:] <= file["median"][:]).all())
            self.assertEqual(file["samples"].shape, (4, 32, 32))
            self.assertEqual({file[name].attrs["units"] for name in file}, {b"s2/km2"})
            self.assertEqual(file.attrs["n_samples"], 20)

    def check_manifest(self):
        with open(self.path("run", "manifest.json")) as file:
            manifest = json.load(file)
        text = json.dumps(manifest)
        for word in ("git", "Kokkos", "ranks", "velocity_top", "case.cfg", "done"):
            self.assertIn(word, text)
        with open(self.path("run", "timings.json")) as file:
            self.assertIn("pairs", json.dumps(json.load(file)))

    def test_hint_and_library_of_images(self):
        rng = numpy.random.default_rng(1)
        with h5py.File(self.path("library.h5"), "w") as file:
            file["images"] = rng.standard_normal((3, 80, 90)).cumsum(axis=2).astype("f4")
        self.bornflow("run", self.parameter_file, "--flow.network=hint", "--flow.depth=2", "--prior.kind=library",
                      f"--prior.file={self.path('library.h5')}", "--noise.band=white", "--observed.physics=nonlinear",
                      "--prior.amplitude=0.002", "--train.negate=false")
        self.check_posterior()

    def test_posterior_and_diagnostics_do_not_depend_on_the_number_of_ranks(self):
        self.bornflow("run", self.parameter_file, ranks=1)
        read = lambda name, key: h5py.File(self.path("run", name), "r")[key][:]
        mean, ranks = read("posterior.h5", "mean"), read("diagnostics.h5", "sbc/ranks")
        for name in ("posterior.h5", "diagnostics.h5", "calibration.h5"):
            os.remove(self.path("run", name))
        self.bornflow("run", self.parameter_file, ranks=3)
        self.assertTrue((mean == read("posterior.h5", "mean")).all())
        self.assertTrue((ranks == read("diagnostics.h5", "sbc/ranks")).all())


if __name__ == "__main__":
    main()
