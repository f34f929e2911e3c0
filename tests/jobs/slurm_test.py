"""The job scripts under a real SLURM: time limit, preemption, dead ranks and nodes, arrays. No result may differ by a byte.

Each class has a cluster of its own, so that ctest can run them at the same time: they mostly wait for SLURM.
"""

import os
import signal
import subprocess
import time

from case import main
from slurm_case import TOOL, SlurmCase, text_of


class Limits(SlurmCase):
    def test_time_limit_requeues_until_done(self):
        # SLURM looks at time limits every 30 s: of a limit of 60 s, the signal comes 10 to 40 s after the start.
        job = self.submit("pairs", options=["--time=1", "--signal=B:USR1@20"])
        ranks = self.freeze_after_blocks()
        self.wait_until(lambda: all(self.has_pending(rank, signal.SIGUSR1) for rank in ranks),
                        "the signal before the time limit", timeout=60)
        self.signal_all(ranks, signal.SIGCONT)
        self.wait_for_state(job, "COMPLETED")
        self.assertEqual(self.restarts_of(job), 1, self.report())
        self.assertIn("stopped: signal SIGUSR1", text_of(self.path("run", "run.log")))
        self.assertIn("RESTART", job.log())
        self.check_pairs()

    def test_restart_budget(self):
        os.makedirs(self.path("run"))
        open(self.path("run", "stop"), "w").close()
        job = self.submit("pairs", BORNFLOW_RESTARTS="0")
        self.wait_for_state(job, "FAILED")
        self.assertEqual(job.fields()["ExitCode"], "86:0", self.report())
        self.assertIn("restart budget used up", job.log())
        self.assertEqual(self.status("run"), "checkpointed")


class Failures(SlurmCase):
    def test_preemption_requeues(self):
        job = self.submit("pairs")
        self.freeze_after_blocks()
        nodes = job.fields()["NodeList"]
        urgent = subprocess.run(["sbatch", "--parsable", "--partition=urgent", "--nodes=2", f"--nodelist={nodes}",
                                 "--ntasks-per-node=2", "--output=/dev/null", "--wrap=srun --mpi=none sleep 2"],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
        self.assertEqual(urgent.returncode, 0, urgent.stdout)
        # SLURM wakes the ranks (SIGCONT) before it asks them to stop (SIGTERM).
        self.wait_for_state(job, "COMPLETED")
        self.assertEqual(self.restarts_of(job), 1, self.report())
        self.assertIn("stopped: signal SIG", text_of(self.path("run", "run.log")))
        self.assertIn("RESTART", job.log())
        self.check_pairs()

    def test_a_dead_rank_ends_the_job_at_once_and_the_next_job_goes_on(self):
        # Both on one node: over the network the other rank would notice, but not in shared memory.
        job = self.submit("pairs", options=["--nodes=1", "--ntasks-per-node=2"])
        ranks = self.freeze_after_blocks()
        os.kill(ranks[0], signal.SIGKILL)
        self.signal_all(ranks[1:], signal.SIGCONT)
        start = time.time()
        self.wait_for_state(job, "FAILED", timeout=40)
        self.assertLess(time.time() - start, 30)
        self.assertNotEqual(job.fields()["ExitCode"], "0:0")
        self.assertIn("status running", job.log())
        self.assertFalse(os.path.exists(self.path("run", "pairs.h5")))
        again = self.submit("pairs")
        self.wait_for_state(again, "COMPLETED")
        self.assertIn("RESTART", again.log())
        self.check_pairs()

    def test_the_job_of_a_dead_node_goes_on_on_others(self):
        job = self.submit("pairs")
        ranks = self.freeze_after_blocks()
        node = job.fields()["BatchHost"]  # the harder case: the job script dies too
        subprocess.run([TOOL, "crash", node], check=True, timeout=30)
        subprocess.run(["scontrol", "update", f"nodename={node}", "state=down", "reason=test"], check=True, timeout=30)
        self.signal_all(ranks, signal.SIGCONT)
        self.wait_for_state(job, "COMPLETED")
        self.assertEqual(self.restarts_of(job), 1, self.report())
        self.assertIn("RESTART", job.log())
        self.check_pairs()


class Jobs(SlurmCase):
    def test_forward_job_completes(self):
        job = self.submit("forward", options=["--ntasks-per-node=2"], BORNFLOW_MACHINE="laptop")
        self.wait_for_state(job, "COMPLETED")
        self.assertEqual(self.status("run"), "done")
        self.assertIn("on 2 nodes, 4 ranks, restart 0", job.log())
        self.assertIn(", 4 ranks,", text_of(self.path("run", "run.log")))
        for name in ("observed.h5", "migrated.h5"):
            self.assertTrue(os.path.exists(self.path("run", name)), self.report())

    def test_scaling_job_starts_its_ranks_with_srun(self):
        job = self.submit("scaling", "--ranks=1,2", "--benchmark.sizes=64", "--benchmark.cubes=", "--benchmark.storages=", f"--output={self.path('out')}",
                          first=["weak"])
        self.wait_for_state(job, "COMPLETED")
        self.assertIn("forward", job.log())
        for name in ("scaling.csv", "scaling.png"):
            self.assertTrue(os.path.exists(self.path("out", name)), self.report())

    def test_exit_code_of_the_program_is_that_of_the_job(self):
        job = self.submit("train", "--train.learning_rate=fast")
        self.wait_for_state(job, "FAILED")
        self.assertEqual(job.fields()["ExitCode"], "2:0", self.report())
        self.assertIn("learning_rate", job.log())

    def test_array_of_parts_and_the_job_after_it(self):
        # Part 1 is stopped at its first checkpoint and requeued: the reduction must wait for it all the same.
        os.makedirs(self.path("run"))
        open(self.path("run", "stop.part-1"), "w").close()
        array = self.submit("pairs", options=["--array=0-2", "--nodes=1"])
        last = self.submit("pairs", options=[f"--dependency=afterok:{array.number}"])
        self.wait_for_state(last, "COMPLETED")
        for part in range(3):
            self.assertEqual(self.read_bytes("run", f"run.status.part-{part}"), b"done\n", self.report())
        self.assertIn("the stop file", text_of(self.path("run", "run.log.part-1")))
        self.assertIn("RESTART: 31 of 31 blocks", last.log())
        self.check_pairs()


if __name__ == "__main__":
    main()
