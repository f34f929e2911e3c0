#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/storage/background_steps.hpp"
#include "solvers/acoustic/storage/storage_estimate.hpp"

namespace bornflow {

/// What is kept of one shot's background field u so that the adjoint can correlate with its accelerations
/// a^n = dt^2 D_tt u^n, n = 0 .. steps - 1, from the last to the first:
///
///   image = -sum_n a^n v^n .
///
/// A forward pass fills the store: begin_forward, then forward_step for every n upwards, then end_forward. Any number of
/// adjoint passes follow: begin_adjoint, then adjoint_step for every n downwards. `u` is the background field; adjoint
/// passes use it as work space. The memory is allocated once; filling a store again, for another shot, overwrites it.
template <class T>
class WavefieldStore {
public:
  virtual ~WavefieldStore() = default;

  virtual void begin_forward(BackgroundSteps<T> background) {
    background_ = std::make_unique<BackgroundSteps<T>>(std::move(background));
    rerun_steps_ = 0;
  }
  /// u.previous <- step n of the background, which is u.current, with its source.
  virtual void forward_step(int n, const Wavefield<T>& u) = 0;
  /// u.current is the field after the last step.
  virtual void end_forward(const Wavefield<T>&) {}

  /// Whether a pass over `acceleration` runs the background and fills the store: no forward pass need come before it.
  virtual bool acceleration_fills() const { return false; }
  /// a^n for every n upwards, as a Born pass reads it; of the stores that are exact. u must be zero at n = 0.
  virtual const T* acceleration(int /*n*/, Wavefield<T>& /*u*/) {
    BORNFLOW_REQUIRE(false, "this store has not every acceleration");
    return nullptr;
  }

  virtual void begin_adjoint(Wavefield<T>&) {}
  /// image -= a^n v.current for each field v of a batch, then the step of v.
  virtual void adjoint_step(int n, Wavefield<T>& u, const Wavefield<T>& v, T* image) = 0;

  /// Steps of the background that were run again since the last call, forwards or backwards.
  std::int64_t take_rerun_steps() { return std::exchange(rerun_steps_, 0); }

protected:
  const BackgroundSteps<T>& background() const {
    BORNFLOW_REQUIRE(background_ != nullptr, "a store is filled before it is read");
    return *background_;
  }
  const TimeStepper<T>& stepper() const { return background().stepper(); }
  void count_rerun(int steps) { rerun_steps_ += steps; }

private:
  std::unique_ptr<BackgroundSteps<T>> background_;
  std::int64_t rerun_steps_ = 0;
};

/// An empty store of the named kind, its memory allocated.
template <class T>
std::unique_ptr<WavefieldStore<T>> make_wavefield_store(Storage storage, const StorageProblem& problem);

}  // namespace bornflow
