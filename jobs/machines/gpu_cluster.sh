# A cluster of GPU nodes: one rank a GPU, with the cores next to it.
# TEMPLATE of 2026-11-25, not tested on any cluster: copy it under the name of yours, correct it, and date it.
# It needs a build with a Kokkos for the GPU (docs/gpu.md), here the one of the preset cuda; for hip set BORNFLOW_BUILD:
#   export Kokkos_ROOT=/path/to/kokkos; cmake --preset cuda && cmake --build --preset cuda
#
#   sbatch --export=ALL,BORNFLOW_MACHINE=gpu_cluster --nodes=2 --gpus-per-node=4 --ntasks-per-node=4 --cpus-per-task=16 \
#     jobs/pairs.sbatch inputs/born64.cfg
#
# Waves only: such a build makes no flows. Go on with jobs/train.sbatch and a host build, in the same run folder.
: "${BORNFLOW_MODULES:=}"
if [ -n "$BORNFLOW_MODULES" ]; then
  module purge
  # shellcheck disable=SC2086  # several modules in one variable
  module load $BORNFLOW_MODULES || exit 2
fi
export BORNFLOW_BUILD=${BORNFLOW_BUILD:-build/cuda}

# Every rank sees all GPUs of its node and Kokkos gives it the one of its local rank: with --gpus-per-task each would see its
# own only, and direct copies between GPUs of a node (CUDA IPC) would be refused. srun takes no --cpus-per-task from sbatch.
export KOKKOS_MAP_DEVICE_ID_BY=mpi_rank
export BORNFLOW_SRUN_OPTIONS=${BORNFLOW_SRUN_OPTIONS:---gpu-bind=none --cpus-per-task=${SLURM_CPUS_PER_TASK:-1} --cpu-bind=cores}
export BORNFLOW_MPI=${BORNFLOW_MPI:-}

# GPU-aware MPI: pointers to device memory go straight to MPI. Each library reads its own lines.
export OMPI_MCA_pml=ucx UCX_TLS=${UCX_TLS:-all}         # Open MPI with UCX built for CUDA or ROCm
export MPICH_GPU_SUPPORT_ENABLED=1                      # Cray MPICH
export MPIR_CVAR_ENABLE_GPU=1                           # MPICH 4
export I_MPI_OFFLOAD=${I_MPI_OFFLOAD:-1}                # Intel MPI

export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-FALSE}
