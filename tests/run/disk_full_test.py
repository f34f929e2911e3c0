"""A full disk ends the run with exit code 5, and what was complete stays."""

import os
import resource
import signal

from case import RunCase, main


def small_files():
    # Writes beyond 64 kB fail as on a full disk; the signal that comes with it is ignored, as most sites do.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))


class DiskFull(RunCase):
    def test_products_stay_and_nothing_half_written_looks_whole(self):
        self.bornflow("model", self.parameter_file)
        before = self.read_bytes("run", "observed.h5")
        text = self.bornflow("pairs", self.parameter_file, expect=5, preexec_fn=small_files)
        self.assertIn("pairs", text)
        self.assertFalse(os.path.exists(self.path("run", "pairs.h5")))
        self.assertEqual(before, self.read_bytes("run", "observed.h5"))
        self.bornflow("pairs", self.parameter_file)
        self.assertTrue(os.path.exists(self.path("run", "pairs.h5")))


if __name__ == "__main__":
    main()
