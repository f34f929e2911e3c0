#include "bornflow/base/build_info.hpp"
#include "bornflow/base/kokkos_compat.hpp"
#include "bornflow/base/utc_time.hpp"
#include "bornflow/report/json_writer.hpp"
#include "src/app/benchmark/benchmark_training.hpp"
#include "src/app/benchmark/benchmark_waves.hpp"
#include "src/app/tasks.hpp"

namespace bornflow {

TaskResult run_benchmark(const RunContext& run) {
  JsonWriter json;
  json.begin_object();
  json.member("git", git_hash()).member("date", utc_now()).member("ranks", run.world().size());
  json.member("groups", run.groups.count()).member("ranks_per_group", run.groups.domain().size());
  benchmark_waves(run, json);
  benchmark_gradients(run, json);
  benchmark_files(run, json);
  if (run.config.benchmark.training && kernels_run_on_host)
    benchmark_training(run, json);
  else if (run.config.benchmark.training)
    run.log.line("training is not timed: flows are computed on the host");
  json.end_object();
  if (run.world().is_root()) json.write_file(run.folder.path("benchmark.json"));
  return TaskResult::complete;
}

}  // namespace bornflow
