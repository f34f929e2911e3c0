"""Latent correction: the observed data fit better, the same on any number of ranks, and what it cost is counted."""

import os

import h5py
import numpy

from case import RunCase, main

FREQUENCY, INTERVAL = 12, 0.004   # of the tiny survey
OPTIONS = {"correct.updates": 18, "correct.shots": 2, "noise.band": "white", "noise.level": 0.1}


def with_options(*changes):
    changed = OPTIONS | dict(change.lstrip("-").split("=") for change in changes)
    return [f"--{name}={value}" for name, value in changed.items()]


def ricker_spread():
    """sqrt(sum of r_k^2) of the autocorrelation of the tiny survey's wavelet."""
    t = numpy.arange(0, 2 / FREQUENCY + INTERVAL, INTERVAL) - 1 / FREQUENCY
    square = (numpy.pi * FREQUENCY * t) ** 2
    wavelet = (1 - 2 * square) * numpy.exp(-square)
    correlation = numpy.correlate(wavelet, wavelet, "full")
    return numpy.sqrt(((correlation / correlation.max()) ** 2).sum())


class Correct(RunCase):
    def prepare(self, *options):
        self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate,pairs,train", *with_options(*options), ranks=2)

    def correct(self, *options, ranks=2, expect=0):
        return self.bornflow("correct", self.parameter_file, *with_options(*options), ranks=ranks, expect=expect)

    def contents(self):
        with h5py.File(self.path("run", "corrected.h5"), "r") as file:
            found = {name: file[name][...] for name in ("mean", "std", "samples", "latent_mean", "latent_std", "objective",
                                                        "amortized/mean", "amortized/std")}
            return found, dict(file.attrs), dict(file["amortized"].attrs)

    def test_samples_fit_the_data_better_and_cost_is_counted(self):
        self.prepare()
        text = self.correct()
        found, attributes, before = self.contents()
        self.assertIn("residual of the samples' data over the noise", text)
        self.assertIn("SNR of the posterior mean", text)
        # A flow that has learned next to nothing explains little, and any step towards the data is one for the better.
        self.assertGreater(before["residual_ratio"], 1.2)
        self.assertLess(attributes["residual_ratio"], 0.9 * before["residual_ratio"])
        self.assertEqual(found["objective"].shape, (6 * 3,))   # five shots, two at a time
        self.assertLess(found["objective"][-3:].mean(), found["objective"][:3].mean())
        self.assertEqual(found["latent_mean"].shape, (32 * 32 + 1,))
        self.assertGreater(attributes["divergence_from_flow"], 0)
        # A background of each shot, and in each pass a Born and an adjoint wave for each of two latents and five shots; the
        # migration, and Born waves of four samples before and four after.
        self.assertEqual(attributes["pde_solves"], 5 + 6 * 5 * 2 * 2 + 10 + 2 * 4 * 5)
        dry = self.bornflow("correct", self.parameter_file, "--dry-run", *with_options())
        self.assertRegex(dry.split("latent correction")[1], rf"PDE solves +{attributes['pde_solves']:.0f}\n")
        # Step sizes that fall as a cosine from 0.05.
        self.assertIn("of 0.475 that the updates allow", text)
        self.assertIn("the samples do not explain the data: more [correct] updates may", text)
        self.assertFalse(found["mean"][:3].any())   # water
        # Before the correction: the posterior as the task of this name has it.
        self.bornflow("posterior", self.parameter_file, *with_options(), ranks=1)
        with h5py.File(self.path("run", "posterior.h5"), "r") as file:
            numpy.testing.assert_array_equal(file["mean"][...], found["amortized/mean"])
        self.assertIn("corrected.h5 is complete: reused", self.correct())

    def test_nothing_depends_on_the_number_of_ranks(self):
        self.prepare()
        one = None
        for options in ([], 1), ([], 2), ([], 3), ([], 4), (["--parallel.ranks_per_group=2"], 2), (["--parallel.ranks_per_group=2"], 4):
            self.correct(*options[0], ranks=options[1])
            found, _, _ = self.contents()
            one = one or found
            for name in one:
                numpy.testing.assert_array_equal(found[name], one[name], f"{name}, {options}")
            os.remove(self.path("run", "corrected.h5"))

    def test_simultaneous_shots_have_their_own_number_of_traces(self):
        # Noise five times the data: what is left is the noise, whatever the images.
        options = ["--acquisition.simultaneous=2", "--noise.level=5", "--train.flip=false"]
        self.prepare(*options)
        self.correct(*options)
        _, attributes, before = self.contents()
        self.assertAlmostEqual(before["residual_ratio"], 1, delta=0.06)
        self.assertAlmostEqual(attributes["residual_ratio"], 1, delta=0.06)

    def test_observed_data_may_be_unlike_the_pairs(self):
        def observed(*options):
            self.bornflow("model", self.parameter_file, *with_options("--run.overwrite=true", *options))
            with h5py.File(self.path("run", "observed.h5"), "r") as file:
                return file["truth"][...], file["traces"][...], file.attrs["noise_sigma"]
        truth, traces, sigma = observed()
        same, louder, three_sigma = observed("--observed.noise_factor=3")
        numpy.testing.assert_array_equal(same, truth)
        self.assertAlmostEqual(three_sigma / sigma, 3)
        noise = (louder - traces) / 2
        self.assertAlmostEqual(noise[..., 1:].std() / sigma, 1, delta=0.05)
        deep, _, _ = observed("--observed.mode=deep")
        self.assertTrue((deep != truth).any())

    def test_the_likelihood_is_that_of_the_noise(self):
        """Of many latents and all shots the objective is half the squared residual over what the noise has at its frequencies."""
        many = ["--correct.updates=1", "--correct.shots=5", "--correct.latents=64", "--correct.checked_samples=64", "--posterior.samples=64"]
        for band, spread in (("white", 1), ("ricker", ricker_spread())):
            self.prepare(f"--noise.band={band}", "--run.overwrite=true")
            for factor in (1, 3):
                options = [f"--noise.band={band}", f"--observed.noise_factor={factor}", "--run.overwrite=true", *many]
                self.bornflow("run", self.parameter_file, *with_options("--run.tasks=model,migrate", *options), ranks=2)
                self.correct(*options)
                found, _, before = self.contents()
                n = 5 * 8 * 101   # shots, receivers, samples
                expected = 0.5 * n * (before["residual_ratio"] / spread) ** 2
                self.assertAlmostEqual(found["objective"][0] / expected, 1, delta=0.03, msg=f"{band}, {factor}")

    def test_what_cannot_be_corrected_is_refused(self):
        self.assertIn("[noise] level = 0", self.correct("--noise.level=0", expect=2))
        self.assertIn("bornflow model", self.correct(expect=2))
        self.assertIn("[observed] mode = deep", self.correct("--observed.mode=deep", "--observed.truth=lens", expect=2))


if __name__ == "__main__":
    main()
