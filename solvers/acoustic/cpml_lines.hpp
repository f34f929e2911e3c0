#pragma once

#include "solvers/acoustic/cpml_coefficients.hpp"
#include "solvers/acoustic/pack.hpp"

/// The arithmetic of cpml_layer.hpp.
///
/// All differences go along the axis of the slab, so that its lines along the axis are independent of each other. A work
/// item makes all passes over its lines: on a device one line, so that threads that follow each other take neighbours in
/// memory where the axis is not x; on the host one line where the axis is x, else a bundle of lines that lie side by side,
/// and the loops take packs along x.
namespace bornflow::detail {

/// Lines of a bundle on the host: all passes over it stay in the second-level cache.
constexpr int lines_of_bundle = kernels_run_on_host ? 128 : 1;

/// sum_k w_k (p[k step] - p[-k step]).
template <int radius, class T>
KOKKOS_FORCEINLINE_FUNCTION Pack<T> first_difference(const T* p, std::int64_t step, const T* w) {
  Pack<T> sum = spread(w[1]) * (load(p + step) - load(p - step));
  BORNFLOW_UNROLL
  for (int k = 2; k <= radius; ++k) sum = multiply_add<T>(spread(w[k]), load(p + k * step) - load(p - k * step), sum);
  return sum;
}

/// w_0 p + sum_k w_k (p[k step] + p[-k step]).
template <int radius, class T>
KOKKOS_FORCEINLINE_FUNCTION Pack<T> second_difference(const T* p, std::int64_t step, const T* w) {
  Pack<T> sum = spread(w[0]) * load(p);
  BORNFLOW_UNROLL
  for (int k = 1; k <= radius; ++k) sum = multiply_add<T>(spread(w[k]), load(p + k * step) + load(p - k * step), sum);
  return sum;
}

/// Some lines of a slab: pointers to the first point of the first one. Loops take `rows` rows of `columns` points that are
/// neighbours in memory; the axis is that of the rows' index, or with `along_rows` that of the columns'.
template <class T, int radius, bool along_rows>
struct CpmlLines {
  T* next;
  const T* current;
  const T* travel;
  T *psi, *zeta;                                // at the same point; outside the points with memory they are zero
  const T *decay, *gain;                        // a and b along the axis
  std::int64_t field_step, memory_step;         // along the axis
  int width, active_begin, active_end, lines;   // points along the axis; those with memory; lines side by side

  /// action(element in a field, element in the memory, place along the axis, points) for packs of the points of the lines with places
  /// [begin, end).
  template <class Action>
  KOKKOS_FORCEINLINE_FUNCTION void for_each_pack(int begin, int end, const Action& action) const {
    if constexpr (along_rows) {
      for (int i = begin; i < end; i += pack_width<T>) action(i, i, i, end - i);
    } else {
      for (int row = begin; row < end; ++row)
        for (int x = 0; x < lines; x += pack_width<T>) action(row * field_step + x, row * memory_step + x, row, lines - x);
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> profile(const T* values, int place) const {
    if constexpr (along_rows)
      return load(values + place);
    else
      return spread(values[place]);
  }

  KOKKOS_FORCEINLINE_FUNCTION void forward(const CpmlWeights<T>& w) const {
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> driven = profile(gain, place) * first_difference<radius>(current + at, field_step, w.first);
      store(psi + m, multiply_add<T>(profile(decay, place), load(psi + m), driven), points);
    });
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> change = second_difference<radius>(current + at, field_step, w.second) +
                             first_difference<radius>(psi + m, memory_step, w.first);
      store(zeta + m, multiply_add<T>(profile(decay, place), load(zeta + m), profile(gain, place) * change), points);
    });
    for_each_pack(0, width, [&](std::int64_t at, std::int64_t m, int, int points) {
      const Pack<T> change = first_difference<radius>(psi + m, memory_step, w.first) + load(zeta + m);
      const Pack<T> distance = load(travel + at);
      store(next + at, multiply_add<T>(distance * distance, change, load(next + at)), points);
    });
  }

  KOKKOS_FORCEINLINE_FUNCTION void adjoint(const CpmlWeights<T>& w) const {
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> driven = profile(gain, place) * load(current + at);
      store(zeta + m, multiply_add<T>(profile(decay, place), load(zeta + m), driven), points);
    });
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> slope = first_difference<radius>(current + at, field_step, w.first) +
                            first_difference<radius>(zeta + m, memory_step, w.first);
      store(psi + m, multiply_add<T>(profile(decay, place), load(psi + m), -(profile(gain, place) * slope)), points);
    });
    for_each_pack(0, width, [&](std::int64_t at, std::int64_t m, int, int points) {
      const Pack<T> change = second_difference<radius>(zeta + m, memory_step, w.second) -
                             first_difference<radius>(psi + m, memory_step, w.first);
      const Pack<T> distance = load(travel + at);
      store(next + at, multiply_add<T>(distance * distance, change, load(next + at)), points);
    });
  }
};

enum class CpmlPass { forward, adjoint };

/// The slabs of one axis of a batch of fields.
template <class T, int radius, bool along_rows, CpmlPass pass>
struct CpmlKernel {
  CpmlSlabs slabs;
  CpmlWeights<T> weights;
  const T *decay, *gain;           // [slab][point], each slab profile_stride elements
  std::int64_t profile_stride;
  T* next;                         // at the first point of the padded part
  const T* current;
  const T* travel;
  T* memory;                       // at the axis's first variable
  std::int64_t field_size, memory_size;

  KOKKOS_FORCEINLINE_FUNCTION int bundles() const {
    return along_rows ? slabs.n_fast : (slabs.n_fast + lines_of_bundle - 1) / lines_of_bundle;
  }
  std::int64_t work_items(int batch) const {
    return static_cast<std::int64_t>(bundles()) * slabs.n_slow * slabs.count * batch;
  }

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    const int n = bundles();
    const int fast = static_cast<int>(index % n) * (along_rows ? 1 : lines_of_bundle);
    index /= n;
    const std::int64_t slow = index % slabs.n_slow;
    index /= slabs.n_slow;
    const int slab = static_cast<int>(index % slabs.count);
    const std::int64_t b = index / slabs.count;
    const std::int64_t in_field =
        slabs.begin(slab) * slabs.field.along + slow * slabs.field.slow + fast * slabs.field.fast;
    const std::int64_t in_memory = b * memory_size + slabs.memory_place(slab) * slabs.memory.along +
                                   slow * slabs.memory.slow + fast * slabs.memory.fast;
    const int rest = slabs.n_fast - fast, active_begin = slabs.active_begin(slab);
    const CpmlLines<T, radius, along_rows> lines{next + b * field_size + in_field,
                                                 current + b * field_size + in_field,
                                                 travel + in_field,
                                                 memory + in_memory,
                                                 memory + slabs.variable_size + in_memory,
                                                 decay + slab * profile_stride,
                                                 gain + slab * profile_stride,
                                                 slabs.field.along,
                                                 slabs.memory.along,
                                                 slabs.width,
                                                 active_begin,
                                                 active_begin + slabs.active,
                                                 rest < lines_of_bundle ? rest : lines_of_bundle};
    if constexpr (pass == CpmlPass::forward)
      lines.forward(weights);
    else
      lines.adjoint(weights);
  }
};

}  // namespace bornflow::detail
