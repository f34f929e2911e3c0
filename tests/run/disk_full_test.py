"""A full disk ends the run with exit code 5, and what was complete stays."""

import os

from case import RunCase, main


class DiskFull(RunCase):
    def test_products_stay_and_nothing_half_written_looks_whole(self):
        self.bornflow("model", self.parameter_file)
        before = self.read_bytes("run", "observed.h5")
        text = self.bornflow("pairs", self.parameter_file, expect=5, file_size_limit=64)
        self.assertIn("pairs", text)
        self.assertFalse(os.path.exists(self.path("run", "pairs.h5")))
        self.assertEqual(before, self.read_bytes("run", "observed.h5"))
        self.bornflow("pairs", self.parameter_file)
        self.assertTrue(os.path.exists(self.path("run", "pairs.h5")))


if __name__ == "__main__":
    main()
