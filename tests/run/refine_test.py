"""The task refine on problems whose answer is known: what it writes, what it refuses, and its figures."""

import os
import subprocess

import h5py
import numpy as np

from case import RunCase, SOURCE, main

ROSENBROCK = """
[run]
tasks = refine
folder = {folder}
seed = 2
[problem]
kind = rosenbrock
[flow]
network = hint
hidden = 8
depth = 3
[train]
epochs = 2
batch = 64
[refine]
pairs = 500
latents = 200
preconditioned_epochs = 2
scratch_epochs = 3
langevin_iterations = 2000
operators = 2
samples = 500
"""

ASPIRE = """
[run]
tasks = refine
folder = {folder}
[problem]
kind = linear_gaussian
[linear_gaussian]
size = 5
data_size = 3
[flow]
network = coupling
hidden = 8
depth = 2
[train]
epochs = 2
batch = 64
[refine]
pairs = 400
iterations = 2
mean_samples = 8
observations = 4
samples = 200
calibration_runs = 40
calibration_samples = 19
"""

SENSING = """
[run]
tasks = refine
folder = {folder}
[problem]
kind = compressed_sensing
[compressed_sensing]
nz = 16
nx = 16
[flow]
network = glow
hidden = 8
depth = 2
scales = 2
condition_features = 8
[train]
epochs = 4
batch = 16
warmup_steps = 10
[refine]
pairs = 160
latents = 64
fresh_latents = true
batch = 8
learning_rate = 1e-3
preconditioned_epochs = 2
scratch_epochs = 3
samples = 100
"""


class Refine(RunCase):
    def case(self, text):
        return self.write("known.cfg", text.format(folder=self.path("run")))

    def report(self):
        done = subprocess.run([os.path.join(SOURCE, "tools", "report"), self.path("run")], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return {name for name in os.listdir(self.path("run", "figures"))}

    def test_rosenbrock(self):
        case = self.case(ROSENBROCK)
        text = self.bornflow("run", case)
        for word in ("by quadrature", "low_fidelity", "preconditioned", "scratch", "langevin"):
            self.assertIn(word, text)
        with h5py.File(self.path("run", "refined.h5"), "r") as file:
            # 200 latents in batches of 64 are four updates an epoch.
            self.assertEqual(file["preconditioned/objective"].shape, (2 * 4,))
            self.assertEqual(file["scratch/bound"].shape, (3 * 4 + 1,))
            self.assertEqual(file["scratch"].attrs["forward_solves"], 3 * 200)
            self.assertEqual(file["preconditioned"].attrs["adjoint_solves"], 2 * 200)
            self.assertEqual(file["langevin"].attrs["forward_solves"], 2000)
            self.assertEqual(file["low_fidelity"].attrs["forward_solves"], 0)
            # No flow is nearer to the posterior than zero; 1000 samples scatter by less than half a nat where it is near.
            self.assertGreater(file["scratch/bound"][:].min(), -file["exact"].attrs["log_evidence"] - 0.5)
            # Lengths of up to 3 epochs of 4 updates; the low-fidelity flow is nearer to both posteriors than a fresh one.
            self.assertEqual(list(file["race/updates"][:]), [0, 2, 3, 4, 6, 8, 12])
            self.assertEqual(file["race/scratch"].shape, (2, 7))
            self.assertTrue((file["race/preconditioned"][:, 0] < file["race/scratch"][:, 0]).all())
            self.assertTrue((file["race/to_end_of_scratch"][:, 1] == 12).all())
            density = file["exact/density"][:]
            low, high = file["exact/density"].attrs["low"], file["exact/density"].attrs["high"]
            cell = np.prod((high - low) / (density.shape[0] - 1))
            self.assertAlmostEqual(density.sum() * cell, 1, delta=1e-3)   # five standard deviations to each side
        self.assertEqual(self.report(), {"posterior_contours.png", "variational.png", "race.png"})

        first = self.read_bytes("run", "refined.h5")
        self.assertIn("refined.h5 is complete: reused", self.bornflow("refine", case))
        os.remove(self.path("run", "refined.h5"))
        self.bornflow("refine", case, ranks=2)
        self.assertEqual(self.read_bytes("run", "refined.h5"), first)
        self.assertIn("another configuration", self.bornflow("refine", case, "--rosenbrock.noise=0.5", expect=2))

    def test_aspire(self):
        case = self.case(ASPIRE)
        text = self.bornflow("run", case)
        self.assertIn("solves offline 800 F, 800 F^T; online, each data set, 2 F, 2 F^T", text)
        with h5py.File(self.path("run", "refined.h5"), "r") as file:
            for name in ("score", "score_and_fiducial"):
                self.assertEqual(file[f"{name}/mean_error"].shape, (2, 4))
                self.assertTrue((file[f"{name}/covariance_error"][:] > 0).all())
                self.assertEqual(file[name].attrs["offline_adjoint_solves"], 2 * 400)
            self.assertEqual(file["calibration/exact/ranks"].shape, (40, 5 + 2))
            self.assertLessEqual(file["calibration/flow/ranks"][:].max(), 19)
            self.assertGreater(file["calibration/exact"].attrs["combined_p_value"], 0.01)
        self.assertEqual(self.report(), {"aspire.png", "known_calibration.png"})

        first = self.read_bytes("run", "refined.h5")
        os.remove(self.path("run", "refined.h5"))
        self.bornflow("refine", case, ranks=3)   # more than there are courses
        self.assertEqual(self.read_bytes("run", "refined.h5"), first)

    def test_compressed_sensing(self):
        case = self.case(SENSING)
        text = self.bornflow("refine", case)
        self.assertIn("preconditioned: 2 epochs of variational inference", text)
        with h5py.File(self.path("run", "refined.h5")) as file:
            methods = {name: file[name] for name in ("low_fidelity", "preconditioned", "scratch", "scratch_as_long")}
            self.assertEqual({name: int(m.attrs["updates"]) for name, m in methods.items()},
                             {"low_fidelity": 0, "preconditioned": 16, "scratch": 24, "scratch_as_long": 16})
            for name, method in methods.items():
                self.assertEqual(method["mean"].shape, (16, 16), name)
                self.assertTrue((method["std"][:] > 0).all(), name)
            # Every update is a batch of 8 latents, each with one A and one A^T.
            self.assertEqual(methods["preconditioned"].attrs["forward_solves"], 16 * 8)
            self.assertEqual(methods["preconditioned"].attrs["adjoint_solves"], 16 * 8)
            for name in ("preconditioned", "scratch"):
                bound = methods[name]["bound"][:]
                self.assertLess(bound[-1], bound[0], name)
        self.assertEqual(self.report(), {"compressed_sensing.png", "sensing_convergence.png"})
        self.bornflow("refine", case, f"--run.folder={self.path('two')}", ranks=2)
        with h5py.File(self.path("run", "refined.h5")) as one, h5py.File(self.path("two", "refined.h5")) as two:
            # Trainings agree to rounding: 36 and 16 steps in single precision, each with a batch that is summed in another order.
            mean = one["preconditioned/mean"][:]
            self.assertLess(abs(two["preconditioned/mean"][:] - mean).max(), 1e-3 * abs(mean).max())

    def test_what_does_not_fit_the_problem_is_refused(self):
        case = self.case(ROSENBROCK)
        self.assertIn("'refine' alone works on", self.bornflow("migrate", case, expect=2))
        self.assertIn("'refine' alone works on", self.bornflow("run", case, "--run.tasks=refine,train", expect=2))
        self.assertIn("works on rosenbrock and linear_gaussian", self.bornflow("refine", self.parameter_file, expect=2))
        text = self.bornflow("run", case, "--flow.network=glow", "--rosenbrock.truth=1", expect=2)
        for phrase in ("glow is for images", "it needs two", "2 errors"):
            self.assertIn(phrase, text)
        self.assertIn("is for vectors", self.bornflow("run", self.parameter_file, "--flow.network=coupling", expect=2))
        self.assertFalse(os.path.exists(self.path("run")))

    def test_dry_run_speaks_of_vectors(self):
        text = self.bornflow("run", self.case(ASPIRE), "--dry-run")
        self.assertIn("linear_gaussian", text)
        self.assertNotIn("CFL", text)
        self.assertFalse(os.path.exists(self.path("run")))


if __name__ == "__main__":
    main()
