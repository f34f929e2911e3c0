#include "solvers/acoustic/storage/recompute_store.hpp"

#include <algorithm>

namespace bornflow {

template <class T>
RecomputeStore<T>::RecomputeStore(const StorageProblem& problem)
    : plan_(checkpoint_plan_for(problem)),
      image_size_(problem.layout.image_size),
      block_(allocate_field<T>("bornflow::RecomputeStore::block", image_size_ * plan_.longest_block(), 6)) {
  for (int i = 0; i < plan_.snapshots; ++i) snapshots_.emplace_back(problem.layout, 1, 0);
}

template <class T>
void RecomputeStore<T>::begin_forward(BackgroundSteps<T> background) {
  WavefieldStore<T>::begin_forward(std::move(background));
  is_complete_ = false;
}

template <class T>
void RecomputeStore<T>::forward_step(int n, const Wavefield<T>& u) {
  if (n == 0) {
    states_ = {{0, -1}};
    plan_pass(0, plan_.blocks);
  }
  run(n, u);
  is_complete_ = n + 1 == plan_.steps;
}

template <class T>
const T* RecomputeStore<T>::acceleration(int n, Wavefield<T>& u) {
  if (is_complete_ && plan_.blocks == 1) return kept(n);
  if (n > 0) u.advance();
  forward_step(n, u);
  this->count_rerun(1);
  const int block = plan_.block_of(n);
  return block == kept_block_ ? kept(n) : block_.data();
}

template <class T>
void RecomputeStore<T>::begin_adjoint(Wavefield<T>& u) {
  if (is_complete_) return;
  // An adjoint pass before this one has used up the snapshots.
  u.set_zero();
  for (int n = 0; n < plan_.steps; ++n) {
    forward_step(n, u);
    u.advance();
  }
  this->count_rerun(plan_.steps);
}

template <class T>
void RecomputeStore<T>::adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) {
  const int block = plan_.block_of(n);
  if (block != kept_block_) reverse_to(block, u);
  is_complete_ = plan_.blocks == 1;
  this->stepper().propagate_imaging(v, kept(n), image);
}

template <class T>
void RecomputeStore<T>::plan_pass(int begin_block, int end_block) {
  const int n_free = plan_.snapshots + 1 - static_cast<int>(states_.size());
  places_ = snapshot_places(begin_block, end_block, n_free + 1);
  kept_block_ = end_block - 1;
}

template <class T>
void RecomputeStore<T>::run(int n, const Wavefield<T>& u) {
  const int block = plan_.block_of(n);
  if (n == plan_.block_begin(block) && std::find(places_.begin(), places_.end(), block) != places_.end()) {
    const int slot = free_slot();
    snapshots_[slot].assign(u);
    states_.push_back({block, slot});
  }
  // Accelerations that are not kept go where the first of those that are will overwrite them.
  this->background().propagate_storing(n, u, block == kept_block_ ? kept(n) : block_.data());
}

template <class T>
void RecomputeStore<T>::reverse_to(int block, Wavefield<T>& u) {
  while (states_.back().block > block) states_.pop_back();
  const State start = states_.back();
  if (start.slot < 0) {
    u.set_zero();
  } else {
    u.assign(snapshots_[start.slot]);
  }
  plan_pass(start.block, block + 1);
  const int begin = plan_.block_begin(start.block), end = plan_.block_begin(block + 1);
  for (int n = begin; n < end; ++n) {
    run(n, u);
    u.advance();
  }
  this->count_rerun(end - begin);
}

template <class T>
int RecomputeStore<T>::free_slot() const {
  for (int slot = 0; slot < plan_.snapshots; ++slot)
    if (std::none_of(states_.begin(), states_.end(), [&](const State& state) { return state.slot == slot; })) return slot;
  BORNFLOW_REQUIRE(false, "the schedule takes no more snapshots than there are");
  return -1;
}

template class RecomputeStore<float>;
template class RecomputeStore<double>;

}  // namespace bornflow
