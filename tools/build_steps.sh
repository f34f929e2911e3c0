# What tools/build and tools/install_kokkos share; to be sourced.

# One compiler a core, where each can have 1.5 GB: templates of Kokkos are hungry. BORNFLOW_JOBS is another number.
compile_jobs() {
  local cores memory_jobs
  cores=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)   # nproc minds them; compilers are no threads
  memory_jobs=$(awk '/MemAvailable/ { n = int($2 / 1.5e6); print n < 1 ? 1 : n }' /proc/meminfo 2>/dev/null || echo "$cores")
  echo "${BORNFLOW_JOBS:-$((cores < memory_jobs ? cores : memory_jobs))}"
}

# step <what> <command...>: quiet, into the file $log; where it fails, tells what stands there and exits with $failure.
step() {
  local what=$1
  shift
  "$@" >>"$log" 2>&1 && return
  echo "${0##*/}: $what failed; the first errors and the end of $log:" >&2
  grep -nE 'error:|ERROR:|CMake Error|FAILED:' "$log" | head -n 20 >&2 || true
  echo "  ..." >&2
  tail -n 15 "$log" >&2
  exit "$failure"
}
