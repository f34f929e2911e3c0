"""The checks of the tree must fail on a tree that breaks their rule, and pass on one that does not."""
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def run(tool, files):
    """Exit code and output of a check on a temporary tree made of {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        done = subprocess.run([TOOLS / tool, folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


class LayerCheck(unittest.TestCase):
    clean = {
        "include/bornflow/base/error.hpp": "#pragma once\n#include <string>\n",
        "include/bornflow/base/kokkos_compat.hpp": "#include <Kokkos_Core.hpp>\n",
        "include/bornflow/report/json_writer.hpp": "#pragma once\n",
        "src/io/manifest.cpp": '#include "bornflow/report/json_writer.hpp"\n',
        "src/base/runtime.cpp": "#include <petscsys.h>\nMPI_Comm w = MPI_COMM_WORLD;\n",
        "src/inference/methods/vi.cpp": '#include "bornflow/inference/problems/arm.hpp"\n#include "bornflow/inference/batch.hpp"\n',
        "solvers/acoustic/propagator.cpp": '#include "bornflow/base/error.hpp"\n#include "solvers/survey/wavelet.hpp"\n',
        "flows/layers/actnorm.hpp": '#include "flows/network/parameters.hpp"\n#include "flows/tensor/tensor.hpp"\n',
        "src/app/main.cpp": '#include "solvers/acoustic/propagator.hpp"\n#include "flows/training/trainer.hpp"\n',
        "tests/core/x_mpi_test.cpp": "MPI_Comm w = MPI_COMM_WORLD;\n",
        "src/grid/grid.cpp": "// MPI_COMM_WORLD and <petscksp.h> in a comment are fine\n/* Kokkos_Core.hpp\n MPI_COMM_WORLD */\n",
    }
    # (path, text, what the message must name)
    broken = [
        ("include/bornflow/base/log.hpp", '#include "bornflow/io/hdf5_file.hpp"\n', "base includes bornflow/io/hdf5_file.hpp"),
        ("src/parallel/groups.cpp", '#include "bornflow/grid/grid.hpp"\n', "parallel includes"),
        ("src/io/output_file.cpp", '#include "bornflow/report/timer.hpp"\n', "io includes bornflow/report/timer.hpp"),
        ("src/inference/sbc.cpp", '#include "flows/network/conditional_flow.hpp"\n', "inference includes"),
        ("include/bornflow/inference/vi.hpp", '#include "solvers/inversion/born_operator.hpp"\n', "inference includes"),
        ("include/bornflow/inference/b.hpp", '#include "bornflow/inference/methods/vi.hpp"\n', "inference includes"),
        ("src/inference/problems/a.cpp", '#include "bornflow/inference/methods/vi.hpp"\n', "inference/problems includes"),
        ("solvers/acoustic/a.cpp", '#include "flows/tensor/tensor.hpp"\n', "solvers/acoustic includes"),
        ("solvers/survey/a.cpp", '#include "solvers/acoustic/medium.hpp"\n', "solvers/survey includes"),
        ("solvers/survey/b.cpp", '#include "../acoustic/medium.hpp"\n', "solvers/survey includes"),
        ("flows/training/a.cpp", '#include "solvers/survey/wavelet.hpp"\n', "flows/training includes"),
        ("flows/tensor/a.cpp", '#include "bornflow/inference/diagnostics/image_metrics.hpp"\n', "flows/tensor includes"),
        ("flows/layers/a.hpp", '#include "flows/network/conditional_flow.hpp"\n', "flows/layers includes"),
        ("src/grid/a.cpp", '#include "src/app/tasks.hpp"\n', "grid includes src/app/tasks.hpp"),
        ("src/grid/b.cpp", "#include <petscksp.h>\n", "PETSc stays in"),
        ("solvers/acoustic/b.cpp", "#include <Kokkos_Core.hpp>\n", "kokkos_compat.hpp"),
        ("flows/training/b.cpp", "int x;\nMPI_Allreduce(a, b, MPI_COMM_WORLD);\n", "flows/training/b.cpp:2"),
        ("src/utils/a.cpp", "int x;\n", "no known layer"),
    ]

    def test_a_clean_tree_passes(self):
        code, output = run("check_layers", self.clean)
        self.assertEqual(code, 0, output)

    def test_each_violation_fails_and_is_named(self):
        for path, text, expected in self.broken:
            with self.subTest(path):
                medium = {"solvers/acoustic/medium.hpp": "#pragma once\n"}
                code, output = run("check_layers", {**self.clean, **medium, path: text})
                self.assertEqual(code, 1, output)
                self.assertIn(expected, output)
                self.assertIn("1 violations", output)

    def test_an_empty_tree_is_not_a_pass(self):
        self.assertEqual(run("check_layers", {"README.md": ""})[0], 2)


class LengthCheck(unittest.TestCase):
    def test_the_limit_is_400_lines(self):
        self.assertEqual(run("check_lengths", {"src/a.cpp": "x\n" * 400})[0], 0)
        code, output = run("check_lengths", {"src/a.cpp": "x\n" * 401, "tools/b.py": "x\n"})
        self.assertEqual(code, 1)
        self.assertIn("src/a.cpp: 401 lines", output)


class ReadmeCheck(unittest.TestCase):
    def test_names_that_exist_pass(self):
        text = "see [jobs](jobs/README.md), `tools/build` and [web](https://example.org/x)\n```\ntools/build runs/x\n```\n"
        code, output = run("check_readme", {"README.md": text, "jobs/README.md": "", "tools/build": ""})
        self.assertEqual(code, 0, output)

    def test_each_missing_name_fails(self):
        for text in ("[x](docs/none.md)", "![x](docs/none.png)", "use `inputs/none.cfg`", "```\ntools/none\n```", "took [[none]] s"):
            with self.subTest(text):
                code, output = run("check_readme", {"README.md": text + "\n"})
                self.assertEqual(code, 1, output)
                self.assertIn("none", output)

    def test_no_readme_fails(self):
        self.assertEqual(run("check_readme", {"src/a.cpp": ""})[0], 1)


if __name__ == "__main__":
    unittest.main()
