# What the jobs share; they source it from the top folder of the project. See jobs/README.md.
#
#   bornflow_job <task> <file.cfg> [--section.key=value ...]
#
# runs the program as one step, lets it stop at a checkpoint before the time limit and on preemption, requeues the job
# until run.status is "done", and ends with the program's exit code; 86: the restart budget is used up. Outside of SLURM it
# starts the same with tools/launch.
set -u
umask 027
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
if [ -n "${BORNFLOW_MACHINE:-}" ]; then
  # shellcheck source=/dev/null
  source "jobs/machines/$BORNFLOW_MACHINE.sh" || { echo "no machine file jobs/machines/$BORNFLOW_MACHINE.sh"; exit 2; }
fi
program=${BORNFLOW_BUILD:-build/release}/bin/bornflow
status_name=run.status   # a job array gives each of its tasks another one
[ -x "$program" ] || { echo "no program $program in $PWD: build it with tools/build, submit from the top folder"; exit 2; }

# SIGUSR1 comes before the time limit (#SBATCH --signal), SIGTERM at the end of the grace time of a preemption. Both reach
# this shell; the program stops at its next checkpoint. A signal before the step is there is passed on when it is.
step=
stop_wanted=no
forward() {
  stop_wanted=yes
  [ -z "$step" ] || kill -USR1 "$step" 2>/dev/null
}
trap forward USR1 TERM

# Open MPI understands srun through PMIx alone, which is seldom the site's default. BORNFLOW_MPI names another type.
mpi_type() {
  if [ -n "${BORNFLOW_MPI:-}" ]; then
    echo "--mpi=$BORNFLOW_MPI"
  elif ldd "$program" | grep -q 'libmpi\.so\.40' && srun --mpi=list 2>&1 | grep -qw pmix; then
    echo "--mpi=pmix"
  fi
}

# [s] until the time limit; nothing without one, or beyond it (a site may let jobs run over).
seconds_left() {
  local end=${SLURM_JOB_END_TIME:-}
  [ -n "$end" ] || end=$(date -d "$(squeue -h -j "$SLURM_JOB_ID" -o %e)" +%s 2>/dev/null) || return 0
  end=$((end - $(date +%s)))
  [ "$end" -le 0 ] || echo "$end"
}

# The run folder is --run.folder of the command line, else BORNFLOW_RUN, else runs/<name of the parameter file>; [run] folder
# of that file is not used.
run_folder() {
  local config=$1 word
  shift
  for word in "$@"; do
    [[ $word != --run.folder=* ]] || { echo "${word#*=}"; return; }
  done
  echo "${BORNFLOW_RUN:-runs/$(basename "$config" .cfg)}"
}

# Waits until the step has really ended: a trapped signal interrupts wait.
wait_for_step() {
  local code
  while :; do
    wait "$step"
    code=$?
    kill -0 "$step" 2>/dev/null || return "$code"
  done
}

# Goes on in a new start of the same job, or leaves with 86 when there were enough of them.
requeue() {
  local budget=${BORNFLOW_RESTARTS:-20}
  if [ "${SLURM_RESTART_COUNT:-0}" -ge "$budget" ]; then
    echo "restart budget used up ($budget; BORNFLOW_RESTARTS): submit the job again to go on"
    exit 86
  fi
  trap - USR1 TERM
  scontrol requeue "$SLURM_JOB_ID" && sleep 300   # SLURM ends this shell when it requeues
  echo "the job could not be requeued: submit it again to go on"
  exit 1
}

bornflow_job() {
  local task=$1 config=${2:-} folder command rc status left
  if [[ -z $config || $config == -* ]]; then
    echo "name a parameter file first: sbatch jobs/<job>.sbatch <file.cfg> [--section.key=value ...]"
    exit 2
  fi
  shift 2
  folder=$(run_folder "$config" "$@")
  if [ -n "${SLURM_JOB_ID:-}" ]; then
    # Without --kill-on-bad-exit the ranks that are left would wait for a dead one until the time limit.
    read -ra command <<<"srun --kill-on-bad-exit=1 $(mpi_type) ${BORNFLOW_SRUN_OPTIONS:-}"
    command+=("$program")
    left=$(seconds_left)
    [[ -z $left || "$*" == *--run.wall_time=* ]] || set -- "$@" "--run.wall_time=$left"
    echo "$("$program" --version | sed -n 2p | tr -s ' ') on $SLURM_JOB_NUM_NODES nodes, ${SLURM_NTASKS:-1} ranks," \
      "restart ${SLURM_RESTART_COUNT:-0}, ${left:-unlimited} s left"
  else
    command=(tools/launch)
  fi
  [[ "$*" == *--run.folder=* ]] || set -- "$@" "--run.folder=$folder"
  echo "${command[*]} $task $config $*"
  "${command[@]}" "$task" "$config" "$@" &
  step=$!
  [ "$stop_wanted" = no ] || forward
  wait_for_step
  rc=$?
  status=$(cat "$folder/$status_name" 2>/dev/null || echo none)
  echo "bornflow ended with exit code $rc, status $status"
  if [ "$rc" -eq 0 ] && [ "$status" = checkpointed ]; then
    [ -z "${SLURM_JOB_ID:-}" ] || requeue
    echo "start the same again to go on"
    exit 0
  fi
  [ "$rc" -eq 0 ] && [ "$status" = "done" ] || exit $((rc ? rc : 1))
}
