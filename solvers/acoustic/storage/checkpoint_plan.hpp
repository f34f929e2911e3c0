#pragma once

#include <cstdint>
#include <vector>

namespace bornflow {

/// Optimal checkpointing of a time loop that is needed backwards: where to keep snapshots, and what that costs.
///
/// The steps are cut into blocks of nearly equal length. A block is reversed by running it once more from its first state
/// while keeping what the reverse pass reads. With c states to start from at a time (the initial one, which is known, and
/// c - 1 snapshots), l blocks can be reversed by running
///
///   t(l, c) = r l - C(c + r, c + 1),   r the smallest with l <= C(c + r, c),
///
/// blocks again, beyond the first pass, and not by fewer (Griewank and Walther, ACM Trans. Math. Softw. 26 (2000) 19).
struct CheckpointPlan {
  int steps = 0;
  int blocks = 1;
  int snapshots = 0;   ///< kept at a time, the initial state not counted

  int block_begin(int block) const {
    return static_cast<int>(static_cast<std::int64_t>(block) * steps / blocks);
  }
  int block_of(int step) const;
  int longest_block() const { return (steps + blocks - 1) / blocks; }
  /// Steps that are run again for one reverse pass.
  std::int64_t repeated_steps() const;
};

/// t(blocks, states) above; infinite (a huge number) never occurs, since one state suffices.
double repeated_blocks(int blocks, int states);

/// How many of `blocks` blocks an optimal schedule runs from its first state before it takes the next snapshot: one of the
/// best when `states` are at hand, the first one included.
int blocks_to_next_snapshot(int blocks, int states);

/// The blocks where a pass that starts at the first state of block `begin` and ends at `end` takes snapshots, when
/// `states` are at hand, the one at `begin` included. The last block of the pass is run while it is kept.
std::vector<int> snapshot_places(int begin, int end, int states);

/// The plan with the fewest repeated steps that fits in `budget_bytes`: snapshots of `snapshot_bytes`, and one block of
/// steps of `step_bytes`. The smallest plan there is (no snapshot, blocks of one step) when the budget is less.
CheckpointPlan make_checkpoint_plan(int steps, double snapshot_bytes, double step_bytes, double budget_bytes);

}  // namespace bornflow
