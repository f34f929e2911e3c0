"""Pairs made in parts, several at a time in one folder as by a job array, are those of a single run to the byte."""

import json
import os

from case import RunCase, main


class PairsParts(RunCase):
    def start_part(self, part, parts, *more):
        return self.start("pairs", self.parameter_file, f"--pairs.parts={parts}", f"--pairs.part={part}", *more)

    def finish(self, process):
        output = process.communicate(timeout=100)[0]
        self.assertEqual(process.returncode, 0, output)
        return output

    def single_run(self):
        self.bornflow("pairs", self.parameter_file, f"--run.folder={self.path('single')}")
        return self.read_bytes("single", "pairs.h5")

    def blocks(self):
        return sorted(os.listdir(self.path("run", "pairs.blocks")))

    def test_parts_at_the_same_time_then_together(self):
        processes = [self.start_part(part, 3) for part in range(3)]
        for part, process in enumerate(processes):
            self.assertIn(f"blocks of part {part} are complete", self.finish(process))
        self.assertEqual(self.blocks(), [f"{block:06}.h5" for block in range(16)])
        # Each has told its own story, and none that of the whole run.
        for part in range(3):
            self.assertEqual(self.read_bytes("run", f"run.status.part-{part}"), b"done\n")
            with open(self.path("run", f"manifest.json.part-{part}")) as file:
                self.assertEqual(json.load(file)["status"], "done")
            self.assertEqual(self.read_bytes("run", f"run.log.part-{part}").count(b"== pairs done"), 1)
            self.assertTrue(os.path.exists(self.path("run", f"timings.json.part-{part}")))
        for name in ("run.status", "run.log", "manifest.json", "timings.json", "pairs.h5"):
            self.assertFalse(os.path.exists(self.path("run", name)), name)

        text = self.bornflow("pairs", self.parameter_file, ranks=2)
        self.assertIn("RESTART: 16 of 16 blocks", text)
        self.assertEqual(self.status("run"), "done")
        self.assertEqual(self.read_bytes("run", "pairs.h5"), self.single_run())
        self.assertIn("reused", self.finish(self.start_part(1, 3)))

    def test_a_missing_part_is_made_by_the_last_run(self):
        self.finish(self.start_part(1, 2))
        self.assertEqual(len(self.blocks()), 8)
        self.assertIn("RESTART: 8 of 16 blocks", self.bornflow("pairs", self.parameter_file))
        self.assertEqual(self.read_bytes("run", "pairs.h5"), self.single_run())

    def test_a_part_stops_and_goes_on(self):
        os.makedirs(self.path("run"))
        open(self.path("run", "stop.part-0"), "w").close()
        self.finish(self.start_part(0, 2))
        self.assertEqual(self.read_bytes("run", "run.status.part-0"), b"checkpointed\n")
        there = len(self.blocks())
        self.assertLess(there, 8)
        self.assertIn(f"RESTART: {there} of 8 blocks of pairs of part 0", self.finish(self.start_part(0, 2)))
        self.assertEqual(self.read_bytes("run", "run.status.part-0"), b"done\n")

    def test_blocks_of_another_size_are_made_again(self):
        self.finish(self.start_part(0, 2))
        text = self.bornflow("pairs", self.parameter_file, "--pairs.block=8")
        self.assertNotIn("RESTART", text)
        self.assertEqual(self.read_bytes("run", "pairs.h5"), self.single_run())

    def test_more_parts_than_blocks(self):
        self.finish(self.start_part(0, 40))  # its share of the 16 blocks is empty
        self.assertEqual(self.blocks(), [])
        self.assertEqual(self.read_bytes("run", "run.status.part-0"), b"done\n")

    def test_wrong_parts_are_refused(self):
        text = self.bornflow("pairs", self.parameter_file, "--pairs.parts=3", "--pairs.part=3", expect=2)
        self.assertIn("the parts are 0 to 2", text)
        text = self.bornflow("run", self.parameter_file, "--pairs.parts=3", expect=2)
        self.assertIn("'bornflow pairs' alone", text)
        self.assertFalse(os.path.exists(self.path("run")))


if __name__ == "__main__":
    main()
