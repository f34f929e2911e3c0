"""Damaged and foreign products, and a training that diverges: each is told with what, where, rule and cure; nothing is lost."""

import os
import shutil

import h5py
import numpy

from case import RunCase, main


class Products(RunCase):
    """Each test damages a copy of one finished run."""

    finished = None

    def setUp(self):
        super().setUp()
        if Products.finished is None:
            Products.finished = os.path.join(os.path.dirname(self.path("run").rstrip("/")) + ".finished", "run")
            self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate,pairs,train", ranks=2)
            shutil.copytree(self.path("run"), Products.finished)
        else:
            shutil.copytree(Products.finished, self.path("run"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(os.path.dirname(cls.finished), ignore_errors=True)

    def change(self, product, how):
        with h5py.File(self.path("run", product), "r+") as file:
            how(file)

    def refuse(self, task, *phrases, code=3, more=()):
        before = {name: self.read_bytes("run", name) for name in os.listdir(self.path("run")) if name.endswith(".h5")}
        text = self.bornflow(task, self.parameter_file, *more, ranks=2, expect=code)
        for phrase in phrases:
            self.assertIn(phrase, text)
        for name, content in before.items():
            self.assertEqual(self.read_bytes("run", name), content, name)
        return text

    def test_a_flow_of_another_version(self):
        def how(file):
            file.attrs["flow_version"] = numpy.int64(99)
        self.change("flow.h5", how)
        self.refuse("posterior", "flow.h5", "version 99", "reads version", "train again")

    def test_a_flow_of_another_network(self):
        def how(file):
            file.attrs["hidden"] = numpy.int64(12)
        self.change("flow.h5", how)
        self.refuse("posterior", "flow.h5", "/parameters/")

    def test_a_flow_for_images_of_another_size(self):
        def how(file):
            file.attrs["nz"] = numpy.int64(64)
            file.attrs["nx"] = numpy.int64(64)
        self.change("flow.h5", how)
        for task in ("posterior", "diagnose"):
            self.refuse(task, "flow.h5", "nz = 64", "nz = 32", "bornflow train")

    def test_an_array_of_another_shape(self):
        def how(file):
            name = sorted(file["parameters"])[0]
            found = []
            file["parameters"].visititems(lambda key, item: found.append(key) if isinstance(item, h5py.Dataset) else None)
            name = "parameters/" + found[0]
            attributes, values = dict(file[name].attrs), file[name][...]
            del file[name]
            file[name] = numpy.append(values, values[:1])
            file[name].attrs.update(attributes)
        self.change("flow.h5", how)
        self.refuse("posterior", "flow.h5", "/parameters/")

    def test_nan_in_training_pairs_is_counted(self):
        def how(file):
            file["summary"][3, 10, 10] = numpy.nan
            file["summary"][7, 20, 5] = numpy.inf
        self.change("pairs.h5", how)
        os.remove(self.path("run", "flow.h5"))
        self.refuse("train", "pairs.h5", "/summary", "2 of 40 samples with NaN", "sample 3", "make these pairs again")
        self.assertFalse(os.path.exists(self.path("run", "flow.h5")))

    def test_nan_in_test_pairs_is_counted(self):
        def how(file):
            file["x"][41, 10, 10] = numpy.nan
            file["summary"][60, 20, 5] = numpy.nan
        self.change("pairs.h5", how)
        self.refuse("diagnose", "pairs.h5", "2 of 21 test pairs", "row 41", "make the pairs again")

    def test_pairs_of_another_shape(self):
        def how(file):
            for name in ("x", "summary", "summary_noise"):
                values = file[name][:, :16, :]
                del file[name]
                file[name] = values
        self.change("pairs.h5", how)
        os.remove(self.path("run", "flow.h5"))
        self.refuse("train", "16 x 32", "32 x 32", code=2)


class Divergence(RunCase):
    def test_the_weights_of_the_best_epoch_are_kept(self):
        options = ["--train.learning_rate=0.9", "--train.warmup_steps=40", "--train.schedule=constant", "--flow.clamp=20",
                   "--train.epochs=60", "--train.patience=60", "--train.clip_norm=1e6"]
        self.bornflow("pairs", self.parameter_file)
        text = self.bornflow("train", self.parameter_file, *options, ranks=2, expect=4)
        self.assertRegex(text, r"In all, \d+ of \d+ steps were skipped")
        self.assertIn("Lower learning_rate", text)
        self.assertFalse(os.path.exists(self.path("run", "flow.h5")))
        # The cure that the message names works: the weights are whole, and the run goes on with them.
        self.assertIn(self.path("run", "flow.last_good.h5"), text)
        os.rename(self.path("run", "flow.last_good.h5"), self.path("run", "flow.h5"))
        self.assertIn("flow.h5 is complete: reused", self.bornflow("train", self.parameter_file, *options, ranks=2))


class Checkpoint(RunCase):
    """A checkpoint that is not of this training is refused, and stays where it is."""

    EPOCHS = ["--train.epochs=40", "--train.patience=100"]

    def setUp(self):
        super().setUp()
        self.bornflow("pairs", self.parameter_file)
        process = self.start("train", self.parameter_file, *self.EPOCHS)
        self.checkpoint = self.path("run", "flow.checkpoint.h5")
        self.kill_when(process, lambda: os.path.exists(self.checkpoint), "an epoch was saved")

    def refuse(self, how, *phrases, code):
        previous = self.path("run", "flow.checkpoint.previous.h5")
        if os.path.exists(previous):
            os.remove(previous)
        with h5py.File(self.checkpoint, "r+") as file:
            how(file)
        before = self.read_bytes("run", "flow.checkpoint.h5")
        text = self.bornflow("train", self.parameter_file, *self.EPOCHS, ranks=2, expect=code)
        for phrase in ("flow.checkpoint.h5", *phrases):
            self.assertIn(phrase, text)
        self.assertEqual(self.read_bytes("run", "flow.checkpoint.h5"), before)
        self.assertFalse(os.path.exists(self.path("run", "flow.h5")))

    def test_of_another_version(self):
        def how(file):
            file.attrs["flow_version"] = numpy.int64(1)
        self.refuse(how, "version 1 ", "reads version", "train", code=3)

    def test_of_another_network(self):
        def how(file):
            file.attrs["depth"] = numpy.int64(3)
        self.refuse(how, "another network", "depth = 3", "remove", code=2)

    def test_of_other_pairs(self):
        def how(file):
            file.attrs["x_std"] = 2 * file.attrs["x_std"]
        self.refuse(how, "not those of the checkpoint", "remove", code=2)


if __name__ == "__main__":
    main()
