# A cluster of CPU nodes: one rank a core, bound to it.
# TEMPLATE of 2026-11-25, not tested on any cluster: copy it under the name of yours, correct it, and date it.
#
#   sbatch --export=ALL,BORNFLOW_MACHINE=cpu_cluster --nodes=4 --ntasks-per-node=64 jobs/run.sbatch inputs/born64.cfg
#
# The modules that bornflow was built with: compiler, MPI, parallel HDF5, Kokkos, PETSc, Boost, BLAS.
: "${BORNFLOW_MODULES:=}"
if [ -n "$BORNFLOW_MODULES" ]; then
  module purge
  # shellcheck disable=SC2086  # several modules in one variable
  module load $BORNFLOW_MODULES || exit 2
fi

# One rank on every core, none on the second hardware thread: the kernels are bound by memory and do not gain from it.
# Neighbouring ranks on one node, because they exchange halos.
export BORNFLOW_SRUN_OPTIONS=${BORNFLOW_SRUN_OPTIONS:---cpu-bind=cores --hint=nomultithread --distribution=block:block}

# What MPI asks srun for: pmix for Open MPI, pmi2 for MPICH and Intel MPI, cray_shasta for Cray MPICH. Empty: found out for
# Open MPI, the site's default for the others. 'srun --mpi=list' tells what there is.
export BORNFLOW_MPI=${BORNFLOW_MPI:-}

# Lustre and NFS without the lock daemon refuse HDF5's file locks; bornflow never writes a file from two jobs.
export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-FALSE}
