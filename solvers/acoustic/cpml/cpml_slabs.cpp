#include "solvers/acoustic/cpml/cpml_slabs.hpp"

namespace bornflow {

namespace {

constexpr int variables = 2;   // psi and zeta

CpmlSlabs slabs_at(const PaddedLayout& layout, Axis axis, std::int64_t memory_begin) {
  CpmlSlabs s;
  s.memory_begin = memory_begin;
  if (layout.cpml_width == 0 || (axis == Axis::y && !layout.is_3d())) return s;
  const int n = axis == Axis::x ? layout.nx : axis == Axis::y ? layout.ny : layout.nz;
  const int physical = axis == Axis::x ? layout.physical_nx : axis == Axis::y ? layout.physical_ny : layout.physical_nz;
  const int low = axis == Axis::x ? layout.layer_x : axis == Axis::y ? layout.layer_y : layout.layer_z;
  s.has_low = low > 0;
  s.count = (s.has_low ? 1 : 0) + (n > low + physical ? 1 : 0);
  s.width = layout.cpml_width;
  s.active = s.width - layout.radius;
  s.high_begin = n - s.width;
  if (s.count == 0) return s;
  s.length = static_cast<std::int64_t>(s.count) * s.active + (s.count + 2) * layout.radius;
  const std::int64_t row = layout.row_stride, plane = layout.plane_stride, nx = layout.nx;
  if (axis == Axis::x) {
    s.n_fast = layout.is_3d() ? layout.ny : layout.nz, s.n_slow = layout.is_3d() ? layout.nz : 1;
    s.field = {1, layout.is_3d() ? row : plane, plane};
    s.memory = {s.n_fast, 1, s.length * s.n_fast};
  } else if (axis == Axis::y) {
    s.n_fast = layout.nx, s.n_slow = layout.nz;
    s.field = {row, 1, plane};
    s.memory = {nx, 1, s.length * nx};
  } else {
    s.n_fast = layout.nx, s.n_slow = layout.ny;
    s.field = {plane, 1, row};
    s.memory = {nx * s.n_slow, 1, nx};
  }
  s.variable_size = s.length * s.n_fast * s.n_slow;
  return s;
}

}  // namespace

CpmlSlabs make_cpml_slabs(const PaddedLayout& layout, Axis axis) {
  std::int64_t begin = 0;
  for (const Axis before : {Axis::x, Axis::y})
    if (before < axis) begin += variables * slabs_at(layout, before, 0).variable_size;
  return slabs_at(layout, axis, begin);
}

std::int64_t cpml_memory_size(const PaddedLayout& layout) {
  const CpmlSlabs last = make_cpml_slabs(layout, Axis::z);
  return last.memory_begin + variables * last.variable_size;
}

}  // namespace bornflow
