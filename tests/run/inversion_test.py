"""Waveform inversion: restarts and ranks leave no trace in inverted.h5, and wrong parameters are all named at once."""

import os
import signal

import h5py
import numpy as np

from case import RunCase, main

FWI = {"run.tasks": "model,invert", "observed.physics": "full", "observed.truth": "lens", "observed.lens_change": 400,
       "observed.lens_x": 310, "observed.lens_z": 220, "observed.lens_radius": 60, "noise.level": 0,
       "invert.method": "fwi", "invert.preconditioner": "illumination", "invert.frequencies": "7,12",
       "invert.iterations": 12, "invert.restart_every": 4, "invert.smoothing": 25, "invert.velocity_min": 1450,
       "invert.velocity_max": 4500}


def options(**changes):
    """The arguments of FWI with some values changed; section__key stands for section.key."""
    values = FWI | {name.replace("__", "."): value for name, value in changes.items()}
    return [f"--{name}={value}" for name, value in values.items()]


class WaveformInversion(RunCase):
    def invert(self, name, ranks=1, **changes):
        return self.bornflow("run", self.parameter_file, *options(run__folder=self.path(name), **changes), ranks=ranks)

    def expected(self):
        """inverted.h5 of a long run on two ranks that nothing disturbed; made once for all tests."""
        cls = type(self)
        if not hasattr(cls, "undisturbed"):
            self.invert("whole", 2, invert__iterations=40)
            cls.undisturbed = self.inverted("whole")
        return cls.undisturbed

    def inverted(self, name):
        return self.read_bytes(name, "inverted.h5")

    def checkpoint_records(self, name):
        try:
            with h5py.File(self.path(name, "inverted.checkpoint.h5"), "r") as file:
                return len(file["history/misfit"])
        except (OSError, KeyError):
            return 0

    def test_result(self):
        text = self.invert("run")
        for column in ("band", "misfit", "relative", "|gradient|", "step", "solves", "error", "left"):
            self.assertIn(column, text)
        with h5py.File(self.path("run", "inverted.h5"), "r") as file, h5py.File(self.path("run", "observed.h5")) as observed:
            history = {name: file["history"][name][:] for name in file["history"]}
            self.assertEqual(set(history["corner"]), {7, 12})
            first_band = history["misfit"][history["band"] == 0]
            self.assertTrue((np.diff(first_band) < 0).all())
            self.assertLess(history["relative_misfit"][history["band"] == 0][-1], 0.1)
            self.assertLess(history["model_error"][-1], 0.5)
            np.testing.assert_allclose(history["residual_norm"] ** 2 / 2, history["misfit"])
            velocity = file["velocity"][:]
            self.assertEqual(file["velocity"].attrs["units"].decode(), "m/s")
            self.assertEqual(file["image"].attrs["units"].decode(), "s2/km2")
            self.assertGreaterEqual(velocity.min(), 1450 * (1 - 1e-6))
            self.assertLessEqual(velocity.max(), 4500 * (1 + 1e-6))
            np.testing.assert_array_equal(velocity[:3], 1500)   # the water is muted
            self.assertEqual(file.attrs["pde_solves"], history["pde_solves"][-1])
            # The lens is where it is: the change points the way of the truth there.
            truth, image = observed["truth"][:], file["image"][:]
            self.assertGreater(np.vdot(truth, image) / np.linalg.norm(truth) / np.linalg.norm(image), 0.85)

    def test_same_bytes_on_any_number_of_ranks(self):
        self.invert("one", 1)
        for name, ranks in (("two", 2), ("three", 3)):
            self.invert(name, ranks)
            self.assertEqual(self.inverted("one"), self.inverted(name))

    def test_same_bytes_after_a_kill(self):
        for name, records, ranks in (("early", 5, 2), ("late", 45, 1)):
            process = self.start("run", self.parameter_file,
                                 *options(run__folder=self.path(name), invert__iterations=40), ranks=2)
            self.kill_when(process, lambda: self.checkpoint_records(name) >= records, f"{records} records were saved")
            self.assertFalse(os.path.exists(self.path(name, "inverted.h5")))
            self.assertIn("RESTART", self.invert(name, ranks, invert__iterations=40))
            self.assertEqual(self.expected(), self.inverted(name))
            self.assertFalse(os.path.exists(self.path(name, "inverted.checkpoint.h5")))

    def test_stopped_by_a_signal(self):
        process = self.start("run", self.parameter_file,
                             *options(run__folder=self.path("stopped"), invert__iterations=40), ranks=2)
        code, output = self.kill_when(process, lambda: self.checkpoint_records("stopped") >= 4, "a leg was saved",
                                      how=signal.SIGUSR1)
        self.assertEqual(code, 0, output)
        self.assertEqual(self.status("stopped"), "checkpointed", output)
        self.assertFalse(os.path.exists(self.path("stopped", "inverted.h5")))
        self.invert("stopped", 2, invert__iterations=40)
        self.assertEqual(self.status("stopped"), "done")
        self.assertEqual(self.expected(), self.inverted("stopped"))

    def test_checkpoint_of_other_parameters(self):
        process = self.start("run", self.parameter_file, *options(invert__iterations=40))
        self.kill_when(process, lambda: self.checkpoint_records("run") >= 4, "a leg was saved")
        other = options(invert__smoothing=30)
        self.assertIn("inverted.checkpoint.h5", self.bornflow("run", self.parameter_file, *other, expect=2))
        self.bornflow("run", self.parameter_file, *other, "--run.overwrite=true")

    def test_a_damaged_checkpoint(self):
        os.makedirs(self.path("run"))
        self.write(os.path.join("run", "inverted.checkpoint.h5"), "no checkpoint")
        short = options(invert__iterations=1)
        text = self.bornflow("run", self.parameter_file, *short, ranks=2, expect=3)
        self.assertIn("Remove the file to start over, or pass --run.overwrite=true", text)
        self.bornflow("run", self.parameter_file, *short, "--run.overwrite=true", ranks=2)

    def test_gauss_newton(self):
        changes = {"invert__method": "gauss_newton", "invert__iterations": 2, "invert__inner_iterations": 4}
        self.invert("one", 1, **changes)
        self.invert("two", 2, **changes)
        self.assertEqual(self.inverted("one"), self.inverted("two"))
        with h5py.File(self.path("one", "inverted.h5"), "r") as file:
            self.assertLess(file["history/relative_misfit"][2], 0.1)
            self.assertLess(file["history/model_error"][-1], 0.5)

    def test_simultaneous_shots(self):
        changes = {"acquisition__simultaneous": 3, "invert__iterations": 6}
        self.invert("one", 1, **changes)
        self.invert("three", 3, **changes)
        self.assertEqual(self.inverted("one"), self.inverted("three"))
        with h5py.File(self.path("one", "observed.h5"), "r") as file:
            self.assertEqual(file["traces"].shape[0], 3)
            self.assertEqual(file["encodings"].shape, (3, 5))
        with h5py.File(self.path("one", "inverted.h5"), "r") as file:
            self.assertLess(file["history/relative_misfit"][6], 0.3)
            self.assertEqual(file["history/pde_solves"][0] % 3, 0)


class LinearMethods(RunCase):
    def image(self, name, *options):
        self.bornflow("run", self.parameter_file, f"--run.folder={self.path(name)}", "--run.tasks=model,migrate,invert",
                      "--noise.level=0", *options)
        with h5py.File(self.path(name, "inverted.h5"), "r") as inverted, h5py.File(self.path(name, "migrated.h5")) as migrated:
            return inverted["image"][:], migrated["image"][:], inverted.attrs["pde_solves"]

    def test_full_data_are_imaged_without_the_waves_of_the_background(self):
        expected = self.image("difference", "--observed.physics=nonlinear")
        found = self.image("full", "--observed.physics=full")
        for a, b in zip(found[:2], expected[:2]):
            self.assertLess(np.linalg.norm(a - b), 0.02 * np.linalg.norm(b))
        self.assertEqual(expected[2], 5 * (2 + 2 * 3))
        self.assertEqual(found[2], expected[2] + 5)   # the traces of the background, to subtract

    def test_solves_that_the_storage_repeats_are_counted(self):
        exact, migrated, solves = self.image("exact")
        repeated, again, more_solves = self.image("repeated", "--wave.storage=recompute", "--wave.storage_memory=0.0003")
        np.testing.assert_array_equal(migrated, again)
        np.testing.assert_array_equal(exact, repeated)
        self.assertGreater(more_solves, 1.2 * solves)

    def test_illumination_as_a_right_preconditioner(self):
        plain, _, solves = self.image("plain")
        scaled, _, more_solves = self.image("scaled", "--invert.preconditioner=illumination")
        self.assertGreater(np.linalg.norm(plain - scaled), 0.05 * np.linalg.norm(plain))
        self.assertEqual(more_solves, solves + 5)
        with h5py.File(self.path("scaled", "inverted.h5"), "r") as file:
            self.assertLess(file["residual_norm"][-1], 0.8 * file["residual_norm"][0])

    def test_simultaneous_shots_are_migrated_and_inverted(self):
        _, migrated, solves = self.image("together", "--acquisition.simultaneous=4")
        self.assertEqual(solves, 4 * (2 + 2 * 3))
        self.assertGreater(np.abs(migrated).max(), 0)


class WrongParameters(RunCase):
    def test_all_errors_come_at_once_and_nothing_is_made(self):
        text = self.bornflow("run", self.parameter_file, "--invert.method=fwi", "--invert.velocity_min=3000",
                             "--invert.velocity_max=2900", "--invert.frequencies=9,5", "--time.dt=0.002",
                             "--observed.truth=lens", "--acquisition.simultaneous=2", "--run.tasks=pairs,invert", expect=2)
        for phrase in ("needs [observed] physics = full", "must be below velocity_max", "9 Hz comes before 5 Hz",
                       "do not hold the start model", "needs [observed] lens_change", "[train] flip", "6 errors",
                       "nothing was run"):
            self.assertIn(phrase, text)
        self.assertFalse(os.path.exists(self.path("run")))

    def test_time_step_that_only_the_background_allows(self):
        text = self.bornflow("run", self.parameter_file, *options(invert__velocity_max=9000, time__dt=0.002), expect=2)
        self.assertIn("unstable at [invert] velocity_max", text)

    def test_filter_longer_than_the_record(self):
        text = self.bornflow("run", self.parameter_file, *options(invert__frequencies="0.5,4"), expect=2)
        self.assertIn("delays the data", text)


if __name__ == "__main__":
    main()
