#include "solvers/acoustic/born_operator.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

/// What `recompute` may use for a shot is the whole limit, unless it has one of its own.
PropagatorOptions within(PropagatorOptions options, double memory_limit_bytes) {
  if (options.storage_memory == 0) options.storage_memory = memory_limit_bytes;
  return options;
}

}  // namespace

template <class T>
BornOperator<T>::BornOperator(const Subdomain& subdomain, const PropagatorOptions& options,
                              const Acquisition& acquisition, const std::vector<float>& velocity,
                              std::vector<float> mute, double memory_limit_bytes)
    : storage_(options.storage),
      propagator_(subdomain, within(options, memory_limit_bytes), acquisition, velocity),
      mute_(std::move(mute)),
      memory_limit_bytes_(memory_limit_bytes),
      store_bytes_(estimate_storage(storage_, propagator_.storage_problem()).bytes) {
  if (!mute_.empty() && mute_.size() != image_size())
    throw UserError("The image mute has " + std::to_string(mute_.size()) + " values, the grid has " +
                    std::to_string(image_size()) + " points.");
  for (std::size_t i = 0; i < mute_.size(); ++i)
    if (!std::isfinite(mute_[i]))
      throw UserError("The image mute at point " + std::to_string(i) + " is not finite.");
  ledger_.steps = std::max(1, propagator_.steps());
}

template <class T>
int BornOperator<T>::backgrounds_kept(int n_shots) const {
  int kept = 0;
  while (kept < n_shots && fits(kept + 1)) ++kept;
  return kept;
}

template <class T>
void BornOperator<T>::prepare(int first_shot, int end_shot) {
  const auto is_wanted = [&](const Entry& entry) { return entry.shot >= first_shot && entry.shot < end_shot; };
  for (int shot = first_shot; shot < end_shot; ++shot) {
    if (find(shot)) continue;
    while (!entries_.empty() && !fits(static_cast<int>(entries_.size()) + 1)) {
      const auto unwanted = std::find_if_not(entries_.begin(), entries_.end(), is_wanted);
      if (unwanted == entries_.end()) return;
      entries_.erase(unwanted);
    }
    if (!make(shot, nullptr)) return;
  }
}

template <class T>
void BornOperator<T>::forward(int shot, T* traces) {
  if (find(shot) || !make(shot, traces)) {
    propagator_.forward(shot, traces);
    ledger_.forward += 1;
  }
}

template <class T>
void BornOperator<T>::born(int shot, int batch, const T* images, T* traces) {
  const std::vector<T> weighted = muted(batch, images);
  // Whether the stored or the fused pass is taken depends on the size of one shot alone. If it depended on how many shots
  // this rank keeps, the number of ranks would show in the last bits. Making the store costs what the fused pass spends
  // on the background, and the adjoint that follows finds it.
  WavefieldStore<T>* background = find(shot);
  ledger_.forward += batch;
  if (!is_exact(storage_) || !fits(1)) {
    propagator_.born(shot, batch, weighted.data(), traces);
    ledger_.forward += 1;
  } else if (!background && storage_ == Storage::recompute) {
    auto store = reserve(shot);   // this pass fills it
    propagator_.born(shot, batch, *store, weighted.data(), traces);
    store->take_rerun_steps();    // the first time is no rerun
    ledger_.forward += 1;
    keep(shot, std::move(store));
  } else {
    if (!background) background = make(shot, nullptr);
    propagator_.born(shot, batch, *background, weighted.data(), traces);
    count_rerun(*background);
  }
}

template <class T>
void BornOperator<T>::born_adjoint(int shot, int batch, const T* traces, T* images) {
  require_adjoint_fits();
  WavefieldStore<T>* background = find(shot);
  if (!background) background = make(shot, nullptr);
  std::vector<T> part(batch * propagator_.image_size());
  propagator_.born_adjoint(shot, batch, *background, traces, part.data());
  count_rerun(*background);
  gather_parts(propagator_.subdomain(), batch, part.data(), images);
  ledger_.adjoint += batch;
  if (mute_.empty()) return;
  for (std::size_t i = 0; i < batch * image_size(); ++i) images[i] *= static_cast<T>(mute_[i % image_size()]);
}

template <class T>
WavefieldStore<T>* BornOperator<T>::find(int shot) const {
  for (const Entry& entry : entries_)
    if (entry.shot == shot) return entry.background.get();
  return nullptr;
}

template <class T>
WavefieldStore<T>* BornOperator<T>::make(int shot, T* traces) {
  auto store = reserve(shot);
  if (!store) return nullptr;
  propagator_.forward_storing(shot, traces, *store);
  ledger_.forward += 1;
  return keep(shot, std::move(store));
}

template <class T>
std::unique_ptr<WavefieldStore<T>> BornOperator<T>::reserve(int shot) {
  if (!fits(1)) return nullptr;
  // A store that has to leave is used again: its memory is the same size, and every point is overwritten.
  std::unique_ptr<WavefieldStore<T>> store;
  while (!fits(static_cast<int>(entries_.size()) + 1)) {
    store = std::move(entries_.front().background);
    entries_.pop_front();
  }
  if (!store) store = propagator_.make_background();
  propagator_.assign(shot, *store);
  return store;
}

template <class T>
WavefieldStore<T>* BornOperator<T>::keep(int shot, std::unique_ptr<WavefieldStore<T>> store) {
  entries_.push_back({shot, std::move(store)});
  return entries_.back().background.get();
}

template <class T>
void BornOperator<T>::count_rerun(WavefieldStore<T>& store) {
  ledger_.rerun_steps += store.take_rerun_steps();
}

template <class T>
std::vector<T> BornOperator<T>::muted(int batch, const T* images) const {
  std::vector<T> result(images, images + batch * image_size());
  if (!mute_.empty())
    for (std::size_t i = 0; i < result.size(); ++i) result[i] *= static_cast<T>(mute_[i % image_size()]);
  return owned_part(propagator_.subdomain(), batch, result.data());
}

template class BornOperator<float>;
template class BornOperator<double>;

}  // namespace bornflow
