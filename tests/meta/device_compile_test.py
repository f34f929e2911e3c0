"""Kernels compile for a device: nvcc checks the device side of the wave solvers.

Skipped (exit status 77) unless BORNFLOW_CUDA_KOKKOS names an installed Kokkos with CUDA. Catches what a host compiler
accepts: host functions and host memory types in kernels, device lambdas in private members. Nothing is run.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

# Kernels that are no lambda, one radius for all; those that are, wherever the wave solvers have one.
FUNCTORS = ["solvers/acoustic/leapfrog/leapfrog_radius_1.cpp", "solvers/acoustic/leapfrog/leapfrog_applied.cpp",
            "solvers/acoustic/cpml/cpml_layer.cpp"]
SKIPPED = 77
HOST_CALLS = "20011,20012,20013,20014,20015"   # nvcc's numbers for host functions called in kernels, which it only warns of


def sources(root):
    found = list(FUNCTORS)
    for folder, _, names in os.walk(os.path.join(root, "solvers")):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".cpp") and "KOKKOS_LAMBDA" in open(path).read():
                found.append(os.path.relpath(path, root))
    return sorted(found)


def main():
    source, kokkos = os.environ["BORNFLOW_SOURCE"], os.environ.get("BORNFLOW_CUDA_KOKKOS", "")
    wrapper = os.path.join(kokkos, "bin", "nvcc_wrapper")
    if not kokkos or not os.access(wrapper, os.X_OK):
        print("skipped: BORNFLOW_CUDA_KOKKOS names no Kokkos with bin/nvcc_wrapper")
        return SKIPPED
    includes = [source, os.path.join(source, "include"), os.path.join(kokkos, "include")]
    includes += os.environ["BORNFLOW_MPI_INCLUDES"].split(os.pathsep)
    environment = dict(os.environ, NVCC_APPEND_FLAGS=f"-fdevice-syntax-only -diag-error {HOST_CALLS}")

    def compiles(name):
        with tempfile.TemporaryDirectory() as folder:
            command = [wrapper, "-std=c++20", "-extended-lambda", "-arch=sm_90", "-Wno-unknown-pragmas"]
            command += ["-I" + path for path in includes]
            command += ["-c", os.path.join(source, name), "-o", os.path.join(folder, "unit.o")]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            print(f"{name}: {'compiles' if done.returncode == 0 else 'FAILED'}\n{done.stdout}")
            return done.returncode == 0

    with ThreadPoolExecutor(2) as compilers:
        return 0 if all(list(compilers.map(compiles, sources(source)))) else 1


if __name__ == "__main__":
    sys.exit(main())
