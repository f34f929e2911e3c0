#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "bornflow/base/kokkos_compat.hpp"

namespace bornflow {

/// A fixed allotment of memory for activations that the backward pass then need not compute again.
///
/// What does not fit is recomputed, so the memory of training is the same for every depth of the network and a small
/// network pays for no recomputation. Contents live from begin() to end() of one gradient; between end() and begin()
/// nothing is kept and nothing is found.
template <class T>
class KeptActivations {
public:
  /// Numbers that may be kept; allocated at the first begin(). 0: everything is recomputed.
  void set_capacity(std::size_t numbers) {
    capacity_ = numbers;
    memory_ = DeviceArray<T>();
    end();
  }
  void begin() {
    if (memory_.extent(0) < capacity_) memory_ = DeviceArray<T>("bornflow::KeptActivations", capacity_);
    used_ = 0;
    places_.clear();
    open_ = true;
  }
  void end() {
    open_ = false;
    places_.clear();
  }

  /// Room for `size` numbers of part `part` of `owner`; null when nothing is kept now or it does not fit. A pointer and
  /// no view, so that nobody who remembers it keeps the memory alive; valid until end().
  T* keep(const void* owner, int part, std::size_t size) {
    if (!open_ || size > capacity_ - used_) return nullptr;
    T* place = memory_.data() + used_;
    used_ = std::min(capacity_, (used_ + size + aligned - 1) / aligned * aligned);
    places_[{owner, part}] = place;
    return place;
  }
  /// What keep() gave before; null when it gave nothing.
  T* find(const void* owner, int part) const {
    const auto found = places_.find({owner, part});
    return found == places_.end() ? nullptr : found->second;
  }

private:
  static constexpr std::size_t aligned = 16;  // numbers; a cache line of the smaller type
  DeviceArray<T> memory_;
  std::size_t capacity_ = 0, used_ = 0;
  bool open_ = false;
  std::map<std::pair<const void*, int>, T*> places_;
};

/// Keeps activations while it lives.
template <class T>
class KeepActivations {
public:
  explicit KeepActivations(KeptActivations<T>& kept) : kept_(kept) { kept_.begin(); }
  ~KeepActivations() { kept_.end(); }
  KeepActivations(const KeepActivations&) = delete;
  KeepActivations& operator=(const KeepActivations&) = delete;

private:
  KeptActivations<T>& kept_;
};

}  // namespace bornflow
