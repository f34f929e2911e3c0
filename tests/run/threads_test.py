"""What a rank computes does not depend on its number of threads (builds with a Kokkos that has OpenMP)."""

import os

from case import RunCase, main


class Threads(RunCase):
    def make(self, name, threads):
        os.environ["OMP_NUM_THREADS"] = str(threads)
        self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate,pairs", f"--run.folder={self.path(name)}")
        return self.read_bytes(name, "pairs.h5"), self.arrays(name, "observed.h5"), self.arrays(name, "migrated.h5")

    def arrays(self, *parts):
        import h5py
        found = {}
        with h5py.File(self.path(*parts), "r") as file:
            file.visititems(lambda key, item: found.update({key: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None)
        self.assertTrue(found)
        return found

    def test_same_bits_on_1_2_and_3_threads(self):
        expected = self.make("one", 1)
        self.assertEqual(expected, self.make("two", 2))
        self.assertEqual(expected, self.make("three", 3))


if __name__ == "__main__":
    main()
