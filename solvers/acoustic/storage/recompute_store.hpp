#pragma once

#include <vector>

#include "solvers/acoustic/storage/checkpoint_plan.hpp"
#include "solvers/acoustic/storage/wavefield_store.hpp"

namespace bornflow {

/// Snapshots of the field, two time levels and the layer's memory each, and the accelerations of one block of steps at a time; see CheckpointPlan.
///
/// Every run of a step, for the first time or again, is by the kernel that writes accelerations, which are kept or not:
/// the field is then the same to the bit, and so is all that is made from it.
template <class T>
class RecomputeStore : public WavefieldStore<T> {
public:
  explicit RecomputeStore(const StorageProblem& problem);
  void begin_forward(BackgroundSteps<T> background) override;
  void forward_step(int n, const Wavefield<T>& u) override;
  bool acceleration_fills() const override { return true; }
  const T* acceleration(int n, Wavefield<T>& u) override;
  void begin_adjoint(Wavefield<T>& u) override;
  void adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) override;

private:
  /// A state to start from: the field before the first step of `block`, in snapshots_[slot]; slot -1 is the field zero.
  struct State {
    int block, slot;
  };
  T* kept(int n) const { return block_.data() + (n - plan_.block_begin(kept_block_)) * image_size_; }
  void plan_pass(int begin_block, int end_block);
  /// Runs step n on u within the pass planned last.
  void run(int n, const Wavefield<T>& u);
  /// Makes block_ hold the accelerations of `block`.
  void reverse_to(int block, Wavefield<T>& u);
  int free_slot() const;

  CheckpointPlan plan_;
  std::int64_t image_size_;
  std::vector<Wavefield<T>> snapshots_;
  DeviceArray<T> block_;            // accelerations of kept_block_
  std::vector<State> states_;       // those at hand, by block
  std::vector<int> places_;         // blocks where the pass under way takes snapshots
  int kept_block_ = -1;             // or the one that the pass under way is going to keep
  bool is_complete_ = false;        // the states are those of a whole forward pass: an adjoint pass may begin
};

}  // namespace bornflow
