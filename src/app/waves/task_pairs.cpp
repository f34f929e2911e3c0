#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "bornflow/parallel/run_on_root.hpp"
#include "bornflow/report/number.hpp"
#include "bornflow/report/progress.hpp"
#include "src/app/products.hpp"
#include "src/app/tasks.hpp"
#include "src/app/waves/experiment.hpp"

/// Training pairs: x from the prior and the summary of its simulated data.
///
/// Pairs are made in blocks of fixed size. A finished block is a small file of its own, so a killed run loses at most the
/// block in work, and a restart, on any number of ranks, makes only the blocks that are missing. The blocks are then
/// put together into pairs.h5, in parallel.
///
/// With [pairs] parts = n > 1 a run makes only its share of the blocks and leaves them: n such runs can work in one folder
/// at a time, as no two write the same block. A run with parts = 1 afterwards finds the blocks and puts them together.
namespace bornflow {

namespace {

struct Blocks {
  std::int64_t n_pairs, size;
  std::int64_t count() const { return (n_pairs + size - 1) / size; }
  WorkRange range(std::int64_t block) const { return {block * size, std::min(n_pairs, (block + 1) * size)}; }
};

std::string block_folder(const RunContext& run) { return run.folder.path("pairs.blocks"); }

std::string block_path(const RunContext& run, std::int64_t block) {
  std::string number = std::to_string(block);
  number.insert(0, 6 - std::min<std::size_t>(6, number.size()), '0');
  return block_folder(run) + "/" + number + ".h5";
}

// The block size is no part of the configuration, because the pairs do not depend on it, but the blocks do.
bool is_usable(const RunContext& run, const Blocks& blocks, std::int64_t block) {
  const std::string path = block_path(run, block);
  return can_continue(path, Product::pairs, run) && Hdf5File::open(path).shape("/x").at(0) == blocks.range(block).size();
}

// Root looks; the others are told. A block of another size, or a damaged one, is made again.
std::vector<std::int64_t> missing_blocks(const RunContext& run, const Blocks& blocks, const WorkRange& share) {
  std::vector<std::int64_t> missing;
  run_on_root(run.world(), [&] {
    std::error_code error;
    std::filesystem::create_directories(block_folder(run), error);
    if (error) throw IoError("cannot make the folder " + block_folder(run) + ": " + error.message() + ".");
    for (std::int64_t block = share.begin; block < share.end; ++block)
      if (!is_usable(run, blocks, block)) missing.push_back(block);
  });
  run.world().broadcast(missing);
  return missing;
}

void make_block(const RunContext& run, Experiment& experiment, const Blocks& blocks, std::int64_t block) {
  const WorkRange range = blocks.range(block);
  const int count = static_cast<int>(range.size());
  std::vector<float> images;
  for (auto i = range.begin; i < range.end; ++i) {
    const std::vector<float> image = experiment.draw_image(i);
    images.insert(images.end(), image.begin(), image.end());
  }
  const auto summaries = experiment.simulate_summaries(range.begin, count, images);
  if (!experiment.teams().team().is_root() || !run.groups.domain().is_root()) return;

  std::vector<float> summary(summaries.signal);
  for (std::size_t i = 0; i < summary.size(); ++i) summary[i] += summaries.noise[i];
  const std::vector<std::int64_t> shape = {count, experiment.grid().nz, experiment.grid().nx};
  OutputFile output(block_path(run, block));
  output.file().write("/x", shape, images.data());
  output.file().write("/summary", shape, summary.data());
  output.file().write("/summary_noise", shape, summaries.noise.data());
  stamp(output.file(), Product::pairs, run);
  output.commit();
}

// Every rank copies a share of the blocks; all take part in every collective write.
void assemble(const RunContext& run, const Experiment& experiment, const Blocks& blocks) {
  const std::vector<std::int64_t> shape = {blocks.n_pairs, experiment.grid().nz, experiment.grid().nx};
  const std::vector<std::string> names = {"/x", "/summary", "/summary_noise"};
  OutputFile output(run.folder.path(file_name(Product::pairs)), run.world());
  for (const auto& name : names) output.file().create_dataset<float>(name, shape);
  const int n_ranks = run.world().size();
  for (std::int64_t first = 0; first < blocks.count(); first += n_ranks) {
    const std::int64_t block = first + run.world().rank();
    const bool mine = block < blocks.count();
    const WorkRange range = mine ? blocks.range(block) : WorkRange{0, 0};
    for (const auto& name : names) {
      std::vector<float> values;
      if (mine) values = Hdf5File::open(block_path(run, block)).read<float>(name);
      output.file().write_rows(name, range.begin, range.size(), values.data());
    }
  }
  stamp(output.file(), Product::pairs, run);
  output.file().write_attribute("/", "n_train", std::int64_t{run.config.pairs.train});
  output.file().write_attribute("/", "n_test", std::int64_t{run.config.pairs.test});
  output.file().write_attribute("/", "noise_sigma", experiment.noise().sigma);
  output.file().write_attribute("/x", "units", "s2/km2");
  output.commit();
  std::error_code error;
  if (run.world().is_root()) std::filesystem::remove_all(block_folder(run), error);
  if (error) run.log.warn("cannot remove " + block_folder(run) + ": " + error.message());
}

// Stops between two rounds of blocks when it is asked to.
TaskResult make_blocks(const RunContext& run, Experiment& experiment, const Blocks& blocks, const WorkRange& share,
                       const std::vector<std::int64_t>& missing) {
  const ShotTeams& teams = experiment.teams();
  const auto n_missing = static_cast<std::int64_t>(missing.size());
  const std::int64_t first = share.begin * blocks.size, last = std::min(blocks.n_pairs, share.end * blocks.size);
  const auto pairs_in = [&](std::int64_t n_blocks) {
    return static_cast<double>(std::min(last - first, n_blocks * blocks.size));
  };
  Progress progress(run.log, "pairs", static_cast<double>(last - first), "pairs");
  progress.go_on_from(pairs_in(share.size() - n_missing));
  const WorkRange mine = contiguous_share(n_missing, teams.index(), teams.count());
  const std::int64_t rounds = run.world().max(mine.size());
  for (std::int64_t round = 0; round < rounds; ++round) {
    if (mine.begin + round < mine.end)
      make_block(run, experiment, blocks, missing[static_cast<std::size_t>(mine.begin + round)]);
    const std::int64_t done = std::min((round + 1) * teams.count(), n_missing);
    progress.update(pairs_in(share.size() - n_missing + done));
    if (run.stop.poll() && round + 1 < rounds) return TaskResult::checkpointed;
  }
  progress.finish();
  return TaskResult::complete;
}

}  // namespace

TaskResult run_pairs(const RunContext& run) {
  if (already_complete(Product::pairs, run)) return TaskResult::complete;
  const PairsSection& pairs = run.config.pairs;
  const Blocks blocks{std::int64_t{pairs.train} + pairs.test, pairs.block};
  const WorkRange share = contiguous_share(blocks.count(), pairs.part, pairs.parts);
  const std::vector<std::int64_t> missing = missing_blocks(run, blocks, share);
  const bool is_part = pairs.parts > 1;
  const std::string of_part = is_part ? " of part " + std::to_string(pairs.part) : "";
  const auto n_there = share.size() - static_cast<std::int64_t>(missing.size());
  if (n_there > 0)
    run.log.line("RESTART: " + std::to_string(n_there) + " of " + std::to_string(share.size()) + " blocks of pairs" + of_part +
                 " are there already");
  if (is_part && missing.empty()) return TaskResult::complete;

  const ShotTeams teams(run.groups.across(), n_shots(run.config));
  Experiment experiment(run, teams);
  run.log.line("noise: sigma = " + format_significant(experiment.noise().sigma) + ", " + run.config.noise.band);
  {
    ScopedTimer timer(run.timers, "simulate");
    if (make_blocks(run, experiment, blocks, share, missing) == TaskResult::checkpointed) return TaskResult::checkpointed;
  }
  run.world().barrier();
  if (is_part) {
    run.log.line(std::to_string(share.size()) + " blocks" + of_part + " are complete; 'bornflow pairs' without parts puts all together");
    return TaskResult::complete;
  }
  ScopedTimer timer(run.timers, "assemble");
  assemble(run, experiment, blocks);
  return TaskResult::complete;
}

}  // namespace bornflow
