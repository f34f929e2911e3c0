"""A run of the program in a folder of its own: parameters, start on n ranks, kill, and what it left behind."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BORNFLOW = os.environ["BORNFLOW"]
MPIEXEC = os.environ.get("BORNFLOW_MPIEXEC", "mpiexec")
SOURCE = os.environ["BORNFLOW_SOURCE"]

# A whole imaging experiment in a few seconds. Too small to learn anything: it tests the machinery.
TINY = """
[run]
tasks = model, migrate, invert, pairs, train, posterior, diagnose
folder = {folder}
seed = 3
[grid]
nx = 32
nz = 32
dx = 20
dz = 20
[model]
kind = gradient
velocity_top = 2500
velocity_bottom = 3500
water_rows = 3
[acquisition]
sources = 5
receivers = 8
source_depth = 20
receiver_depth = 20
[time]
record_length = 0.4
sample_interval = 0.004
peak_frequency = 12
[wave]
space_order = 4
layer_width = 12
[pairs]
train = 40
test = 21
block = 4
[flow]
network = glow
scales = 2
depth = 2
hidden = 8
[train]
epochs = 3
batch = 6
validation = 6
[posterior]
samples = 20
keep = 4
[invert]
iterations = 3
[diagnose]
samples = 31
lsrtm_iterations = 1
examples = 2
"""


class RunCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bornflow_test_")
        self.parameter_file = self.write("case.cfg", TINY.format(folder=self.path("run")))

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text, mode="w"):
        path = self.path(name)
        with open(path, mode) as file:
            file.write(text)
        return path

    def command(self, arguments, ranks=1):
        launcher = [MPIEXEC, "-n", str(ranks), "--oversubscribe", "--allow-run-as-root"]
        return launcher + [BORNFLOW] + [str(a) for a in arguments]

    def bornflow(self, *arguments, ranks=1, expect=0, file_size_limit=None, **options):
        """Runs to the end and checks the exit code; returns everything it printed."""
        command = self.command(arguments, ranks)
        if file_size_limit:
            # For the program alone, in blocks of 1 kB: the launcher and its shared memory need larger files.
            program = command.index(BORNFLOW)
            command[program:program] = ["--mca", "btl", "self", "bash", "-c", f'ulimit -f {file_size_limit}; exec "$@"', "bash"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=200, **options)
        self.assertEqual(done.returncode, expect, f"{' '.join(map(str, arguments))}:\n{done.stdout}")
        return done.stdout

    def start(self, *arguments, ranks=1):
        return subprocess.Popen(self.command(arguments, ranks), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, start_new_session=True)

    def wait_until(self, process, condition, what, timeout=120):
        """Fails if the run ends by itself before the condition holds."""
        deadline = time.time() + timeout
        while not condition():
            self.assertIsNone(process.poll(), f"the run ended before {what}")
            self.assertLess(time.time(), deadline, f"waited too long for {what}")
            time.sleep(0.005)

    def kill_when(self, process, condition, what, how=signal.SIGKILL, timeout=120):
        """Signals every process of the run as soon as the condition holds. Fails if the run ended by itself before."""
        self.wait_until(process, condition, what, timeout)
        if how == signal.SIGKILL:
            # The ranks first: they have process groups of their own and would outlive their launcher for a moment.
            for rank in self.ranks():
                os.kill(rank, how)
        process.send_signal(how)
        output = process.communicate()[0]
        return process.returncode, output

    def ranks(self):
        """Process ids of the ranks of this case, without the short-lived children in which a rank tries HDF5 files."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words and words[0].decode() == BORNFLOW and self.parameter_file.encode() in words:
                found.append(int(entry))
        return [process for process in found if self.parent_of(process) not in found]

    @staticmethod
    def parent_of(process):
        try:
            with open(f"/proc/{process}/status") as file:
                return next(int(line.split()[1]) for line in file if line.startswith("PPid:"))
        except OSError:
            return None

    def read_bytes(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()

    def status(self, *parts):
        return self.read_bytes(*parts, "run.status").decode().strip()


def main():
    unittest.main(verbosity=2)
