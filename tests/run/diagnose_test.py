"""The checks of the posterior: a page, a file, the same on any number of ranks, and an exit status where it is asked for."""

import json
import os

import h5py
import numpy

from case import RunCase, main

KEYS = ["sbc", "tarp_prior", "tarp_data", "coverage", "z_mean", "z_spread", "uce", "contraction", "latent_mean",
        "latent_spread", "latent_kurtosis", "predictive", "novelty"]
# So lax that the tiny flow, which has learned next to nothing, passes.
LAX = ["--diagnose.significance=1e-300", "--diagnose.coverage_tolerance=1", "--diagnose.spread_tolerance=1000",
       "--diagnose.bias_tolerance=1000", "--diagnose.uce_tolerance=1000", "--diagnose.least_contraction=0",
       "--diagnose.kurtosis_tolerance=1000"]


class Diagnose(RunCase):
    def setUp(self):
        super().setUp()
        self.bornflow("run", self.parameter_file, "--run.tasks=pairs,train", ranks=2)

    def diagnose(self, *options, ranks=2, expect=0):
        return self.bornflow("diagnose", self.parameter_file, "--diagnose.lsrtm_iterations=0", *options, ranks=ranks,
                             expect=expect)

    def contents(self):
        found = {}
        with h5py.File(self.path("run", "diagnostics.h5"), "r") as file:
            file.visititems(lambda name, item: found.update({name: (item[...].tobytes(), sorted(map(str, item.attrs.items())))})
                            if isinstance(item, h5py.Dataset) else None)
        return found

    def test_a_page_and_a_file(self):
        text = self.diagnose()
        with h5py.File(self.path("run", "diagnostics.h5"), "r") as file:
            self.assertEqual(file["checks"].attrs["keys"].decode().split(","), KEYS)
            failed = 0
            for key in KEYS:
                check = file[f"checks/{key}"]
                self.assertIn(check.attrs["name"].decode(), text)
                self.assertIn(check.attrs["meaning"].decode(), text)
                self.assertIn(check.attrs["verdict"].decode(), ("ok", "unclear", "FAILED"))
                is_in_range = check.attrs["low"] <= check[0] <= check.attrs["high"]
                self.assertEqual(bool(is_in_range), check.attrs["verdict"] == b"ok", key)
                failed += check.attrs["verdict"] == b"FAILED"
            self.assertEqual(file["checks"].attrs["failed"], failed)
            self.assertGreater(failed, 0, "three epochs on 34 pairs teach a flow next to nothing")
            self.assertEqual(file["tarp/ranks_data"].shape, (21,))
            self.assertEqual(file["predictive/residual_ratio"].shape, (20,))
            # Samples of a flow that has learned nothing do not explain the data: more than the noise is left.
            self.assertTrue((file["predictive/residual_ratio"][:] > 1).all())

    def test_the_sampling_is_fitted_once_for_a_flow(self):
        def fits():
            with open(self.path("run", "timings.json")) as file:
                return sum(phase["path"].endswith("/calibration") for phase in json.load(file)["phases"])
        self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate,posterior", ranks=2)
        self.assertEqual(fits(), 1)
        fitted = self.read_bytes("run", "calibration.h5")
        told = [line for line in self.diagnose().splitlines() if "sampling, fitted" in line or "not calibrated" in line]
        self.assertEqual(fits(), 0)
        self.assertEqual(self.read_bytes("run", "calibration.h5"), fitted)
        with h5py.File(self.path("run", "posterior.h5"), "r") as one, h5py.File(self.path("run", "diagnostics.h5"), "r") as other:
            for name in ("temperature", "log_gain", "log_gain_slope", "log_gain_spread"):
                self.assertEqual(one.attrs[name], other.attrs[name])
        # A damaged file, and that of another flow, are made anew; and the words are the same, read or fitted.
        self.write(os.path.join("run", "calibration.h5"), "damaged")
        again = self.diagnose("--run.overwrite=true", "--diagnose.samples=23")
        self.assertEqual(fits(), 1)
        self.assertEqual([line for line in again.splitlines() if "sampling, fitted" in line or "not calibrated" in line], told)
        self.bornflow("train", self.parameter_file, "--run.overwrite=true", "--train.epochs=2")
        self.diagnose("--run.overwrite=true", "--train.epochs=2")
        self.assertEqual(fits(), 1)

    def test_nothing_depends_on_the_number_of_ranks(self):
        self.diagnose(ranks=1)
        one = self.contents()
        for ranks in (2, 3, 4):
            for name in ("diagnostics.h5", "calibration.h5"):
                os.remove(self.path("run", name))
            self.diagnose(ranks=ranks)
            there = self.contents()
            self.assertEqual(set(one), set(there))
            self.assertEqual([name for name in one if one[name] != there[name]], [])

    def test_enforced_checks_end_with_4_and_keep_the_file(self):
        text = self.diagnose("--diagnose.enforce=true", expect=4)
        self.assertIn("enforce", text)
        self.assertIn("diagnostics.h5", text)
        before = self.read_bytes("run", "diagnostics.h5")
        # The verdict is part of the file: asked for later, it is the same, and without being asked for it does no harm.
        self.diagnose("--diagnose.enforce=true", expect=4)
        self.assertFalse(os.path.exists(self.path("run", "timings.json")))
        self.assertIn("reused", self.diagnose())
        self.assertEqual(before, self.read_bytes("run", "diagnostics.h5"))
        # The call that failed has left no whole records: the next one writes them, though it makes nothing.
        with open(self.path("run", "manifest.json")) as file:
            self.assertEqual(json.load(file)["status"], "done")
        self.assertTrue(os.path.exists(self.path("run", "timings.json")))

    def test_enforced_checks_that_pass_end_with_0(self):
        self.diagnose("--diagnose.enforce=true", *LAX)
        with h5py.File(self.path("run", "diagnostics.h5"), "r") as file:
            self.assertEqual(file["checks"].attrs["failed"], 0)

    def test_without_simulations_the_predictive_check_is_left_out(self):
        text = self.diagnose("--diagnose.predictive_images=0")
        self.assertNotIn("residual of simulated data", text)
        with h5py.File(self.path("run", "diagnostics.h5"), "r") as file:
            self.assertNotIn("predictive", file)
            self.assertTrue(numpy.isfinite(file["checks/contraction"][0]))


if __name__ == "__main__":
    main()
