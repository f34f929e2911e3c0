#pragma once

#include <utility>

#include "solvers/acoustic/points/point_operator.hpp"
#include "solvers/acoustic/time_stepper.hpp"

namespace bornflow {

/// The steps of one shot's background field, its source included; what a store runs again when it has to. Each writes the
/// new level to u.previous; `advance` is the caller's.
template <class T>
class BackgroundSteps {
public:
  /// Keeps a reference to `stepper`. `wavelet` has the amplitude of each step.
  BackgroundSteps(const TimeStepper<T>& stepper, PointOperator<T> source, DeviceArray<T> wavelet)
      : stepper_(&stepper), source_(std::move(source)), wavelet_(std::move(wavelet)) {}

  const TimeStepper<T>& stepper() const { return *stepper_; }
  int count() const { return static_cast<int>(wavelet_.extent(0)); }

  void propagate(int step, const Wavefield<T>& u) const {
    stepper_->propagate(u);
    source_.inject(wavelet_.data() + step, u.previous.data(), 1);
  }
  /// The same, and acceleration <- dt^2 D_tt u of the step. The field has the bits of propagate.
  void propagate_storing(int step, const Wavefield<T>& u, T* acceleration) const {
    stepper_->propagate_storing(u, acceleration);
    source_.inject_storing(wavelet_.data() + step, u.previous.data(), acceleration);
  }
  /// The same for a field that is run backwards: a step of the physical grid alone, since no layer can be.
  void retrace(int step, const Wavefield<T>& u, T* acceleration) const {
    stepper_->retrace(u, acceleration);
    source_.inject_storing(wavelet_.data() + step, u.previous.data(), acceleration);
  }
  /// The same with the acceleration kept as scale a, in 16 bits.
  void propagate_storing_half(int step, const Wavefield<T>& u, HalfBits* acceleration, T scale) const {
    stepper_->propagate_storing_half(u, acceleration, scale);
    source_.inject_storing_half(wavelet_.data() + step, u.previous.data(), acceleration, scale);
  }

private:
  const TimeStepper<T>* stepper_;
  PointOperator<T> source_;
  DeviceArray<T> wavelet_;
};

}  // namespace bornflow
