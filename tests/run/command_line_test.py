"""What the command line answers."""

import json
import os
import re
import subprocess

from case import BORNFLOW, RunCase, SOURCE, main


class CommandLine(RunCase):
    def test_help_names_every_task_and_exit_code(self):
        text = self.bornflow("--help")
        for word in ("model", "migrate", "invert", "pairs", "train", "posterior", "diagnose", "benchmark", "run.status"):
            self.assertIn(word, text)

    def test_no_arguments_give_the_help(self):
        self.assertIn("usage: bornflow", self.bornflow())

    def test_version_tells_what_it_was_built_with(self):
        text = self.bornflow("--version")
        for word in ("git", "Kokkos", "MPI", "PETSc", "HDF5"):
            self.assertIn(word, text)

    def test_unknown_task_is_answered_with_the_nearest(self):
        self.assertIn("Did you mean 'migrate'?", self.bornflow("migrat", self.parameter_file, expect=2))

    def test_unknown_option(self):
        self.assertIn("Did you mean '--dry-run'?", self.bornflow("run", self.parameter_file, "--dryrun", expect=2))

    def test_missing_parameter_file(self):
        self.assertIn("cannot read the parameter file", self.bornflow("run", self.path("nowhere.cfg"), expect=2))
        self.assertIn("needs a parameter file", self.bornflow("run", expect=2))

    def test_help_of_one_section(self):
        text = self.bornflow("--help-parameters", "grid")
        self.assertIn("spacing along x [m]", text)
        self.assertNotIn("learning_rate", text)

    def test_printed_parameters_are_a_parameter_file_with_origins(self):
        text = self.bornflow("run", self.parameter_file, "--print-parameters", "--grid.dx=25")
        self.assertIn("command line", text)
        again = self.write("again.cfg", text)
        second = self.bornflow("run", again, "--print-parameters")
        values = lambda printed: [line.split("#")[0].strip() for line in printed.splitlines() if "=" in line.split("#")[0]]
        self.assertEqual(values(text), values(second))

    def test_dry_run_tells_and_makes_nothing(self):
        text = self.bornflow("run", self.parameter_file, "--dry-run", ranks=2)
        for word in ("CFL number", "points per shortest wavelength", "background wavefields", "pairs.h5", "parameters"):
            self.assertIn(word, text)
        self.assertFalse(os.path.exists(self.path("run")))

    def test_dry_run_speaks_of_the_tasks_and_of_the_cut(self):
        text = self.bornflow("migrate", self.parameter_file, "--dry-run", "--grid.ny=16", "--grid.dy=20", "--wave.layer_width=10")
        self.assertIn("52 x 36 x 52 points", text)
        for word in ("pairs", "flow"):
            self.assertNotIn(word, text)
        whole = float(re.search("fields of a migration, each rank +([0-9.]+) MB", text).group(1))
        text = self.bornflow("migrate", self.parameter_file, "--dry-run", "--grid.ny=16", "--grid.dy=20", "--wave.layer_width=10",
                             "--parallel.ranks_per_group=4", "--parallel.split_z=4")
        self.assertIn("1 x 1 x 4 parts", text)
        part = float(re.search("fields of a migration, each rank +([0-9.]+) MB", text).group(1))
        self.assertLess(part, whole / 2)

    def as_one_of_four_of_srun(self, *arguments, process=0):
        # What srun says to a process whose MPI does not understand it. Open MPI itself looks at SLURM_NODELIST.
        step = {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": str(process)}
        return subprocess.run([BORNFLOW, *arguments], env={**os.environ, **step}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)

    def test_srun_that_starts_every_rank_as_a_run_of_its_own(self):
        done = self.as_one_of_four_of_srun("run", self.parameter_file)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("srun started 4 processes", done.stdout)
        self.assertIn("srun --mpi=pmix", done.stdout)
        done = self.as_one_of_four_of_srun("run", self.parameter_file, process=3)
        self.assertEqual((done.returncode, done.stdout), (2, ""), "one of them speaks for all")
        self.assertFalse(os.path.exists(self.path("run")))
        self.assertEqual(self.as_one_of_four_of_srun("--version").returncode, 0)
        self.assertEqual(self.as_one_of_four_of_srun("run", self.parameter_file, "--dry-run").returncode, 0)

    def test_dry_run_tells_what_each_storage_needs_and_refuses_what_does_not_fit(self):
        text = self.bornflow("run", self.parameter_file, "--dry-run", "--wave.storage=boundary")
        self.assertIn("in use: boundary", text)
        for storage in ("full", "half", "byte", "boundary", "recompute"):
            self.assertRegex(text, f"  {storage} +[0-9.]+ [kMG]B a shot")
        text = self.bornflow("run", self.parameter_file, "--dry-run", "--wave.background_memory=0.0001", expect=2)
        self.assertIn("storage = recompute: ", text)
        self.assertIn("shorter records", text)

    def test_benchmark_of_everything_on_small_grids(self):
        for ranks, group in ((1, 1), (2, 2)):
            self.bornflow("benchmark", self.parameter_file, "--benchmark.sizes=64", "--benchmark.cubes=20", "--benchmark.repetitions=1",
                          "--benchmark.storages=full,half,byte,boundary,recompute", "--benchmark.file_megabytes=1",
                          f"--parallel.ranks_per_group={group}", ranks=ranks)
            report = json.loads(self.read_bytes("run", "benchmark.json"))
            self.assertEqual([wave["step"] for wave in report["waves"]], 2 * ["forward", "fused Born"])
            self.assertEqual(len(report["gradients"]), 10)
            self.assertEqual(len(report["halos"]), 0 if group == 1 else 2)
            self.assertGreater(report["training"]["pairs_per_second"], 0)
            for condition in ("one_condition", "own_conditions"):
                self.assertGreater(report["sampling"][condition]["samples_per_second"], 0)

    def test_every_input_of_the_project_passes_a_dry_run(self):
        inputs = os.path.join(SOURCE, "inputs")
        shared = os.path.join(SOURCE, "..", "shared", "data")
        for name in sorted(os.listdir(inputs)):
            if not name.endswith(".cfg"):
                continue
            with self.subTest(name):
                with open(os.path.join(inputs, name)) as file:
                    needs_data = "shared/data" in file.read()
                if needs_data and not os.path.isdir(shared):
                    self.skipTest(f"{name} needs ../shared/data, which is not here")
                self.bornflow("run", os.path.join(inputs, name), "--dry-run", cwd=SOURCE)


if __name__ == "__main__":
    main()
