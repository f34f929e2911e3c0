#include "solvers/acoustic/born_operator.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <utility>

#include "bornflow/base/error.hpp"

namespace bornflow {

template <class T>
BornOperator<T>::BornOperator(const Subdomain& subdomain, const PropagatorOptions& options,
                              const Acquisition& acquisition, const std::vector<float>& velocity,
                              std::vector<float> mute, double memory_limit_bytes)
    : propagator_(subdomain, options, acquisition, velocity),
      mute_(std::move(mute)),
      memory_limit_bytes_(memory_limit_bytes),
      bytes_of_one_background_(static_cast<double>(propagator_.background_bytes())) {
  // What is stored must be the same decision on all ranks of the domain.
  if (!subdomain.is_whole()) bytes_of_one_background_ = subdomain.domain->max(bytes_of_one_background_);
  if (!mute_.empty() && mute_.size() != image_size())
    throw UserError("The image mute has " + std::to_string(mute_.size()) + " values, the grid has " +
                    std::to_string(image_size()) + " points.");
  for (std::size_t i = 0; i < mute_.size(); ++i)
    if (!std::isfinite(mute_[i]))
      throw UserError("The image mute at point " + std::to_string(i) + " is not finite.");
}

template <class T>
double BornOperator<T>::background_bytes(int n_shots) const {
  return bytes_of_one_background_ * n_shots;
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
  const BackgroundStore<T>* background = find(shot);
  // Whether the stored or the fused pass is taken depends on the size of one shot alone. If it depended on how many shots
  // this rank keeps, the number of ranks would show in the last bits. Making the store costs what the fused pass spends
  // on the background, and the adjoint that follows finds it.
  if (!background) background = make(shot, nullptr);
  if (background) {
    propagator_.born(shot, batch, *background, weighted.data(), traces);
  } else {
    propagator_.born(shot, batch, weighted.data(), traces);
    ledger_.forward += 1;
  }
  ledger_.forward += batch;
}

template <class T>
void BornOperator<T>::born_adjoint(int shot, int batch, const T* traces, T* images) {
  const BackgroundStore<T>* background = find(shot);
  if (!background) background = make(shot, nullptr);
  if (!background) {
    std::ostringstream text;
    text << "The adjoint needs the background wavefield of one shot: " << background_bytes(1) / 1073741824.0
         << " GiB, but the limit is " << memory_limit_bytes_ / 1073741824.0
         << " GiB. Raise the limit, or use a coarser grid, a longer time step or shorter traces.";
    throw UserError(text.str());
  }
  std::vector<T> part(batch * propagator_.image_size());
  propagator_.born_adjoint(shot, batch, *background, traces, part.data());
  gather_parts(propagator_.subdomain(), batch, part.data(), images);
  ledger_.adjoint += batch;
  if (mute_.empty()) return;
  for (std::size_t i = 0; i < batch * image_size(); ++i) images[i] *= static_cast<T>(mute_[i % image_size()]);
}

template <class T>
const BackgroundStore<T>* BornOperator<T>::find(int shot) const {
  for (const Entry& entry : entries_)
    if (entry.shot == shot) return &entry.background;
  return nullptr;
}

template <class T>
const BackgroundStore<T>* BornOperator<T>::make(int shot, T* traces) {
  if (!fits(1)) return nullptr;
  // A store that has to leave is used again: its memory is the same size, and every point is overwritten.
  BackgroundStore<T> store;
  while (!fits(static_cast<int>(entries_.size()) + 1)) {
    store = entries_.front().background;
    entries_.pop_front();
  }
  if (store.extent(0) == 0) store = propagator_.make_background();
  propagator_.forward_storing(shot, traces, store);
  ledger_.forward += 1;
  entries_.push_back({shot, store});
  return &entries_.back().background;
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
