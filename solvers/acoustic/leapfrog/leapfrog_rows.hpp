#pragma once

#include <cstdint>
#include <utility>

#include "solvers/acoustic/leapfrog/pack.hpp"
#include "solvers/acoustic/medium.hpp"

/// The arithmetic of leapfrog.hpp on parts of rows, or of columns.
namespace bornflow::detail {

/// What a work item is. `rows`: a whole block of rows, whose inner loop takes packs along x. `columns`: one point of the
/// block's rows in (x, y), from which a thread walks down in z while its neighbours in x do the same; threads that follow
/// each other then read and write neighbours in memory, and the values of the column pass through registers.
enum class Form { rows, columns };

constexpr Form form_of_kernels = kernels_run_on_host ? Form::rows : Form::columns;

/// Longer columns are walked down in a loop. Its queue of values then costs moves between registers, but the code stays
/// short; and what an action keeps of each row must be in memory.
constexpr int rows_unrolled_whole = 8;

/// A part of a row, or of the rows of a block (which lie lap.sz apart): pointers to its first point, and its length.
template <class T>
struct Segment {
  T* next;                 // holds the previous level on entry
  const T* current;
  const T* travel;
  int n;                   // points along x
  int rows;                // of the block

  /// What follows `begin`.
  KOKKOS_FORCEINLINE_FUNCTION Segment from(int begin) const {
    return {next + begin, current + begin, travel + begin, n - begin, rows};
  }
};

/// Discrete Laplacian of one pack in each of some rows that follow each other in z.
template <class T, int radius_, bool is_3d_, Form form_>
struct Laplacian {
  static constexpr int radius = radius_;
  static constexpr bool is_3d = is_3d_;
  static constexpr Form form = form_;
  Stencil<T> w;
  std::int64_t sy, sz;

  /// centre[r] <- u, result[r] <- the Laplacian of u at u + r sz. Each pack of the column is loaded once.
  template <int rows>
  KOKKOS_FORCEINLINE_FUNCTION void of_block(const T* u, Pack<T> (&centre)[rows], Pack<T> (&result)[rows]) const {
    Pack<T> column[rows + 2 * radius];
    BORNFLOW_UNROLL
    for (int j = 0; j < rows + 2 * radius; ++j) column[j] = load(u + (j - radius) * sz);
    BORNFLOW_UNROLL
    for (int r = 0; r < rows; ++r) {
      centre[r] = column[r + radius];
      result[r] = along_rows(u + r * sz, centre[r], std::make_integer_sequence<int, radius>{});
      BORNFLOW_UNROLL
      for (int k = 1; k <= radius; ++k)
        result[r] = multiply_add<T>(spread(w.z[k]), column[r + radius + k] + column[r + radius - k], result[r]);
    }
  }

  /// The Laplacian of the pack at u, whose column of 2 radius + 1 packs is at hand.
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> of_column(const T* u, const Pack<T> (&column)[2 * radius + 1]) const {
    Pack<T> result = along_rows(u, column[radius], std::make_integer_sequence<int, radius>{});
    BORNFLOW_UNROLL
    for (int k = 1; k <= radius; ++k)
      result = multiply_add<T>(spread(w.z[k]), column[radius + k] + column[radius - k], result);
    return result;
  }

private:
  template <int... k>
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> along_rows(const T* u, const Pack<T>& centre,
                                                 std::integer_sequence<int, k...>) const {
    const Neighbours<T> x(u, centre);
    Pack<T> result = w.centre * centre;
    ((result = multiply_add<T>(spread(w.x[k + 1]), x.template sum<k + 1>(), result)), ...);
    if constexpr (is_3d)
      ((result = multiply_add<T>(spread(w.y[k + 1]), load(u + (k + 1) * sy) + load(u - (k + 1) * sy), result)), ...);
    return result;
  }
};

/// u+ where there is no damping: 2 u - u- + (v dt)^2 (L u + q).
template <class T>
KOKKOS_FORCEINLINE_FUNCTION Pack<T> leap(const Pack<T>& u, const Pack<T>& before, const Pack<T>& travel,
                                         const Pack<T>& change) {
  return multiply_add<T>(travel * travel, change, multiply_add<T>(spread(T(2)), u, -before));
}

/// The step in the layer, u- + (1 - p) (2 (u - u-) + (v dt)^2 L u) with p of damping_number: no division, no root.
template <class T>
struct Damped {
  const T* damping_x;      // at the first point of the segment
  const T* damping_z;      // of its first row
  T damping_y;
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> operator()(int i, int row, const Pack<T>& u, const Pack<T>& travel,
                                                 const Pack<T>& laplacian, const Pack<T>& before, int) const {
    const Pack<T> kept =
        multiply_add<T>(-travel, load(damping_x + i) + spread(damping_y + damping_z[row]), spread(T(1)));
    const Pack<T> change = u - before;
    return multiply_add<T>(kept, multiply_add<T>(travel * travel, laplacian, change + change), before);
  }
};

/// A block of rows is more streams from memory than the machine follows by itself, and in 3-D each row is too short for it
/// to guess the next. So a step asks for the lines of `next`, `travel` and the foremost rows of `current` that will be
/// touched first in 3-D by the same pack of the next row of y, in 2-D so many points further on.
constexpr int points_ahead = 256;

/// The step of one pack in each of `rows` rows; see step_rows.
template <int rows, class T, class Lap, class Action>
KOKKOS_FORCEINLINE_FUNCTION void step_packs(const Segment<T>& s, const Lap& lap, const Action& action, int i, int points) {
  const std::int64_t sz = lap.sz;
  const std::int64_t ahead = i + (Lap::is_3d ? lap.sy : points_ahead);
  BORNFLOW_UNROLL
  for (int r = 0; r < rows; ++r) {
    prefetch(s.next + ahead + r * sz);
    prefetch(s.travel + ahead + r * sz);
    prefetch(s.current + ahead + (r + Lap::radius) * sz);
  }
  Pack<T> centre[rows], value[rows];
  lap.template of_block<rows>(s.current + i, centre, value);
  BORNFLOW_UNROLL
  for (int r = 0; r < rows; ++r)
    value[r] = action(i, r, centre[r], load(s.travel + i + r * sz), value[r], load(s.next + i + r * sz), points);
  BORNFLOW_UNROLL
  for (int r = 0; r < rows; ++r) store(s.next + i + r * sz, value[r], points);
}

/// The step of one point in each of the s.rows <= `rows` rows of a block, from the top down. The packs of the column that
/// the stencil reaches stay in registers, and each is loaded once: `next` is never read where `current` is.
template <int rows, class T, class Lap, class Action>
KOKKOS_FORCEINLINE_FUNCTION void walk_down(T* __restrict__ next, const T* __restrict__ current, const T* __restrict__ travel,
                                           const Segment<T>& s, const Lap& lap, const Action& action) {
  constexpr int radius = Lap::radius, length = 2 * radius + 1;
  [[maybe_unused]] constexpr int unrolled = rows <= rows_unrolled_whole ? rows : 4;
  const std::int64_t sz = lap.sz;
  Pack<T> column[length];
  BORNFLOW_UNROLL
  for (int j = 1; j < length; ++j) column[j] = load(current + (j - 1 - radius) * sz);
  BORNFLOW_UNROLL_BY(unrolled)
  for (int r = 0; r < rows; ++r) {
    if (r >= s.rows) continue;   // not break: a loop with two ends is not unrolled whole
    BORNFLOW_UNROLL
    for (int j = 0; j + 1 < length; ++j) column[j] = column[j + 1];
    const std::int64_t at = r * sz;
    column[length - 1] = load(current + at + radius * sz);
    const Pack<T> value =
        action(0, r, column[radius], load(travel + at), lap.of_column(current + at, column), load(next + at), s.n);
    store(next + at, value, s.n);
  }
}

/// The packs of step_rows. The operator may be handed over as a copy: of a reference, the compiler must expect that `next`
/// overwrites its weights, and loads them again for each pack.
template <int rows, class T, class Lap, class Action>
KOKKOS_FORCEINLINE_FUNCTION void step_along(const Segment<T>& s, const Lap& lap, const Action& action) {
  int i = points_to_alignment(s.next);   // in the layer: the physical rows begin aligned
  i = i < s.n ? i : s.n;
  if (i > 0) step_packs<rows>(s, lap, action, 0, i);
  for (; i + pack_width<T> <= s.n; i += pack_width<T>) step_packs<rows>(s, lap, action, i, pack_width<T>);
  if (i < s.n) step_packs<rows>(s, lap, action, i, s.n - i);
}

/// The step in `rows` rows. `action` is given each pack between its Laplacian and its step: action(point of the row, row, u,
/// v dt, Laplacian, u-, number of points) returns u+. The last pack of a row may reach over the end of the
/// segment: it reads there, but does not write.
template <int rows, class T, class Lap, class Action>
KOKKOS_FORCEINLINE_FUNCTION void step_rows(const Segment<T>& s, const Lap& lap, const Action& action) {
  if constexpr (Lap::form == Form::columns) {
    walk_down<rows>(s.next, s.current, s.travel, s, lap, action);
  } else if constexpr (rows == 1) {
    step_along<rows>(Segment<T>(s), Lap(lap), Action(action));
  } else {
    step_along<rows>(s, lap, action);   // copies were slower: the registers are needed for the columns
  }
}

}  // namespace bornflow::detail
