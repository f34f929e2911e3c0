#include <algorithm>
#include <cstdio>
#include <string>

#include "bornflow/base/build_info.hpp"
#include "bornflow/base/utc_time.hpp"
#include "bornflow/report/json_writer.hpp"
#include "src/app/benchmark_training.hpp"
#include "src/app/benchmark_waves.hpp"
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
  if (run.config.benchmark.training) benchmark_training(run, json);
  json.end_object();
  if (run.world().is_root()) json.write_file(run.folder.path("benchmark.json"));
  return TaskResult::complete;
}

}  // namespace bornflow
