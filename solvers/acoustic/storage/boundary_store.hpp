#pragma once

#include "solvers/acoustic/storage/rim.hpp"
#include "solvers/acoustic/storage/wavefield_store.hpp"

namespace bornflow {

/// The rim of every step, and the last two levels on the physical grid.
///
/// Where eta = 0 the leapfrog is its own inverse: the step that makes u^(n+1) of u^(n-1) and u^n makes u^(n-1) of u^(n+1)
/// and u^n, by the same kernel with the same source, and finds the same acceleration on its way. The layer cannot be run
/// backwards; what the physical grid reads of it is the rim, which is put back before each step, and the rest of the layer
/// is left to itself, without a CPML. Equal to `full` but for the rounding of the way back.
/// Dussaud, Symes, Williamson, Lemaistre, Singer, Denel and Cherrett, Computational strategies for reverse-time migration,
/// SEG 2008.
template <class T>
class BoundaryStore : public WavefieldStore<T> {
public:
  explicit BoundaryStore(const StorageProblem& problem);
  void forward_step(int n, const Wavefield<T>& u) override;
  void end_forward(const Wavefield<T>& u) override;
  void begin_adjoint(Wavefield<T>& u) override;
  void adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) override;

private:
  T* rim_at(int n) const { return rims_.data() + n * rim_.size(); }

  PaddedLayout layout_;
  Rim rim_;
  DeviceArray<T> rims_;                // [step]
  DeviceArray<T> before_last_, last_;  // levels, as images are laid out
  DeviceArray<T> acceleration_;
};

}  // namespace bornflow
