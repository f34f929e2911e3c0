"""A real SLURM of emulated nodes for the tests: submit a job, wait for what it does, and what to look at when it did not."""

import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from case import BORNFLOW, SOURCE, TINY, RunCase

TOOL = os.path.join(SOURCE, "tools", "slurm_cluster")
NODES = 5
WHOLE_TEST = 270  # [s]; then the test ends by itself and stops its daemons, before ctest would kill it

# Seconds of work in many blocks, so that there is a middle to interrupt.
PARAMETERS = TINY.replace("train = 40", "train = 100")


def text_of(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError as error:
        return f"({error})"


class Job:
    """One job, as 'scontrol show job' tells it."""

    def __init__(self, number, folder):
        self.number = number
        self.folder = folder

    def fields(self):
        shown = subprocess.run(["scontrol", "show", "job", "-o", str(self.number)], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, timeout=30).stdout
        return dict(re.findall(r"(\w+)=(\S+)", shown.splitlines()[0] if shown else ""))

    @property
    def state(self):
        return self.fields().get("JobState", "unknown")

    def log(self):
        return text_of(os.path.join(self.folder, f"job-{self.number}.log"))


class SlurmCase(RunCase):
    expected = None

    @classmethod
    def setUpClass(cls):
        missing = subprocess.run([TOOL, "check"], stdout=subprocess.PIPE, text=True, timeout=30)
        if missing.returncode != 0:
            raise unittest.SkipTest("SLURM tests skipped, missing: " + missing.stdout.strip().replace("\n", "; "))
        signal.signal(signal.SIGALRM, cls.out_of_time)
        signal.alarm(WHOLE_TEST)
        cls.addClassCleanup(signal.alarm, 0)
        cls.base = tempfile.mkdtemp(prefix="bornflow_slurm_")
        os.chmod(cls.base, 0o755)  # munged wants its socket where every user can reach it
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        cls.cluster = os.path.join(cls.base, "cluster")
        os.environ["BORNFLOW_SLURM_CLUSTER"] = cls.cluster
        os.environ["SLURM_CONF"] = os.path.join(cls.cluster, "slurm.conf")
        cls.addClassCleanup(subprocess.run, [TOOL, "down"], timeout=60)
        started = subprocess.run([TOOL, "up", str(NODES)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 timeout=60)
        assert started.returncode == 0, started.stdout

    @staticmethod
    def out_of_time(*_):
        raise TimeoutError(f"the SLURM tests took longer than {WHOLE_TEST} s")

    def setUp(self):
        super().setUp()
        self.parameter_file = self.write("case.cfg", PARAMETERS.format(folder=self.path("run")))
        self.jobs = []
        self.began = time.time()

    def tearDown(self):
        print(f"[{time.time() - self.began:.1f} s] ", end="", flush=True)
        for job in self.jobs:
            subprocess.run(["scancel", str(job.number)], stderr=subprocess.DEVNULL, timeout=30)
        super().tearDown()

    def submit(self, script, *arguments, options=(), first=(), **environment):
        """The job; `options` are sbatch's, `first` come before the parameter file. By default two nodes with one rank each."""
        command = ["sbatch", "--parsable", f"--output={self.folder}/job-%j.log", "--nodes=2", "--ntasks-per-node=1"]
        command += [*options, f"jobs/{script}.sbatch", *first, self.parameter_file]
        if script != "scaling":
            command.append(f"--run.folder={self.path('run')}")
        command += arguments
        variables = {**os.environ, "BORNFLOW_BUILD": os.path.dirname(os.path.dirname(BORNFLOW)), **environment}
        done = subprocess.run(command, cwd=SOURCE, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=30)
        self.assertEqual(done.returncode, 0, done.stdout)
        job = Job(int(done.stdout.strip().split(";")[0]), self.folder)
        self.jobs.append(job)
        return job

    def report(self):
        """Everything that can tell why a job did not do what it should."""
        text = ""
        for job in self.jobs:
            text += f"\n--- job {job.number}: {job.fields()}\n"
        for path in sorted(glob.glob(self.path("job-*.log")) + glob.glob(self.path("run", "run.log*"))):
            text += f"\n--- {path}\n{text_of(path)[-3000:]}"
        controller = text_of(os.path.join(self.cluster, "log", "slurmctld.log"))
        return text + f"\n--- slurmctld.log\n{controller[-3000:]}"

    def wait_until(self, condition, what, timeout=100, interval=0.02):
        deadline = time.time() + timeout
        while not condition():
            if time.time() > deadline:
                self.fail(f"waited {timeout} s for {what}\n{self.report()}")
            time.sleep(interval)

    def wait_for_state(self, job, state, timeout=100):
        final = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "PREEMPTED", "NODE_FAIL", "OUT_OF_MEMORY")
        self.wait_until(lambda: job.state in final, f"the end of job {job.number}", timeout, interval=0.25)
        self.assertEqual(job.state, state, self.report())

    def check_pairs(self):
        """pairs.h5 is that of a run that nothing happened to."""
        if SlurmCase.expected is None:
            folder = self.path("undisturbed")
            self.bornflow("pairs", self.parameter_file, f"--run.folder={folder}", ranks=1)
            SlurmCase.expected = self.read_bytes("undisturbed", "pairs.h5")
        self.assertEqual(self.status("run"), "done", self.report())
        self.assertTrue(self.read_bytes("run", "pairs.h5") == SlurmCase.expected, f"pairs.h5 differs\n{self.report()}")

    def restarts_of(self, job):
        return int(job.fields().get("Restarts", -1))

    def blocks(self):
        return len(glob.glob(self.path("run", "pairs.blocks", "*.h5")))

    def freeze_after_blocks(self, n_blocks=3):
        """Waits until the run is in its middle and stops its clock, so that slow and fast machines test the same."""
        self.wait_until(lambda: self.blocks() >= n_blocks, f"{n_blocks} blocks of pairs")
        ranks = self.ranks()
        self.signal_all(ranks, signal.SIGSTOP)
        self.assertEqual(len(ranks), 2, f"the run ended before it could be stopped\n{self.report()}")
        self.assertFalse(os.path.exists(self.path("run", "pairs.h5")), self.report())
        return ranks

    @staticmethod
    def signal_all(processes, number):
        for process in processes:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    @staticmethod
    def has_pending(process, number):
        found = re.search(r"^ShdPnd:\s*(\w+)", text_of(f"/proc/{process}/status"), re.M)
        return found is not None and bool(int(found.group(1), 16) >> (number - 1) & 1)
