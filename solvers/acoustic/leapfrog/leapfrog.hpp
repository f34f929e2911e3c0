#pragma once

#include "solvers/acoustic/field_memory.hpp"
#include "solvers/acoustic/half.hpp"
#include "solvers/acoustic/medium.hpp"

/// One time step of the symmetric leapfrog
///
///   u+ = [2 (m/dt^2) u - (m/dt^2 - eta/(2 dt)) u- + L u + q] / (m/dt^2 + eta/(2 dt)),
///
/// for a batch of fields. The matrix of all steps is symmetric up to reversal of time, so the adjoint field is made by
/// the same functions run from the last step to the first. Sources are added afterwards (PointOperator).
///
/// The *acceleration* of a step is a = dt^2 D_tt u = u+ - 2 u + u-, on the physical grid, where eta = 0 and therefore
/// a = (dt^2/m) (L u + q). The kernels take it from the right-hand side: the difference of three nearly equal fields
/// would lose half of the digits in single precision.
namespace bornflow {

/// Two time levels of a batch of fields and their memory in a CPML, zero at the start. A step writes the next level over `previous`.
template <class T>
struct Wavefield {
  DeviceArray<T> previous, current;
  DeviceArray<T> memory;   // [batch][layout.memory_size]; empty where the layer has none
  int batch = 0;

  Wavefield() = default;
  /// `colour` as in allocate_field; it and the next two are used.
  Wavefield(const PaddedLayout& layout, int batch, int colour);
  void set_zero();
  /// Takes the values of a field of the same layout and batch.
  void assign(const Wavefield& other) const;
  /// After a step: `previous`, which holds the new level, becomes `current`.
  void advance() { std::swap(previous, current); }
};

/// The functions below step the points of a `box` of the padded grid; a point gets the same bits in whichever box.

/// u.previous <- the next level of u, without sources.
template <class T>
void leapfrog(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u);

/// The same, and acceleration[z][y][x] <- a without sources; one field (batch 1).
template <class T>
void leapfrog_storing(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, T* acceleration);

/// The same with the acceleration kept as scale a, in 16 bits.
template <class T>
void leapfrog_storing_half(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, HalfBits* acceleration, T scale);

/// Scattered fields: du.previous <- the next level of du with the source -dm a / dt^2.
/// `perturbation` is dm / dt^2 [1/km^2], [batch][z][y][x] as images are laid out.
template <class T>
void leapfrog_scattering(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& du, const T* acceleration,
                         const T* perturbation);

/// Background and scattered fields in one pass; the acceleration never leaves the cache. u has batch 1.
template <class T>
void leapfrog_born(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, const Wavefield<T>& du, const T* perturbation);

/// image[batch] -= acceleration * v.current on the physical grid, then the step of v.
template <class T>
void leapfrog_imaging(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& v, const T* acceleration, T* image);

/// The same with an acceleration in 16 bits, times `weight`.
template <class T>
void leapfrog_imaging_half(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& v, const HalfBits* acceleration, T weight,
                           T* image);

}  // namespace bornflow
