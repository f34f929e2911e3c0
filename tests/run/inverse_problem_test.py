"""The task refine on inverse problems without a likelihood: what it writes, on any ranks, what it refuses, and its figures."""

import os
import subprocess

import h5py

from case import RunCase, SOURCE, main

# Too small to learn anything: it tests the machinery.
CASE = """
[run]
tasks = refine
folder = {folder}
seed = 2
[problem]
kind = {kind}
[flow]
network = inn
hidden = 8
depth = 2
[inn]
latent_size = 2
[abc]
draws = 5000
keep = 50
[cvae]
hidden = 8
[train]
epochs = 2
batch = 100
[refine]
pairs = 400
samples = 100
observations = 3
calibration_runs = 20
calibration_samples = 19
"""
SIZES = {"inverse_kinematics": (4, 2), "layered_tissue": (13, 8), "star_cluster": (6, 8)}


class InverseProblem(RunCase):
    def case(self, kind):
        return self.write("inverse.cfg", CASE.format(folder=self.path("run"), kind=kind))

    def report(self):
        done = subprocess.run([os.path.join(SOURCE, "tools", "report"), self.path("run")], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return set(os.listdir(self.path("run", "figures")))

    def test_methods_are_compared(self):
        for kind, (size, data) in SIZES.items():
            with self.subTest(kind):
                text = self.bornflow("run", self.case(kind), "--run.overwrite=true")
                for word in ("MMD^2 to ABC", "cVAE", "width of the posterior over that of the prior"):
                    self.assertIn(word, text)
                with h5py.File(self.path("run", "refined.h5"), "r") as file:
                    self.assertEqual(file["inverse/observed"].shape, (3, data))
                    self.assertEqual(file["inverse/abc/shown"].shape, (50, size))
                    self.assertEqual(file["inverse/inn/shown"].shape, (100, size))
                    self.assertEqual(file["inverse/inn/losses"].shape, (2, 6))
                    self.assertEqual(file["inverse/cvae/calibration_error"].shape, (size,))
                    # Samples that are chosen for their data give them back better than an untrained network does.
                    self.assertLess(file["inverse/abc"].attrs["resimulation_error"],
                                    file["inverse/inn"].attrs["resimulation_error"])
                    # No posterior by rejection is wider than the prior, but by chance.
                    self.assertLess(file["inverse/abc/width"][:].max(), 1.4)
                figures = {"marginals.png", "correlations.png"} | ({"arms.png"} if kind == "inverse_kinematics" else set())
                self.assertLessEqual(figures, self.report())

    def test_ranks_make_no_difference(self):
        case = self.case("star_cluster")
        self.bornflow("refine", case)
        first = self.read_bytes("run", "refined.h5")
        os.remove(self.path("run", "refined.h5"))
        self.bornflow("refine", case, ranks=3)
        self.assertEqual(self.read_bytes("run", "refined.h5"), first)

    def test_another_simulation_is_another_product(self):
        for kind, section in (("layered_tissue", "tissue"), ("star_cluster", "star_cluster")):
            with self.subTest(kind):
                self.bornflow("refine", self.case(kind), "--run.overwrite=true")
                self.assertIn("reused", self.bornflow("refine", self.case(kind)))
                self.bornflow("refine", self.case(kind), f"--{section}.noise=0.2", expect=2)

    def test_losses_of_labelled_modes(self):
        text = self.bornflow("run", self.case("gaussian_mixture"), ranks=2)
        self.assertIn("L_x only", text)
        with h5py.File(self.path("run", "refined.h5"), "r") as file:
            self.assertEqual(file["ablation/all/samples"].shape, (4, 100, 2))
            self.assertEqual(file["ablation/only_x/losses"][:, 0].tolist(), [0, 0])   # what has no weight is not computed
            self.assertTrue((file["ablation/all/losses"][:, 0] > 0).all())
        self.assertEqual(self.report(), {"mixture.png"})

    def test_what_cannot_be_is_refused(self):
        case = self.case("star_cluster")
        text = self.bornflow("refine", case, "--inn.size=9", "--abc.keep=6000", "--flow.network=coupling",
                             "--inn.x_widths=", expect=2)
        for phrase in ("[inn] size = 9 is too small: x and its noise have 14 numbers, y and the latents have 10", "[abc] keep = 6000 is more",
                       "needs [flow] network = inn", "need at least one width"):
            self.assertIn(phrase, text)
        text = self.bornflow("refine", case, "--abc.tolerance=1e-6", expect=2)
        self.assertIn("[abc] tolerance = 1e-06 keeps 0 of 5000 draws for observation 0", text)
        text = self.bornflow("refine", self.case("gaussian_mixture"), "--mixture.labels=0,0,0,0,1,1,3,3", expect=2)
        self.assertIn("no mode has the label 2", text)


if __name__ == "__main__":
    main()
