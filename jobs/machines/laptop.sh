# One machine without a queue, or with the SLURM of tools/slurm_cluster: Debian 12, Open MPI 4.1.
# Last tested 2026-11-28 by tests/jobs without SLURM: all jobs but scaling; jobs/forward.sbatch also with SLURM 22.05 on
# emulated nodes.
#
# Open MPI ties the ranks of every mpirun to the same first cores; several at a time would share them.
export OMPI_MCA_hwloc_base_binding_policy=${OMPI_MCA_hwloc_base_binding_policy:-none}
