#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/config/rules.hpp"

/// What is done, by how many ranks, and how the program is timed and tested.
namespace bornflow {

struct RunSection {
  std::vector<std::string> tasks = {"model", "migrate", "pairs", "train", "posterior", "diagnose"};
  std::string folder = "runs/unnamed";
  std::int64_t seed = 1;
  double wall_time = 0;
  bool overwrite = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("tasks", tasks, "what 'bornflow run' does, in this order; complete ones are skipped", any());
    v("folder", folder, "where the products of this run go; the scripts in jobs/ choose it themselves", any());
    v("seed", seed, "seed of every random number of the run", at_least(0));
    v("wall_time", wall_time, "end at a checkpoint within this time [s]: the run is told to stop a tenth of it, at most 300 s, "
      "before; 0: never", non_negative());
    v("overwrite", overwrite, "replace products that were made with another configuration", any());
  }
};

struct ParallelSection {
  int ranks_per_group = 1, split_x = 0, split_y = 0, split_z = 0;
  std::string transport = "auto";
  template <class Visitor>
  void visit(Visitor& v) {
    v("ranks_per_group", ranks_per_group, "ranks that share one wavefield, each with a part of the grid; groups share out "
      "shots and samples", at_least(1));
    v("split_x", split_x, "parts along x of the grid of a group; 0: chosen", at_least(0));
    v("split_y", split_y, "parts along y; 0: chosen", at_least(0));
    v("split_z", split_z, "parts along z; 0: chosen", at_least(0));
    v("transport", transport, "how the parts' faces reach MPI: from device memory, or staged on the host",
      one_of({"auto", "staged", "direct"}));
  }
};

struct BenchmarkSection {
  std::vector<double> sizes = {512, 1024, 4096}, cubes = {96, 256};
  std::vector<std::string> storages = {"full", "half"};
  double largest_gradient = 2, file_megabytes = 32;
  int repetitions = 5;
  bool training = true, keep_network = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("sizes", sizes, "points along each axis of the square grids that are timed", in_range(8, 100000));
    v("cubes", cubes, "points along each axis of the cubic grids that are timed", in_range(8, 4000));
    v("storages", storages, "storages of the background field whose gradients are timed",
      one_of({"full", "half", "byte", "boundary", "recompute"}));
    v("largest_gradient", largest_gradient, "gradients are timed on grids up to this size [million points]", non_negative());
    v("file_megabytes", file_megabytes, "size of the file that each rank writes and reads [MB]; 0: none", non_negative());
    v("repetitions", repetitions, "timed repetitions; medians are reported", at_least(1));
    v("training", training, "time the training of the flow, and its sampling, too", any());
    v("keep_network", keep_network, "write the timed flow with a batch and its losses to network.h5", any());
  }
};

struct VerifySection {
  int shots = 2;
  template <class Visitor>
  void visit(Visitor& v) {
    v("shots", shots, "shots that are tested, spread over the acquisition", at_least(1));
  }
};

}  // namespace bornflow
