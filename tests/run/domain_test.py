"""The cut of the grid over the ranks of a group changes no bit of any product, in two and three dimensions."""

import unittest

import case
import h5py

THREE_DIMENSIONS = {"grid.ny": 16, "grid.dy": 20, "grid.nx": 24, "grid.nz": 20, "acquisition.source_lines": 2, "acquisition.sources": 2,
                    "acquisition.receiver_lines": 3, "time.record_length": 0.2, "model.water_rows": 2}


class Domain(case.RunCase):
    def products(self, name, tasks, ranks, changes, names=("observed.h5", "migrated.h5")):
        options = [f"--{key}={value}" for key, value in changes.items()]
        folder = self.path(name)
        for task in tasks:
            self.bornflow(task, self.parameter_file, f"--run.folder={folder}", *options, ranks=ranks)
        return {file: self.read_bytes(name, file) for file in names}

    def assert_equal_to_rounding(self, one, other):
        """The two results of LSQR: PETSc sums norms in the order of the ranks, so their last bits differ."""
        with h5py.File(self.path(one, "inverted.h5"), "r") as a, h5py.File(self.path(other, "inverted.h5"), "r") as b:
            image, norms = a["image"][...], a["residual_norm"][...]
            # A norm of n doubles is off by n eps at most, 1e-12 for these traces; the image is stored in single precision.
            self.assertLess(abs(b["residual_norm"][...] - norms).max(), 1e-11 * norms[0])
            self.assertLess(abs(b["image"][...] - image).max(), 1e-6 * abs(image).max())

    def test_two_dimensions(self):
        tasks = ["model", "migrate", "pairs"]
        names = ["observed.h5", "migrated.h5", "pairs.h5"]
        alone = self.products("alone", tasks, 1, {}, names)
        cuts = [(2, {"parallel.ranks_per_group": 2}), (4, {"parallel.ranks_per_group": 2, "parallel.split_x": 2}),
                (4, {"parallel.ranks_per_group": 4, "parallel.split_x": 2, "parallel.split_z": 2, "parallel.transport": "staged"})]
        for number, (ranks, cut) in enumerate(cuts):
            self.assertEqual(alone, self.products(f"cut{number}", tasks, ranks, cut, names), f"{ranks} ranks, {cut}")

    def test_more_ranks_than_shots(self):
        for seed in (4, 5, 6):
            changes = {"acquisition.sources": 3, "run.seed": seed}
            alone = self.products(f"alone{seed}", ["model", "migrate", "invert"], 1, changes)
            self.assertEqual(alone, self.products(f"many{seed}", ["model", "migrate", "invert"], 5, changes))
            self.assert_equal_to_rounding(f"alone{seed}", f"many{seed}")
        waveforms = {"acquisition.sources": 3, "observed.physics": "full", "invert.method": "fwi", "invert.iterations": 1,
                     "invert.velocity_min": 1400, "invert.velocity_max": 4500}
        tasks, names = ["model", "invert"], ["observed.h5", "inverted.h5"]
        alone = self.products("alone_fwi", tasks, 1, waveforms, names)
        self.assertEqual(alone, self.products("many_fwi", tasks, 5, waveforms, names))

    def test_three_dimensions(self):
        tasks = ["model", "migrate"]
        changes = THREE_DIMENSIONS   # [run] tasks, with pairs, is not what these commands run
        alone = self.products("alone", tasks, 1, changes)
        for number, (ranks, cut) in enumerate([(2, {"parallel.ranks_per_group": 2}),
                                               (4, {"parallel.ranks_per_group": 4, "parallel.split_y": 2, "parallel.split_z": 2})]):
            self.assertEqual(alone, self.products(f"cut{number}", tasks, ranks, dict(changes, **cut)), f"{ranks} ranks, {cut}")

    def test_verify_on_a_cut_grid(self):
        changes = [f"--{key}={value}" for key, value in THREE_DIMENSIONS.items()]
        self.bornflow("verify", self.parameter_file, "--verify.shots=1", "--parallel.ranks_per_group=2",
                      f"--run.folder={self.path('verify')}", *changes, ranks=2)

    def test_cuts_that_do_not_fit(self):
        output = self.bornflow("model", self.parameter_file, "--parallel.ranks_per_group=2", ranks=3, expect=2)
        self.assertIn("does not divide the 3 ranks", output)
        output = self.bornflow("model", self.parameter_file, "--parallel.ranks_per_group=2", "--parallel.split_z=3", ranks=2, expect=2)
        self.assertIn("product must be the number of ranks of a group", output)
        output = self.bornflow("model", self.parameter_file, "--parallel.ranks_per_group=4", "--parallel.split_z=4",
                               "--wave.space_order=16", "--grid.nz=24", ranks=4, expect=2)
        self.assertIn("the stencil reaches 8 points into the neighbour", output)
        for tasks in ("model", "model, migrate, pairs"):
            output = self.bornflow("pairs", self.parameter_file, "--grid.ny=16", f"--run.tasks={tasks}", expect=2)
            self.assertIn("task 'pairs' works on two-dimensional images", output)
        output = self.bornflow("run", self.parameter_file, "--grid.ny=16", expect=2)
        self.assertIn("task 'diagnose' works on two-dimensional images", output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
