#pragma once

#include "solvers/acoustic/leapfrog.hpp"

namespace bornflow {

/// The steps of leapfrog.hpp as the time loops take them: on the whole subdomain, with what a step needs from the
/// neighbouring ranks. Sources are added afterwards, to `previous` of the field, before `advance`.
template <class T>
class TimeStepper {
public:
  /// Keeps a reference to `medium`.
  explicit TimeStepper(const Medium<T>& medium) : medium_(medium) {}
  TimeStepper(const TimeStepper&) = delete;
  TimeStepper& operator=(const TimeStepper&) = delete;

  const Medium<T>& medium() const { return medium_; }
  const PaddedLayout& layout() const { return medium_.layout; }

  void propagate(const Wavefield<T>& u) const { leapfrog(medium_, u); }
  void propagate_storing(const Wavefield<T>& u, T* acceleration) const { leapfrog_storing(medium_, u, acceleration); }
  void propagate_storing_half(const Wavefield<T>& u, HalfBits* acceleration, T scale) const {
    leapfrog_storing_half(medium_, u, acceleration, scale);
  }
  void scatter(const Wavefield<T>& du, const T* acceleration, const T* perturbation) const {
    leapfrog_scattering(medium_, du, acceleration, perturbation);
  }
  void propagate_born(const Wavefield<T>& u, const Wavefield<T>& du, const T* perturbation) const {
    leapfrog_born(medium_, u, du, perturbation);
  }
  void propagate_imaging(const Wavefield<T>& v, const T* acceleration, T* image) const {
    leapfrog_imaging(medium_, v, acceleration, image);
  }
  void propagate_imaging_half(const Wavefield<T>& v, const HalfBits* acceleration, T weight, T* image) const {
    leapfrog_imaging_half(medium_, v, acceleration, weight, image);
  }

private:
  const Medium<T>& medium_;
};

}  // namespace bornflow
