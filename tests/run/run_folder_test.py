"""What a run leaves in its folder is safe from the next command: two runs at once, and runs that cannot begin."""

import json
import os
import signal

from case import RunCase, main

LONG = ("--pairs.train=40000",)   # at work until it is killed


class TwoRunsAtOnce(RunCase):
    def start_long(self, *more):
        process = self.start("pairs", self.parameter_file, *LONG, *more)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            for rank in self.ranks():
                os.kill(rank, signal.SIGKILL)
            process.communicate()

    def has_blocks(self):
        folder = self.path("run", "pairs.blocks")
        return os.path.isdir(folder) and len(os.listdir(folder)) > 0

    def test_the_second_is_refused_and_the_first_goes_on(self):
        first = self.start_long()
        self.wait_until(first, self.has_blocks, "it was at work")
        before = self.read_bytes("run", "manifest.json")
        text = self.bornflow("pairs", self.parameter_file, *LONG, ranks=2, expect=2)
        self.assertIn("another run works in this folder", text)
        self.assertIn("run.lock: process", text)
        self.assertIsNone(first.poll())
        self.assertEqual(self.status("run"), "running")
        self.assertEqual(self.read_bytes("run", "manifest.json"), before)

    def test_the_same_part_twice_and_the_whole_beside_a_part(self):
        parts = ("--pairs.parts=2", "--pairs.part=1")
        first = self.start_long(*parts)
        self.wait_until(first, self.has_blocks, "it was at work")
        self.assertIn("run.lock.part-1", self.bornflow("pairs", self.parameter_file, *LONG, *parts, expect=2))
        self.assertIn("another run works", self.bornflow("pairs", self.parameter_file, *LONG, expect=2))

    def test_a_killed_run_leaves_no_lock_and_a_finished_one_no_file(self):
        first = self.start_long()
        self.kill_when(first, self.has_blocks, "it was at work")
        self.bornflow("model", self.parameter_file)
        self.assertFalse(os.path.exists(self.path("run", "run.lock")))


class RunsThatCannotBegin(RunCase):
    def run_twice(self, first, second, expect):
        """What `first` has left, after `second` was refused; and the message."""
        self.bornflow("run", self.parameter_file, *first)
        before = {name: self.read_bytes("run", name) for name in ("manifest.json", "run.status", "run.log", "timings.json")}
        text = self.bornflow("run", self.parameter_file, *second, expect=expect)
        for name, content in before.items():
            self.assertEqual(self.read_bytes("run", name), content, name)
        return text

    def test_products_of_another_configuration_are_found_before_anything_is_made(self):
        text = self.run_twice(["--run.tasks=model,migrate"], ["--run.tasks=pairs,migrate", "--noise.level=0.5"], 2)
        self.assertIn("migrated.h5 was made with another configuration: [noise] level", text)
        self.assertFalse(os.path.exists(self.path("run", "pairs.h5")))

    def test_a_damaged_product_is_found_before_anything_is_made(self):
        self.bornflow("model", self.parameter_file)
        self.write(os.path.join("run", "migrated.h5"), "damaged")
        text = self.bornflow("run", self.parameter_file, "--run.tasks=pairs,migrate", expect=3)
        self.assertIn("migrated.h5", text)
        self.assertFalse(os.path.exists(self.path("run", "pairs.h5")))

    def test_a_task_that_nobody_works_for(self):
        text = self.run_twice(["--run.tasks=model"], ["--run.tasks=pairs,train,posterior"], 2)
        self.assertIn("Run 'bornflow migrate'", text)
        self.assertFalse(os.path.exists(self.path("run", "pairs.h5")))
        text = self.bornflow("run", self.parameter_file, "--run.tasks=train,pairs", expect=2)
        self.assertIn("Run 'bornflow pairs'", text)

    def test_a_task_named_twice(self):
        text = self.bornflow("run", self.parameter_file, "--run.tasks=model,model", expect=2)
        self.assertIn("'model' is named twice", text)
        self.assertFalse(os.path.exists(self.path("run")))

    def test_a_task_that_there_is_not(self):
        text = self.bornflow("run", self.parameter_file, "--run.tasks=model,migrat", expect=2)
        self.assertIn("[run] tasks: 'migrat' is not a task. Did you mean 'migrate'?", text)

    def test_a_first_run_that_cannot_begin_says_so_in_its_folder(self):
        self.bornflow("migrate", self.parameter_file, ranks=2, expect=2)
        self.assertTrue(self.status("run").startswith("failed: "), self.status("run"))

    def test_blocks_of_other_parameters_are_not_lost(self):
        process = self.start("pairs", self.parameter_file, *LONG)
        blocks = lambda: os.listdir(self.path("run", "pairs.blocks")) if os.path.isdir(self.path("run", "pairs.blocks")) else []
        self.kill_when(process, lambda: len(blocks()) >= 2, "two blocks were there")
        before = {name: self.read_bytes("run", "pairs.blocks", name) for name in blocks()}
        text = self.bornflow("pairs", self.parameter_file, ranks=2, expect=2)
        self.assertIn("000000.h5 was made with another configuration: [pairs] train = 40000 there and 40 here", text)
        self.assertEqual({name: self.read_bytes("run", "pairs.blocks", name) for name in blocks()}, before)
        self.bornflow("pairs", self.parameter_file, "--run.overwrite=true")
        with open(self.path("run", "manifest.json")) as file:
            self.assertEqual(json.load(file)["status"], "done")


if __name__ == "__main__":
    main()
