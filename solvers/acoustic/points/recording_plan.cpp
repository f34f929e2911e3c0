#include "solvers/acoustic/points/recording_plan.hpp"

#include <algorithm>

namespace bornflow {

namespace {

/// The one way in which values are weighted and summed, here and in the kernel.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION T add_weighted(T sum, T weight, T value) { return sum + weight * value; }

template <class T>
int owner_of(const Subdomain& subdomain, const PaddedLayout& layout, const PointCell<T>& cell) {
  const Grid& g = subdomain.global;
  const int x = std::clamp(cell.x - layout.margin_x, 0, g.nx - 1);
  const int y = std::clamp(cell.y - layout.margin_y, 0, g.ny - 1);
  const int z = std::clamp(cell.z - layout.margin_z, 0, g.nz - 1);
  int rank = 0;
  for (const IndexBox& box : subdomain.parts) {
    if (x >= box.x_begin && x < box.x_end && y >= box.y_begin && y < box.y_end && z >= box.z_begin && z < box.z_end) break;
    ++rank;
  }
  return rank;
}

}  // namespace

template <class T>
RecordingPlan<T>::RecordingPlan(const Subdomain& subdomain, const PaddedLayout& layout,
                                const std::vector<std::vector<PointCell<T>>>& cells)
    : subdomain_(subdomain), n_values_of_(subdomain.parts.size(), 0), terms_(cells.size()) {
  std::vector<std::int64_t> begin{0}, elements;
  std::vector<T> weights;
  const auto add = [&](const PointCell<T>& cell, T weight) {
    elements.push_back(layout.offset(cell.z - layout.start_z, cell.y - layout.start_y, cell.x - layout.start_x));
    weights.push_back(weight);
  };
  const auto end_value = [&] { begin.push_back(static_cast<std::int64_t>(elements.size())); };
  for (std::size_t point = 0; point < cells.size(); ++point) {
    std::vector<int> owners;
    for (const auto& cell : cells[point]) owners.push_back(owner_of(subdomain, layout, cell));
    const bool in_one_part = std::all_of(owners.begin(), owners.end(), [&](int owner) { return owner == owners[0]; });
    if (in_one_part) {
      const int owner = owners.empty() ? 0 : owners[0];   // on a free surface, or absent: no cell, zero
      terms_[point].push_back({owner, n_values_of_[owner]++, T(1)});
      if (owner != subdomain.rank) continue;
      for (const auto& cell : cells[point]) add(cell, cell.weight);
      end_value();
      continue;
    }
    for (std::size_t k = 0; k < owners.size(); ++k) {
      terms_[point].push_back({owners[k], n_values_of_[owners[k]]++, cells[point][k].weight});
      if (owners[k] != subdomain.rank) continue;
      add(cells[point][k], T(1));
      end_value();
    }
  }
  n_values_ = n_values_of_[subdomain.rank];
  value_begin_ = to_device("bornflow::RecordingPlan::value_begin", begin);
  value_element_ = to_device("bornflow::RecordingPlan::value_element", elements);
  value_weight_ = to_device("bornflow::RecordingPlan::value_weight", weights);
}

template <class T>
void RecordingPlan<T>::record(const T* fields, std::int64_t field_size, T* values, int batch) const {
  const auto begin = value_begin_, element = value_element_;
  const auto weight = value_weight_;
  const int n_values = n_values_;
  Kokkos::parallel_for(
      "bornflow::RecordingPlan::record",
      Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, static_cast<std::int64_t>(n_values) * batch),
      KOKKOS_LAMBDA(std::int64_t index) {
        const std::int64_t b = index / n_values, value = index % n_values;
        T sum = 0;
        for (std::int64_t k = begin(value); k < begin(value + 1); ++k)
          sum = add_weighted(sum, weight(k), fields[b * field_size + element(k)]);
        values[index] = sum;
      });
}

template <class T>
std::vector<T> RecordingPlan<T>::assemble(const DeviceArray<T>& recordings, int n_steps, int batch) const {
  const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), recordings);
  const std::size_t n_fields = static_cast<std::size_t>(n_steps) * batch;
  std::vector<T> all(host.data(), host.data() + n_fields * n_values_);
  if (subdomain_.is_whole()) return all;
  all = subdomain_.domain->concatenate(all);
  std::vector<const T*> part;                    // of each rank
  const T* next = all.data();
  for (const int n : n_values_of_) {
    part.push_back(next);
    next += n_fields * n;
  }
  std::vector<T> result(n_fields * terms_.size());
  for (std::size_t field = 0; field < n_fields; ++field)
    for (std::size_t point = 0; point < terms_.size(); ++point) {
      T sum = 0;
      for (const Term& term : terms_[point])
        sum = add_weighted(sum, term.weight, part[term.rank][field * n_values_of_[term.rank] + term.value]);
      result[field * terms_.size() + point] = sum;
    }
  return result;
}

template class RecordingPlan<float>;
template class RecordingPlan<double>;

}  // namespace bornflow
