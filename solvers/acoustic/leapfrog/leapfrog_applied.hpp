#pragma once

#include "solvers/acoustic/leapfrog/leapfrog_rows.hpp"

namespace bornflow::detail {

/// "Radius 0": no stencil. The operator has been applied to the whole field before, and its values are read from memory,
/// where they lie as the field does (density_operator.hpp). All that BlockKernel asks of a Laplacian.
template <class T, bool is_3d_, Form form_>
struct Laplacian<T, 0, is_3d_, form_> {
  static constexpr int radius = 0;
  static constexpr bool is_3d = is_3d_;
  static constexpr Form form = form_;
  const T* field;      // that the operator was applied to, its first element
  const T* applied;    // what it gave
  std::int64_t sy, sz;

  template <int rows>
  KOKKOS_FORCEINLINE_FUNCTION void of_block(const T* u, Pack<T> (&centre)[rows], Pack<T> (&result)[rows]) const {
    BORNFLOW_UNROLL
    for (int r = 0; r < rows; ++r) {
      centre[r] = load(u + r * sz);
      result[r] = load(applied + (u - field) + r * sz);
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack<T> of_column(const T* u, const Pack<T> (&)[1]) const { return load(applied + (u - field)); }
};

}  // namespace bornflow::detail
