#include "solvers/acoustic/storage/checkpoint_plan.hpp"

#include <algorithm>

namespace bornflow {

namespace {

/// C(c + r, c), the number of blocks that c states reverse when no block is run more than r times again.
double reach(int c, int r) {
  double result = 1;
  const int small = std::min(c, r), large = std::max(c, r);
  for (int i = 1; i <= small; ++i) result = result * (large + i) / i;   // exact as long as it matters: below 2^53
  return result;
}

/// The smallest r with blocks <= C(c + r, c).
int repetitions(int blocks, int states) {
  int r = 0;
  double reached = 1;
  while (reached < blocks) {
    ++r;
    reached = reached * (states + r) / r;
  }
  return r;
}

}  // namespace

double repeated_blocks(int blocks, int states) {
  const int r = repetitions(blocks, states);
  return r == 0 ? 0 : static_cast<double>(r) * blocks - reach(states + 1, r - 1);
}

int blocks_to_next_snapshot(int blocks, int states) {
  if (states == 1) return blocks - 1;
  const int r = repetitions(blocks, states);
  const double most = std::min(reach(states, r - 1), blocks - reach(states - 1, r - 1));
  return std::max(1, static_cast<int>(most));
}

std::vector<int> snapshot_places(int begin, int end, int states) {
  std::vector<int> places;
  while (end - begin > 1) {
    begin += blocks_to_next_snapshot(end - begin, states);
    if (end - begin <= 1 || states == 1) break;
    places.push_back(begin);
    --states;
  }
  return places;
}

int CheckpointPlan::block_of(int step) const {
  int block = static_cast<int>(static_cast<std::int64_t>(step) * blocks / steps);
  while (block + 1 < blocks && block_begin(block + 1) <= step) ++block;
  return block;
}

std::int64_t CheckpointPlan::repeated_steps() const {
  // The schedule itself, block by block: blocks are of nearly equal length, not of equal.
  std::int64_t repeated = 0;
  std::vector<int> states = {0};
  for (const int place : snapshot_places(0, blocks, snapshots + 1)) states.push_back(place);
  for (int block = blocks - 2; block >= 0; --block) {
    while (states.back() > block) states.pop_back();
    repeated += block_begin(block + 1) - block_begin(states.back());
    const int free = snapshots + 1 - static_cast<int>(states.size());
    for (const int place : snapshot_places(states.back(), block + 1, free + 1)) states.push_back(place);
  }
  return repeated;
}

CheckpointPlan make_checkpoint_plan(int steps, double snapshot_bytes, double step_bytes, double budget_bytes) {
  CheckpointPlan best{steps, std::max(1, steps), 0};
  double best_cost = -1;
  for (int snapshots = 0; snapshots < std::max(1, steps); ++snapshots) {
    const double rest = budget_bytes - snapshots * snapshot_bytes;
    if (rest < step_bytes) break;
    const int block = static_cast<int>(std::min<double>(steps, rest / step_bytes));
    const int blocks = block > 0 ? (steps + block - 1) / block : 1;
    if (snapshots > blocks - 1) break;   // more are of no use
    const double cost = repeated_blocks(blocks, snapshots + 1) / blocks;
    if (best_cost >= 0 && cost >= best_cost) continue;
    best = {steps, blocks, snapshots};
    best_cost = cost;
  }
  return best;
}

}  // namespace bornflow
