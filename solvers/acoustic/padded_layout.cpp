#include "solvers/acoustic/padded_layout.hpp"

#include <algorithm>
#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/cpml/cpml_slabs.hpp"

namespace bornflow {

namespace {

constexpr std::int64_t cache_line_bytes = 64;

std::int64_t round_up(std::int64_t n, std::int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/// An odd number of cache lines: neighbouring rows then fall into different cache sets whatever the size of the grid.
std::int64_t row_length(std::int64_t n, std::int64_t line) {
  const std::int64_t lines = round_up(n, line) / line;
  return (lines % 2 == 0 ? lines + 1 : lines) * line;
}

}  // namespace

PaddedLayout::PaddedLayout(const Subdomain& subdomain, const PropagatorOptions& options, std::size_t element_bytes) {
  const int layer_width = options.layer_width;
  const Grid& g = subdomain.global;
  const IndexBox& box = subdomain.owned;
  if (layer_width < 0)
    throw UserError("The absorbing layer is " + std::to_string(layer_width) + " points wide; it must be 0 or more.");
  if (g.nx < 2 || g.nz < 2 || g.ny < 1)
    throw UserError("The grid has " + std::to_string(g.nx) + " x " + std::to_string(g.ny) + " x " +
                    std::to_string(g.nz) + " points (x, y, z); x and z need at least 2, y at least 1.");
  if (options.absorbing == Absorbing::cpml && layer_width > 0 && layer_width <= options.space_order / 2)
    throw UserError("The CPML is " + std::to_string(layer_width) + " points wide; with space order " +
                    std::to_string(options.space_order) + " its innermost " + std::to_string(options.space_order / 2) +
                    " points only lead over to it, so that it absorbs nothing. Choose " +
                    std::to_string(options.space_order / 2 + 6) + " points or more, or the damping layer.");
  if (options.absorbing == Absorbing::cpml && layer_width > widest_cpml)
    throw UserError("The CPML is " + std::to_string(layer_width) + " points wide; it may have " + std::to_string(widest_cpml) +
                    " at most, and 20 absorb more than single precision can tell.");
  const std::int64_t line = cache_line_bytes / static_cast<std::int64_t>(element_bytes);
  radius = options.space_order / 2;
  rim = options.density ? 2 * radius - 1 : radius;
  three_dimensional = !g.is_2d();
  physical_nx = box.nx(), physical_ny = box.ny(), physical_nz = box.nz();
  margin_x = layer_width;
  margin_y = three_dimensional ? layer_width : 0;
  margin_z = options.top == Top::absorbing ? layer_width : 0;
  padded_nx = margin_x + g.nx + layer_width;
  padded_ny = margin_y + g.ny + margin_y;
  padded_nz = margin_z + g.nz + layer_width;
  const auto set_axis = [](int margin, int after, int begin, int end, int n_global, int& layer, int& start, int& n) {
    layer = begin == 0 ? margin : 0;
    start = begin == 0 ? 0 : begin + margin;
    n = layer + (end - begin) + (end == n_global ? after : 0);
  };
  set_axis(margin_x, layer_width, box.x_begin, box.x_end, g.nx, layer_x, start_x, nx);
  set_axis(margin_y, margin_y, box.y_begin, box.y_end, g.ny, layer_y, start_y, ny);
  set_axis(margin_z, layer_width, box.z_begin, box.z_end, g.nz, layer_z, start_z, nz);

  // The first physical point of a row, not the first padded one, is put on a cache line: the long loops begin there.
  const std::int64_t first_x = round_up(rim + layer_x, line) - layer_x;
  row_stride = row_length(first_x + nx + rim, line);
  plane_stride = row_stride * (ny + 2 * rim_y());
  origin = rim * plane_stride + rim_y() * row_stride + first_x;
  field_size = plane_stride * (nz + 2 * rim);
  if (options.absorbing == Absorbing::cpml) cpml_width = layer_width;
  memory_size = cpml_memory_size(*this);
  image_row_stride = row_length(physical_nx, line);
  image_size = image_row_stride * physical_ny * physical_nz;
}

PaddedLayout layout_of_largest_part(const Subdomain& subdomain, const PropagatorOptions& options, std::size_t element_bytes) {
  PaddedLayout largest;
  Subdomain other = subdomain;
  for (const IndexBox& part : subdomain.parts) {
    other.owned = part;
    const PaddedLayout layout(other, options, element_bytes);
    const std::int64_t image_size = std::max(layout.image_size, largest.image_size);
    const std::int64_t memory_size = std::max(layout.memory_size, largest.memory_size);
    if (layout.field_size > largest.field_size) largest = layout;
    largest.image_size = image_size;
    largest.memory_size = memory_size;
  }
  return largest;
}

}  // namespace bornflow
