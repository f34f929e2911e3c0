#include "solvers/acoustic/point_operator.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "solvers/survey/point_weights.hpp"

namespace bornflow {

namespace {

template <class T>
DeviceArray<T> to_device(const char* label, const std::vector<T>& values) {
  DeviceArray<T> result(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)), values.size());
  Kokkos::deep_copy(result, HostArray<const T>(values.data(), values.size()));
  return result;
}

/// Weights along one axis in padded indices, cut to the padded grid. An axis of one point has the weight 1.
AxisWeights padded_weights(double position, double origin, double spacing, int n_physical, int layer) {
  if (n_physical == 1) return {0, {1.0}};
  AxisWeights axis = sinc_weights((position - origin) / spacing);
  axis.first += layer;
  AxisWeights cut;
  bool is_empty = true;
  for (std::size_t i = 0; i < axis.weights.size(); ++i) {
    const int index = axis.first + static_cast<int>(i);
    if (index < 0 || index >= n_physical + 2 * layer) continue;
    if (is_empty) cut.first = index;
    is_empty = false;
    cut.weights.push_back(axis.weights[i]);
  }
  return cut;
}

/// action(batch index, element in a field, element in an image or -1, scale, increment of the field).
template <class T, class Action>
void for_each_cell(const char* label, const CellTable<T>& cells, int n_points, const T* amplitudes, int batch,
                   const Action& action) {
  const auto n_cells = static_cast<std::int64_t>(cells.element.extent(0));
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, n_cells * batch),
      KOKKOS_LAMBDA(std::int64_t index) {
        const std::int64_t b = batch == 1 ? 0 : index / n_cells, cell = index - b * n_cells;   // a division costs as much as the rest
        T sum = 0;
        for (std::int64_t k = cells.begin(cell); k < cells.begin(cell + 1); ++k)
          sum += cells.weight(k) * amplitudes[b * n_points + cells.point(k)];
        action(b, cells.element(cell), cells.image(cell), cells.scale(cell), cells.scale(cell) * sum);
      });
}

}  // namespace

template <class T>
PointOperator<T>::PointOperator(const Subdomain& subdomain, const Medium<T>& medium, const std::vector<Point>& points)
    : PointOperator(subdomain, medium, points, {}) {}

template <class T>
PointOperator<T>::PointOperator(const Subdomain& subdomain, const Medium<T>& medium, const std::vector<Point>& points,
                                const std::vector<double>& amplitudes)
    : n_points_(amplitudes.empty() ? static_cast<int>(points.size()) : 1),
      field_size_(medium.layout.field_size),
      image_size_(medium.layout.image_size) {
  const Grid& g = subdomain.global;
  const PaddedLayout& layout = medium.layout;
  const auto courant = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.courant);
  const auto damping_x = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.damping_x);
  const auto damping_y = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.damping_y);
  const auto damping_z = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.damping_z);

  struct Cell {
    std::int64_t image = -1;
    T scale = 0;
    std::vector<std::pair<int, T>> weights;  // of the points that touch the cell
  };
  std::map<std::int64_t, Cell> cells;
  std::vector<std::int64_t> point_begin{0}, point_element;
  std::vector<T> point_weight;
  const int n_all = static_cast<int>(points.size());
  for (int p = 0; p < n_all; ++p) {
    const double amplitude = amplitudes.empty() ? 1.0 : amplitudes[p];
    const AxisWeights ax = padded_weights(points[p].x, g.ox, g.dx, g.nx, layout.layer_x);
    const AxisWeights ay = padded_weights(points[p].y, g.oy, g.dy, g.ny, layout.layer_y);
    const AxisWeights az = padded_weights(points[p].z, g.oz, g.dz, g.nz, layout.layer_z);
    for (int k = 0; k < static_cast<int>(az.weights.size()); ++k)
      for (int j = 0; j < static_cast<int>(ay.weights.size()); ++j)
        for (int i = 0; i < static_cast<int>(ax.weights.size()); ++i) {
          const int iz = az.first + k, iy = ay.first + j, ix = ax.first + i;
          const T weight = static_cast<T>(amplitude * (az.weights[k] * ay.weights[j] * ax.weights[i]));
          const std::int64_t element = layout.offset(iz, iy, ix);
          point_element.push_back(element);
          point_weight.push_back(weight);
          Cell& cell = cells[element];
          cell.weights.emplace_back(std::min(p, n_points_ - 1), weight);
          const T e = damping_number(courant(element), damping_x(ix) + (damping_y(iy) + damping_z(iz)));
          cell.scale = courant(element) / (1 + e);
          const int z = iz - layout.layer_z, y = iy - layout.layer_y, x = ix - layout.layer_x;
          if (z >= 0 && z < g.nz && y >= 0 && y < g.ny && x >= 0 && x < g.nx) cell.image = layout.image_offset(z, y, x);
        }
    if (amplitudes.empty() || p + 1 == n_all) point_begin.push_back(static_cast<std::int64_t>(point_element.size()));
  }

  std::vector<std::int64_t> cell_begin{0}, cell_element, cell_image;
  std::vector<T> cell_scale, cell_weight;
  std::vector<int> cell_point;
  for (const auto& [element, cell] : cells) {
    cell_element.push_back(element);
    cell_image.push_back(cell.image);
    cell_scale.push_back(cell.scale);
    for (const auto& [point, weight] : cell.weights) {
      cell_point.push_back(point);
      cell_weight.push_back(weight);
    }
    cell_begin.push_back(static_cast<std::int64_t>(cell_point.size()));
  }
  point_begin_ = to_device("bornflow::PointOperator::point_begin", point_begin);
  point_element_ = to_device("bornflow::PointOperator::point_element", point_element);
  point_weight_ = to_device("bornflow::PointOperator::point_weight", point_weight);
  cells_.begin = to_device("bornflow::CellTable::begin", cell_begin);
  cells_.element = to_device("bornflow::CellTable::element", cell_element);
  cells_.image = to_device("bornflow::CellTable::image", cell_image);
  cells_.scale = to_device("bornflow::CellTable::scale", cell_scale);
  cells_.point = to_device("bornflow::CellTable::point", cell_point);
  cells_.weight = to_device("bornflow::CellTable::weight", cell_weight);
}

template <class T>
void PointOperator<T>::inject(const T* amplitudes, T* next, int batch) const {
  const std::int64_t field_size = field_size_;
  for_each_cell("bornflow::PointOperator::inject", cells_, n_points_, amplitudes, batch,
                KOKKOS_LAMBDA(std::int64_t b, std::int64_t element, std::int64_t, T, T increment) {
                  next[b * field_size + element] += increment;
                });
}

template <class T>
void PointOperator<T>::inject_storing(const T* amplitudes, T* next, T* acceleration) const {
  for_each_cell("bornflow::PointOperator::inject_storing", cells_, n_points_, amplitudes, 1,
                KOKKOS_LAMBDA(std::int64_t, std::int64_t element, std::int64_t image, T, T increment) {
                  next[element] += increment;
                  if (image >= 0) acceleration[image] += increment;
                });
}

template <class T>
void PointOperator<T>::inject_storing_half(const T* amplitudes, T* next, HalfBits* acceleration, T scale) const {
  for_each_cell("bornflow::PointOperator::inject_storing_half", cells_, n_points_, amplitudes, 1,
                KOKKOS_LAMBDA(std::int64_t, std::int64_t element, std::int64_t image, T, T increment) {
                  next[element] += increment;
                  if (image >= 0)
                    acceleration[image] =
                        to_half(from_half(acceleration[image]) + static_cast<float>(scale * increment));
                });
}

template <class T>
void PointOperator<T>::inject_born(const T* amplitudes, T* next, T* scattered_next, const T* perturbation,
                                   int batch) const {
  const std::int64_t field_size = field_size_, image_size = image_size_;
  for_each_cell("bornflow::PointOperator::inject_born", cells_, n_points_, amplitudes, 1,
                KOKKOS_LAMBDA(std::int64_t, std::int64_t element, std::int64_t image, T scale, T increment) {
                  next[element] += increment;
                  if (image < 0) return;
                  for (int b = 0; b < batch; ++b)
                    scattered_next[b * field_size + element] -= scale * perturbation[b * image_size + image] * increment;
                });
}

template <class T>
void PointOperator<T>::record(const T* fields, T* values, int batch) const {
  const auto begin = point_begin_, element = point_element_;
  const auto weight = point_weight_;
  const std::int64_t field_size = field_size_;
  const int n_points = n_points_;
  Kokkos::parallel_for(
      "bornflow::PointOperator::record",
      Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, static_cast<std::int64_t>(n_points) * batch),
      KOKKOS_LAMBDA(std::int64_t index) {
        const std::int64_t b = index / n_points, p = index % n_points;
        T sum = 0;
        for (std::int64_t k = begin(p); k < begin(p + 1); ++k) sum += weight(k) * fields[b * field_size + element(k)];
        values[index] = sum;
      });
}

template class PointOperator<float>;
template class PointOperator<double>;

}  // namespace bornflow
