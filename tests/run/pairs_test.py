"""pairs.h5 does not depend on the number of ranks, nor on having been killed."""

import glob
import os

from case import RunCase, main


class Pairs(RunCase):
    def make(self, name, ranks, *more):
        self.bornflow("pairs", self.parameter_file, f"--run.folder={self.path(name)}", *more, ranks=ranks)
        return self.read_bytes(name, "pairs.h5")

    def test_same_bytes_on_1_2_and_4_ranks(self):
        expected = self.make("one", 1)
        self.assertGreater(len(expected), 3 * 61 * 32 * 32 * 4)
        self.assertEqual(expected, self.make("two", 2))
        self.assertEqual(expected, self.make("four", 4))

    def test_same_bytes_when_ranks_outnumber_shots(self):
        # Two shots on four ranks: two teams, each with a share of the samples.
        more = ["--acquisition.sources=2"]
        self.assertEqual(self.make("one", 1, *more), self.make("four", 4, *more))

    def test_same_bytes_when_wavefields_are_recomputed(self):
        # 2 MB hold the background of one shot of the five.
        self.assertEqual(self.data("stored"), self.data("recomputed", "--wave.background_memory=0.002"))

    def data(self, name, *more):
        import h5py
        self.make(name, 1, *more)
        with h5py.File(self.path(name, "pairs.h5"), "r") as file:
            return file["summary"][:].tobytes()

    def test_same_bytes_after_kill_and_restart_on_another_number_of_ranks(self):
        expected = self.make("whole", 1)
        folder = self.path("killed")
        process = self.start("pairs", self.parameter_file, f"--run.folder={folder}", ranks=2)
        blocks = lambda: len(glob.glob(os.path.join(folder, "pairs.blocks", "*.h5")))
        self.kill_when(process, lambda: blocks() >= 3, "three blocks were there")
        self.assertFalse(os.path.exists(os.path.join(folder, "pairs.h5")))
        kept = blocks()
        text = self.bornflow("pairs", self.parameter_file, f"--run.folder={folder}", ranks=1)
        self.assertIn("RESTART", text)
        self.assertGreaterEqual(kept, 3)
        self.assertEqual(expected, self.read_bytes("killed", "pairs.h5"))
        self.assertFalse(os.path.exists(os.path.join(folder, "pairs.blocks")), "the blocks are gone when all is put together")

    def test_stop_file_ends_at_a_checkpoint(self):
        folder = self.path("stopped")
        os.makedirs(folder)
        open(os.path.join(folder, "stop"), "w").close()
        self.bornflow("pairs", self.parameter_file, f"--run.folder={folder}")
        self.assertEqual(self.status("stopped"), "checkpointed")
        self.bornflow("pairs", self.parameter_file, f"--run.folder={folder}")
        self.assertEqual(self.status("stopped"), "done")


if __name__ == "__main__":
    main()
