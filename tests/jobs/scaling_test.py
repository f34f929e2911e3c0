"""tools/scaling: medians, efficiencies and parameters, on a program with known rates; and once on the real one."""

import csv
import os
import subprocess

from case import BORNFLOW, SOURCE, RunCase, main

# Rank 0 of each start writes the report of a program whose rate is 1e9 points a second on one rank and loses 10 % a doubling,
# except that the first start at each rank count is ten times slower, and the starts after it differ.
FAKE = """#!/usr/bin/python3
import json, os, re, sys
words = dict(word[2:].split("=", 1) for word in sys.argv if word.startswith("--") and "=" in word)
if "--print-parameters" in sys.argv:
    print("[benchmark]\\nsizes = 64   # somewhere\\n[pairs]\\nblock = 8\\ntrain = 100\\n[train]\\ntrain = 7")
    sys.exit(0)
if words.get("grid.nx") == "bad":
    sys.exit("no such grid") if os.environ["OMPI_COMM_WORLD_RANK"] == "0" else sys.exit(1)
ranks = int(os.environ["OMPI_COMM_WORLD_SIZE"])
if os.environ["OMPI_COMM_WORLD_RANK"] != "0":
    sys.exit(0)
log = os.environ["FAKE_LOG"]
with open(log, "a") as file:
    file.write(f"{ranks} " + json.dumps(words) + "\\n")
starts = sum(line.startswith(f"{ranks} ") for line in open(log))
loss = [10, 1.0, 1.25, 0.8, 1.0][starts - 1]  # the median of those that count is 1
os.makedirs(words["run.folder"])
rate = 1e9 * ranks * {1: 1, 2: 0.9, 4: 0.81}[ranks] / loss
size = int(words.get("benchmark.sizes", 64))
wave = {"nx": size, "nz": size, "step": "forward", "points_per_second": rate}
with open(words["run.folder"] + "/benchmark.json", "w") as file:
    shared = {} if os.environ.get("FAKE_OLD") else {"ranks_per_group": int(words["parallel.ranks_per_group"])}
    waves = [wave, {**wave, "ny": 5, "step": "other", "steps": 7, "seconds": 2.5}]
    json.dump({"git": "abc", "ranks": ranks, **shared, "waves": waves}, file)
with open(words["run.folder"] + "/timings.json", "w") as file:
    json.dump({"build": {"git": "abc"}, "phases": [{"path": "pairs", "max": loss * ranks ** 0.5}]}, file)
"""


class Scaling(RunCase):
    def scaling(self, *arguments, program=None, expect=0, **variables):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SLURM")}
        environment.update(BORNFLOW_BUILD=program or self.fake(), FAKE_LOG=self.path("fake.log"), **variables)
        done = subprocess.run([os.path.join(SOURCE, "tools", "scaling"), *arguments, f"--output={self.path('out')}"],
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100)
        self.assertEqual(done.returncode, expect, done.stdout)
        return done.stdout

    def fake(self):
        os.makedirs(self.path("build", "bin"), exist_ok=True)
        os.chmod(self.write("build/bin/bornflow", FAKE), 0o755)
        return self.path("build")

    def rows(self):
        with open(self.path("out", "scaling.csv")) as file:
            return list(csv.DictReader(file))

    def starts(self):
        with open(self.path("fake.log")) as file:
            return [(int(line.split(" ", 1)[0]), eval(line.split(" ", 1)[1])) for line in file]

    def check_picture(self):
        self.assertEqual(self.read_bytes("out", "scaling.png")[:8], b"\x89PNG\r\n\x1a\n")

    def test_medians_without_the_first_start_and_efficiency_of_a_rank(self):
        self.scaling("strong", self.parameter_file, "--ranks=1,4", "--machine=here", "--grid.nx=40")
        rows = [row for row in self.rows() if row["case"] == "forward"]
        self.assertEqual([float(row["points_per_second"]) for row in rows], [1e9, 3.24e9])
        self.assertEqual([float(row["efficiency"]) for row in rows], [1, 0.81])
        self.assertEqual([row["groups"] for row in rows], ["1", "1"], "one grid for all ranks")
        self.assertAlmostEqual(float(rows[0]["seconds"]), 64 * 64 / 1e9)
        self.assertAlmostEqual(float(rows[0]["seconds_max"]), 1.25 * 64 * 64 / 1e9)
        self.assertEqual((rows[0]["git"], rows[0]["machine"], rows[0]["grid"], rows[0]["threads"]), ("abc", "here", "64x64", "1"))
        other = [row for row in self.rows() if row["case"] == "other"][0]
        self.assertEqual((other["grid"], other["steps"], other["seconds"]), ("64x5x64", "7", "2.5"))
        starts = self.starts()
        self.assertEqual([ranks for ranks, _ in starts], [1] * 4 + [4] * 4)
        self.assertEqual([words["parallel.ranks_per_group"] for _, words in starts][::4], ["1", "4"])
        self.assertEqual({words["grid.nx"] for _, words in starts}, {"40"})
        self.assertFalse(os.path.exists(self.path("out", "work")))
        self.check_picture()

    def test_weak_with_one_grid_that_grows(self):
        self.scaling("weak", self.parameter_file, "--ranks=1,4", "--group=all")
        self.assertEqual([row["grid"] for row in self.rows() if row["case"] == "forward"], ["64x64", "128x128"])
        self.assertEqual(self.starts()[-1][1]["parallel.ranks_per_group"], "4")

    def test_weak_with_a_grid_for_each_group(self):
        self.scaling("weak", self.parameter_file, "--ranks=2,4", "--group=2")
        starts = self.starts()
        self.assertEqual({words["parallel.ranks_per_group"] for _, words in starts}, {"2"})
        self.assertFalse(any("benchmark.sizes" in words for _, words in starts), "the work of a rank stays the same")
        self.assertEqual([row["groups"] for row in self.rows() if row["case"] == "forward"], ["1", "2"])

    def test_weak_of_a_task(self):
        self.scaling("weak", self.parameter_file, "--ranks=1,4", "--task=model,pairs", "--grow=pairs.train")
        self.assertEqual([words["pairs.train"] for _, words in self.starts()][::4], ["100", "400"])
        self.assertEqual(self.starts()[0][1]["run.tasks"], "model,pairs")
        rows = self.rows()
        self.assertEqual([float(row["seconds"]) for row in rows], [1, 2])
        self.assertEqual([float(row["efficiency"]) for row in rows], [1, 0.5])

    def test_wrong_use(self):
        for arguments, phrase in ((["weak", self.parameter_file, "--task=pairs"], "--grow"),
                                  (["strong", self.parameter_file, "--repetitions=2"], "3 or more"),
                                  (["strong", self.parameter_file, "--ranks=0,2"], "--ranks"),
                                  (["strong", self.parameter_file, "--rank=2"], "neither"),
                                  (["strong", self.path("none.cfg")], "none.cfg")):
            with self.subTest(phrase):
                self.assertIn(phrase, self.scaling(*arguments, expect=2))

    def test_grids_that_are_not_shared_are_not_taken_for_one_that_is(self):
        text = self.scaling("strong", self.parameter_file, "--ranks=2", expect=2, FAKE_OLD="1")
        self.assertIn("cannot share a grid", text)
        os.remove(self.path("fake.log"))
        self.scaling("weak", self.parameter_file, "--ranks=2", FAKE_OLD="1")
        self.assertEqual({row["groups"] for row in self.rows()}, {"2"}, "each rank has one")
        self.assertNotIn("benchmark.sizes", self.starts()[-1][1])

    def test_failure_of_the_program_is_told(self):
        self.assertIn("no such grid", self.scaling("strong", self.parameter_file, "--ranks=1", "--grid.nx=bad", expect=1))
        self.assertFalse(os.path.exists(self.path("out", "scaling.csv")))

    def test_the_real_program(self):
        program = os.path.dirname(os.path.dirname(BORNFLOW))
        config = os.path.join(SOURCE, "inputs", "scaling_weak.cfg")
        text = self.scaling("weak", config, "--ranks=2", "--benchmark.sizes=64", program=program)
        self.assertIn("forward", text)
        for row in self.rows():
            self.assertEqual((row["ranks"], row["groups"], row["repetitions"]), ("2", "2", "3"))
            self.assertGreater(float(row["points_per_second"]), 1e6)
        self.check_picture()


if __name__ == "__main__":
    main()
