"""The job scripts without SLURM: their form, and that each is also a script that does its work on this machine."""

import glob
import os
import re
import shutil
import subprocess

from case import BORNFLOW, SOURCE, RunCase, main

JOBS = sorted(glob.glob(os.path.join(SOURCE, "jobs", "*.sbatch")))
SOURCED = sorted(glob.glob(os.path.join(SOURCE, "jobs", "**", "*.sh"), recursive=True))
LONG_JOBS = [path for path in JOBS if not path.endswith("scaling.sbatch")]


def text_of(path):
    with open(path) as file:
        return file.read()


class Form(RunCase):
    def test_there_are_jobs(self):
        names = [os.path.basename(path).split(".")[0] for path in JOBS]
        self.assertEqual(names, ["forward", "invert", "pairs", "posterior", "run", "scaling", "train"])

    def test_short_parsed_and_without_paths_of_somebody(self):
        for path in JOBS + SOURCED:
            with self.subTest(os.path.relpath(path, SOURCE)):
                text = text_of(path)
                if path in JOBS:
                    self.assertLess(len(text.splitlines()), 50)
                self.assertIsNone(re.search(r"/(home|scratch|work|users|project)/|--account|--mail", text))
                done = subprocess.run(["bash", "-n", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("shellcheck is not installed")
        done = subprocess.run(["shellcheck", "-x", "-s", "bash", *JOBS, *SOURCED, "tools/slurm_cluster"], cwd=SOURCE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_keeps_a_long_job_alive(self):
        for path in LONG_JOBS:
            with self.subTest(os.path.basename(path)):
                for line in ("--signal=B:USR1@300", "--requeue", "--open-mode=append", "--time="):
                    self.assertIn(f"#SBATCH {line}", text_of(path))

    def test_machine_files_are_dated_and_say_whether_they_were_tested(self):
        for path in glob.glob(os.path.join(SOURCE, "jobs", "machines", "*.sh")):
            with self.subTest(os.path.basename(path)):
                self.assertRegex(text_of(path), r"(Last tested 20\d\d-\d\d-\d\d|TEMPLATE of 20\d\d-\d\d-\d\d, not tested)")


class WithoutSlurm(RunCase):
    def job(self, name, *arguments, expect=0, **variables):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SLURM")}
        environment.update(BORNFLOW_BUILD=os.path.dirname(os.path.dirname(BORNFLOW)))
        environment.update({"BORNFLOW_MACHINE": "laptop", **variables})
        done = subprocess.run(["bash", f"jobs/{name}.sbatch", *arguments], cwd=SOURCE, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
        self.assertEqual(done.returncode, expect, done.stdout)
        return done.stdout

    def test_from_shots_to_the_posterior(self):
        folder = f"--run.folder={self.path('run')}"
        for name in ("forward", "invert", "pairs", "train", "posterior"):
            self.assertIn("status done", self.job(name, self.parameter_file, folder))
        for product in ("observed", "migrated", "inverted", "pairs", "flow", "posterior"):
            self.assertTrue(os.path.exists(self.path("run", f"{product}.h5")), product)

    def test_all_tasks_in_one_job(self):
        self.assertIn("status done", self.job("run", self.parameter_file, f"--run.folder={self.path('other')}"))
        for product in ("observed", "migrated", "inverted", "pairs", "flow", "posterior", "diagnostics"):
            self.assertTrue(os.path.exists(self.path("other", f"{product}.h5")), product)

    def test_run_folder_by_variable_and_a_planned_stop(self):
        os.makedirs(self.path("elsewhere"))
        open(self.path("elsewhere", "stop"), "w").close()
        text = self.job("pairs", self.parameter_file, BORNFLOW_RUN=self.path("elsewhere"))
        self.assertIn("status checkpointed", text)
        self.assertIn("start the same again", text)
        self.job("pairs", self.parameter_file, BORNFLOW_RUN=self.path("elsewhere"))
        self.assertEqual(self.status("elsewhere"), "done")

    def test_mistakes(self):
        self.assertIn("name a parameter file", self.job("run", expect=2))
        self.assertIn("name a parameter file", self.job("forward", "--grid.nx=64", expect=2))
        self.assertIn("nowhere.cfg", self.job("run", self.path("nowhere.cfg"), f"--run.folder={self.path('x')}", expect=2))
        self.assertFalse(os.path.exists(self.path("x")))
        self.assertIn("no machine file jobs/machines/moon.sh", self.job("run", self.parameter_file, expect=2, BORNFLOW_MACHINE="moon"))


if __name__ == "__main__":
    main()
