"""A training that was killed and continued ends with the weights of one that was not, bit for bit."""

import os
import signal

import h5py

from case import RunCase, main

EPOCHS = ["--train.epochs=12", "--train.patience=100"]


def weights(path):
    with h5py.File(path, "r") as file:
        found = {}
        file.visititems(lambda name, item: found.update({name: item[...].tobytes()})
                        if isinstance(item, h5py.Dataset) and "seconds" not in name and "samples_per_second" not in name
                        else None)
        return found


class TrainingRestart(RunCase):
    def setUp(self):
        super().setUp()
        self.bornflow("pairs", self.parameter_file)
        self.bornflow("train", self.parameter_file, *EPOCHS, ranks=2)
        self.expected = weights(self.path("run", "flow.h5"))
        os.remove(self.path("run", "flow.h5"))

    def epochs_logged(self):
        path = self.path("run", "flow.checkpoint.h5")
        try:
            with h5py.File(path, "r") as file:
                return len(file["history/epoch"])
        except (OSError, KeyError):
            return 0

    def compare(self):
        found = weights(self.path("run", "flow.h5"))
        self.assertEqual(set(found), set(self.expected))
        self.assertEqual([name for name in found if found[name] != self.expected[name]], [])

    def test_killed(self):
        process = self.start("train", self.parameter_file, *EPOCHS, ranks=2)
        self.kill_when(process, lambda: self.epochs_logged() >= 2, "two epochs were saved")
        self.assertFalse(os.path.exists(self.path("run", "flow.h5")))
        text = self.bornflow("train", self.parameter_file, *EPOCHS, ranks=2)
        self.assertRegex(text, r"RESTART: goes on after \d+ epochs, \d+ steps")
        self.compare()

    def test_stopped_by_a_signal(self):
        process = self.start("train", self.parameter_file, *EPOCHS, ranks=2)
        code, output = self.kill_when(process, lambda: self.epochs_logged() >= 1, "an epoch was saved", how=signal.SIGUSR1)
        if not os.path.exists(self.path("run", "flow.h5")):
            self.assertEqual(code, 0, output)
            self.assertEqual(self.status("run"), "checkpointed")
            self.bornflow("train", self.parameter_file, *EPOCHS, ranks=2)
        self.assertEqual(self.status("run"), "done")
        self.compare()

    def test_other_configuration_is_refused(self):
        process = self.start("train", self.parameter_file, *EPOCHS, ranks=1)
        self.kill_when(process, lambda: self.epochs_logged() >= 2, "two epochs were saved")
        other = [*EPOCHS, "--train.learning_rate=5e-4"]
        self.assertIn("configuration", self.bornflow("train", self.parameter_file, *other, expect=2))
        self.assertTrue(os.path.exists(self.path("run", "flow.checkpoint.previous.h5")))
        self.bornflow("train", self.parameter_file, *other, "--run.overwrite=true")
        self.assertTrue(os.path.exists(self.path("run", "flow.h5")))


if __name__ == "__main__":
    main()
