#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "solvers/acoustic/halo_exchange.hpp"
#include "solvers/acoustic/leapfrog/leapfrog.hpp"

namespace bornflow {

/// The steps of leapfrog.hpp as the time loops take them: on the whole part of this rank, with what a step needs from the
/// neighbouring parts. Sources are added afterwards, to `previous` of the field, before `advance`.
///
/// A step first fills the rim above a free surface with the mirror image of the current level. Then it sends the faces of the current level, steps the points whose stencils stay inside the part, receives the rim,
/// and steps the points near the faces. A CPML completes the step (cpml_layer.hpp), for adjoint fields by its transpose.
template <class T>
class TimeStepper {
public:
  /// Keeps a reference to `medium`.
  TimeStepper(const Medium<T>& medium, const Subdomain& subdomain, Transport transport);
  TimeStepper(const TimeStepper&) = delete;
  TimeStepper& operator=(const TimeStepper&) = delete;

  const Medium<T>& medium() const { return medium_; }
  const PaddedLayout& layout() const { return medium_.layout; }

  void propagate(const Wavefield<T>& u) const;
  void propagate_adjoint(const Wavefield<T>& v) const;
  void propagate_storing(const Wavefield<T>& u, T* acceleration) const;
  void propagate_storing_half(const Wavefield<T>& u, HalfBits* acceleration, T scale) const;
  /// propagate_storing backwards in time: the same on the physical grid, and no CPML.
  void retrace(const Wavefield<T>& u, T* acceleration) const;
  void scatter(const Wavefield<T>& du, const T* acceleration, const T* perturbation) const;
  void propagate_born(const Wavefield<T>& u, const Wavefield<T>& du, const T* perturbation) const;
  void propagate_imaging(const Wavefield<T>& v, const T* acceleration, T* image) const;
  void propagate_imaging_half(const Wavefield<T>& v, const HalfBits* acceleration, T weight, T* image) const;

private:
  /// Is the first row of this rank's part a free surface?
  bool has_free_surface() const;
  /// The plan for fields of this batch; `place` tells fields apart that are exchanged at the same time.
  HaloExchange<T>& halo(int batch, int place) const;
  /// kernel(box) on the boxes of the part, with the exchange of the fields' current levels around the first.
  template <class Kernel>
  void step(std::initializer_list<const Wavefield<T>*> fields, const Kernel& kernel) const;

  const Medium<T>& medium_;
  Subdomain subdomain_;
  Transport transport_;
  IndexBox interior_;                 // no stencil reaches into the rim of a neighbour
  std::vector<IndexBox> near_faces_;  // the rest
  mutable std::map<std::pair<int, int>, std::unique_ptr<HaloExchange<T>>> halos_;   // made at first use
};

}  // namespace bornflow
