#pragma once

#include "solvers/acoustic/cpml/cpml_coefficients.hpp"
#include "solvers/acoustic/leapfrog/pack.hpp"

/// The arithmetic of cpml_layer.hpp.
///
/// All differences go along the axis of the slab, so that its lines along the axis are independent of each other. A work
/// item makes all passes over its lines. On a device it is one line, and threads that follow each other take lines that lie
/// side by side. On the host it is a bundle of lines, over which the loops take packs; where the axis is x, the lines of a
/// bundle are turned first.
namespace bornflow::detail {

/// Lines of a bundle on the host: all passes over it stay in the second-level cache.
constexpr int lines_of_bundle = kernels_run_on_host ? 512 : 1;

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

/// Some lines of a slab: pointers to the first point of the first one. The lines lie side by side in memory.
template <class T, int radius>
struct CpmlLines {
  T* next;
  const T* current;
  const T* travel;                              // of each line: the layer has the velocity of the grid's edge
  T *psi, *zeta;                                // at the same point; outside the points with memory they are zero
  const T *decay, *gain;                        // a and b along the axis
  std::int64_t field_step, memory_step;         // along the axis
  int width, active_begin, active_end, lines;   // points along the axis; those with memory; lines side by side

  /// action(element in a field, element in the memory, place along the axis, points) for packs of the points of the lines with places
  /// [begin, end).
  template <class Action>
  KOKKOS_FORCEINLINE_FUNCTION void for_each_pack(int begin, int end, const Action& action) const {
    for (int place = begin; place < end; ++place)
      for (int x = 0; x < lines; x += pack_width<T>) action(place * field_step + x, place * memory_step + x, place, lines - x);
  }

  KOKKOS_FORCEINLINE_FUNCTION void forward(const CpmlWeights<T>& w) const {
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> driven = spread(gain[place]) * first_difference<radius>(current + at, field_step, w.first);
      store(psi + m, multiply_add<T>(spread(decay[place]), load(psi + m), driven), points);
    });
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> change = second_difference<radius>(current + at, field_step, w.second) +
                             first_difference<radius>(psi + m, memory_step, w.first);
      store(zeta + m, multiply_add<T>(spread(decay[place]), load(zeta + m), spread(gain[place]) * change), points);
    });
    for_each_pack(0, width, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> change = first_difference<radius>(psi + m, memory_step, w.first) + load(zeta + m);
      const Pack<T> distance = load(travel + (at - place * field_step));
      store(next + at, multiply_add<T>(distance * distance, change, load(next + at)), points);
    });
  }

  KOKKOS_FORCEINLINE_FUNCTION void adjoint(const CpmlWeights<T>& w) const {
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> driven = spread(gain[place]) * load(current + at);
      store(zeta + m, multiply_add<T>(spread(decay[place]), load(zeta + m), driven), points);
    });
    for_each_pack(active_begin, active_end, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> slope = first_difference<radius>(current + at, field_step, w.first) +
                            first_difference<radius>(zeta + m, memory_step, w.first);
      store(psi + m, multiply_add<T>(spread(decay[place]), load(psi + m), -(spread(gain[place]) * slope)), points);
    });
    for_each_pack(0, width, [&](std::int64_t at, std::int64_t m, int place, int points) {
      const Pack<T> change = second_difference<radius>(zeta + m, memory_step, w.second) -
                             first_difference<radius>(psi + m, memory_step, w.first);
      const Pack<T> distance = load(travel + (at - place * field_step));
      store(next + at, multiply_add<T>(distance * distance, change, load(next + at)), points);
    });
  }
};

enum class CpmlPass { forward, adjoint };

template <CpmlPass pass, class T, int radius>
KOKKOS_FORCEINLINE_FUNCTION void complete_step(const CpmlLines<T, radius>& lines, const CpmlWeights<T>& w) {
  if constexpr (pass == CpmlPass::forward)
    lines.forward(w);
  else
    lines.adjoint(w);
}

/// A pack of lines along x, turned so that they lie side by side: a pack of one line would hold few points with memory, and
/// the differences of what was just stored would wait for it.
template <class T, int radius>
struct TurnedLines {
  static constexpr int lines = pack_width<T>, width = widest_cpml;
  alignas(64) T change[width][lines], current[radius + width + radius][lines], travel[lines];

  /// Makes the passes over the first `n` of `lines` lines, whose first points are line_step elements apart.
  template <CpmlPass pass>
  void complete(const CpmlLines<T, radius>& in_field, int n, std::int64_t line_step, const CpmlWeights<T>& w) {
    CpmlLines<T, radius> turned = in_field;
    for (int l = 0; l < lines; ++l) {
      const std::int64_t at = (l < n ? l : 0) * line_step, ahead = at + lines * line_step;
      prefetch(in_field.current + ahead);
      prefetch(in_field.next + ahead);
      for (int i = 0; i < in_field.width + 2 * radius; ++i) current[i][l] = in_field.current[at + i - radius];
      travel[l] = in_field.travel[at];
    }
    for (int i = 0; i < in_field.width; ++i) store(change[i], Pack<T>{}, lines);
    turned.next = change[0];
    turned.travel = travel;
    turned.current = current[radius];
    turned.field_step = lines;
    turned.lines = n;
    complete_step<pass>(turned, w);
    for (int l = 0; l < n; ++l)
      for (int i = 0; i < in_field.width; ++i) in_field.next[l * line_step + i] += change[i][l];
  }
};

/// The slabs of one axis of a batch of fields; `turns` where their lines do not lie side by side.
template <class T, int radius, bool turns, CpmlPass pass>
struct CpmlKernel {
  static constexpr int bundle = turns ? TurnedLines<T, radius>::lines : lines_of_bundle;
  CpmlSlabs slabs;
  CpmlWeights<T> weights;
  const T *decay, *gain;           // [slab][point], each slab profile_stride elements
  std::int64_t profile_stride;
  T* next;                         // at the first point of the padded part
  const T* current;
  const T* travel;
  T* memory;                       // at the axis's first variable
  std::int64_t field_size, memory_size;

  KOKKOS_FORCEINLINE_FUNCTION int bundles() const { return (slabs.n_fast + bundle - 1) / bundle; }
  std::int64_t work_items(int batch) const {
    return static_cast<std::int64_t>(bundles()) * slabs.n_slow * slabs.count * batch;
  }

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    const int n = bundles();
    const int fast = static_cast<int>(index % n) * bundle;
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
    const CpmlLines<T, radius> lines{next + b * field_size + in_field,
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
                                                 rest < bundle ? rest : bundle};
    if constexpr (turns) {
      TurnedLines<T, radius> turned;
      turned.template complete<pass>(lines, lines.lines, slabs.field.fast, weights);
    } else {
      complete_step<pass>(lines, weights);
    }
  }
};

}  // namespace bornflow::detail
