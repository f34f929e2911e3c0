#include "solvers/acoustic/points/point_operator.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "solvers/survey/acquisition.hpp"
#include "solvers/survey/point_weights.hpp"

namespace bornflow {

namespace {

/// The end of an axis of the global padded grid: n points, `margin` of them before the physical ones.
struct PaddedAxis {
  double origin, spacing;   // of the physical grid
  int n, margin;
  bool is_mirror;           // the field is continued as -u(-i) before its first point
};

/// Weights along one axis in indices of the global padded grid, cut to it. A weight above a free surface acts with the
/// other sign on the mirrored point, and on the surface not at all. An axis of one point has the weight 1.
std::vector<std::pair<int, double>> padded_weights(double position, const PaddedAxis& axis) {
  if (axis.n == 1) return {{0, 1.0}};
  const AxisWeights all = sinc_weights((position - axis.origin) / axis.spacing);
  std::map<int, double> cut;
  for (std::size_t i = 0; i < all.weights.size(); ++i) {
    const int index = axis.margin + all.first + static_cast<int>(i);
    if (axis.is_mirror && index <= 0) {
      if (index < 0) cut[-index] -= all.weights[i];
    } else if (index >= 0 && index < axis.n) {
      cut[index] += all.weights[i];
    }
  }
  return {cut.begin(), cut.end()};
}

/// The cells of a point in the global padded grid, z slowest. An absent receiver has none.
template <class T>
std::vector<PointCell<T>> cells_of(const Point& point, double amplitude, const std::array<PaddedAxis, 3>& axes) {
  if (is_absent(point)) return {};
  const auto x = padded_weights(point.x, axes[0]), y = padded_weights(point.y, axes[1]), z = padded_weights(point.z, axes[2]);
  std::vector<PointCell<T>> cells;
  for (const auto& [iz, wz] : z)
    for (const auto& [iy, wy] : y)
      for (const auto& [ix, wx] : x) cells.push_back({ix, iy, iz, static_cast<T>(amplitude * (wz * wy * wx))});
  return cells;
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
  const PaddedLayout& layout = medium.layout;
  const auto travel = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.travel);
  const auto damping_x = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.damping_x);
  const auto damping_y = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.damping_y);
  const auto damping_z = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.damping_z);

  const Grid& g = subdomain.global;
  const std::array<PaddedAxis, 3> axes = {{{g.ox, g.dx, layout.padded_nx, layout.margin_x, false},
                                           {g.oy, g.dy, layout.padded_ny, layout.margin_y, false},
                                           {g.oz, g.dz, layout.padded_nz, layout.margin_z, medium.top == Top::free_surface}}};
  // What this rank has of the cells, sorted by cell below: of each those of the points in their order.
  struct Touch {
    std::int64_t element;
    int x, y, z, point;
    T weight;
  };
  std::vector<Touch> touches;
  std::vector<std::vector<PointCell<T>>> point_cells(static_cast<std::size_t>(n_points_));
  for (int p = 0; p < static_cast<int>(points.size()); ++p) {
    const int point = std::min(p, n_points_ - 1);
    const auto all = cells_of<T>(points[p], amplitudes.empty() ? 1.0 : amplitudes[p], axes);
    point_cells[point].insert(point_cells[point].end(), all.begin(), all.end());
    for (const PointCell<T>& at : all) {
      const int ix = at.x - layout.start_x, iy = at.y - layout.start_y, iz = at.z - layout.start_z;
      if (ix >= 0 && ix < layout.nx && iy >= 0 && iy < layout.ny && iz >= 0 && iz < layout.nz)
        touches.push_back({layout.offset(iz, iy, ix), ix, iy, iz, point, at.weight});
    }
  }
  std::stable_sort(touches.begin(), touches.end(), [](const Touch& a, const Touch& b) { return a.element < b.element; });
  plan_ = RecordingPlan<T>(subdomain, layout, point_cells);

  // What starts a wave at a cell is rho q (density_operator.hpp); what is recorded there is u.
  HostArray<T> density;
  if (medium.density) density = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), medium.density->density());
  std::vector<std::int64_t> cell_begin{0}, cell_element, cell_image;
  std::vector<T> cell_scale, cell_weight;
  std::vector<int> cell_point;
  for (auto touch = touches.begin(); touch != touches.end();) {
    const std::int64_t element = touch->element;
    const T p = damping_number(travel(element), damping_x(touch->x) + (damping_y(touch->y) + damping_z(touch->z)));
    const int x = touch->x - layout.layer_x, y = touch->y - layout.layer_y, z = touch->z - layout.layer_z;
    const bool is_physical = z >= 0 && z < layout.physical_nz && y >= 0 && y < layout.physical_ny && x >= 0 && x < layout.physical_nx;
    cell_element.push_back(element);
    cell_image.push_back(is_physical ? layout.image_offset(z, y, x) : -1);
    cell_scale.push_back(travel(element) * travel(element) * (1 - p));
    for (; touch != touches.end() && touch->element == element; ++touch) {
      cell_point.push_back(touch->point);
      cell_weight.push_back(medium.density ? touch->weight * density(element) : touch->weight);
    }
    cell_begin.push_back(static_cast<std::int64_t>(cell_point.size()));
  }
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
  plan_.record(fields, field_size_, values, batch);
}

template class PointOperator<float>;
template class PointOperator<double>;

}  // namespace bornflow
