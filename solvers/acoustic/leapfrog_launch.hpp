#pragma once

#include "solvers/acoustic/leapfrog_kernel.hpp"

/// Definitions of KernelsOfRadius; included only by the files that compile them for one radius each.
namespace bornflow::detail {

template <class T, int radius, bool is_3d, class Interior>
void launch(const char* label, const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u,
            const Interior& interior) {
  const PaddedLayout& layout = medium.layout;
  const BlockKernel<T, radius, is_3d, Interior> kernel{
      layout,
      box,
      {box.z_begin, box.z_end, layout.layer_z, layout.physical_nz},
      {medium.stencil, layout.row_stride, layout.plane_stride},
      medium.courant.data(),
      medium.damping_x.data(),
      medium.damping_y.data(),
      medium.damping_z.data(),
      u.previous.data(),
      u.current.data(),
      u.batch,
      interior};
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, kernel.work_items()), kernel);
}

template <class T, int radius>
template <class Interior>
void KernelsOfRadius<T, radius>::run(const char* label, const Medium<T>& medium, const IndexBox& box,
                                     const Wavefield<T>& u, const Interior& interior) {
  if (medium.layout.is_3d())
    launch<T, radius, true>(label, medium, box, u, interior);
  else
    launch<T, radius, false>(label, medium, box, u, interior);
}

#define BORNFLOW_COMPILE_KERNEL(T, radius, interior) \
  template void KernelsOfRadius<T, radius>::run(const char*, const Medium<T>&, const IndexBox&, const Wavefield<T>&, \
                                               const interior&)

#define BORNFLOW_COMPILE_KERNELS_OF(T, radius)         \
  BORNFLOW_COMPILE_KERNEL(T, radius, Propagate);       \
  BORNFLOW_COMPILE_KERNEL(T, radius, LayerOnly);       \
  BORNFLOW_COMPILE_KERNEL(T, radius, Store<T>);        \
  BORNFLOW_COMPILE_KERNEL(T, radius, StoreHalf<T>);    \
  BORNFLOW_COMPILE_KERNEL(T, radius, Scatter<T>);      \
  BORNFLOW_COMPILE_KERNEL(T, radius, Image<T>);        \
  BORNFLOW_COMPILE_KERNEL(T, radius, ImageHalf<T>);    \
  BORNFLOW_COMPILE_KERNEL(T, radius, Born<T>)

#define BORNFLOW_COMPILE_KERNELS(radius)       \
  BORNFLOW_COMPILE_KERNELS_OF(float, radius);  \
  BORNFLOW_COMPILE_KERNELS_OF(double, radius)

}  // namespace bornflow::detail
