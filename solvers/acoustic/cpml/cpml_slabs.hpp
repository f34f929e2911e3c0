#pragma once

#include <cstdint>

#include "solvers/acoustic/padded_layout.hpp"

namespace bornflow {

/// The layer of a CPML along one axis: one slab on each side of this rank's part that is an edge of the global grid, and
/// where the memory variables of its points are.
///
/// A slab has `width` points along the axis and the whole part along the others. Its innermost `radius` points are left
/// without memory: what the layer adds to a step then stays inside it, and reads nothing outside it. A cut of the grid never
/// runs through a slab along its own axis, and the differences of a slab go along that axis alone; so its memory needs no
/// neighbour. A variable is kept for the points with memory of one slab after the other, between bands of zeros as wide as
/// the differences reach:
///
///   radius zeros | low slab, from the edge inwards | 2 radius zeros | high slab, outwards | radius zeros
struct CpmlSlabs {
  /// Elements from one point to the next along the axis, and along the others: `fast` is x, or where the axis is x, y (z in 2-D).
  struct Axes {
    std::int64_t along = 0, fast = 0, slow = 0;
  };
  int count = 0;                    ///< slabs: 0, 1 or 2
  bool has_low = false;             ///< the first slab is the low one
  int width = 0, active = 0;        ///< points along the axis; those with memory
  int n_fast = 0, n_slow = 0;       ///< points along the other two axes
  int high_begin = 0;               ///< where the high slab begins along the axis, in the padded part
  std::int64_t length = 0;          ///< of the axis in the memory of a variable, zeros included
  Axes field, memory;               ///< of a field and of a variable, whose lines always lie side by side
  std::int64_t memory_begin = 0;    ///< element of the axis's first variable in the memory of a field
  std::int64_t variable_size = 0;   ///< elements

  /// Where a slab begins along the axis, in the padded part and in the memory of a variable (its point with index 0, which
  /// has memory in the low slab only).
  KOKKOS_INLINE_FUNCTION bool is_low(int slab) const { return has_low && slab == 0; }
  KOKKOS_INLINE_FUNCTION int begin(int slab) const { return is_low(slab) ? 0 : high_begin; }
  KOKKOS_INLINE_FUNCTION std::int64_t memory_place(int slab) const {
    const std::int64_t radius = width - active;
    return is_low(slab) ? radius : (has_low ? 2 * radius + active : radius);
  }
  /// The first of the points with memory in a slab.
  KOKKOS_INLINE_FUNCTION int active_begin(int slab) const { return is_low(slab) ? 0 : width - active; }
};

/// The slabs of an axis; none where the layer is not a CPML.
CpmlSlabs make_cpml_slabs(const PaddedLayout& layout, Axis axis);

/// Elements of all memory variables of one field.
std::int64_t cpml_memory_size(const PaddedLayout& layout);

}  // namespace bornflow
