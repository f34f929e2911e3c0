#pragma once

#include "solvers/acoustic/leapfrog/leapfrog_applied.hpp"
#include "solvers/acoustic/leapfrog/leapfrog_born_kernel.hpp"

/// Definitions of KernelsOfRadius; included only by the files that compile them for one radius each.
namespace bornflow::detail {

/// Points (x, y) whose columns a device takes together, with x fastest: a warp reads rows of whole cache lines.
template <bool is_3d>
constexpr int tile_x = is_3d ? 32 : 128;
template <bool is_3d>
constexpr int tile_y = is_3d ? 8 : 1;

/// What the kernels of a radius take for the operator on u.
template <class T, int radius, bool is_3d, Form form>
Laplacian<T, radius, is_3d, form> laplacian_of(const Medium<T>& medium, const Wavefield<T>& u) {
  const PaddedLayout& layout = medium.layout;
  if constexpr (radius == 0)
    return {u.current.data(), medium.density->applied(), layout.row_stride, layout.plane_stride};
  else
    return {medium.stencil, layout.row_stride, layout.plane_stride};
}

template <class T, int radius, bool is_3d, Form form, class Interior>
BlockKernel<T, radius, is_3d, form, Interior> block_kernel(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u,
                                                           const Interior& interior) {
  const PaddedLayout& layout = medium.layout;
  return {layout,
          box,
          {box.z_begin, box.z_end, layout.layer_z, layout.physical_nz},
          laplacian_of<T, radius, is_3d, form>(medium, u),
          medium.travel.data(),
          medium.damping_x.data(),
          medium.damping_y.data(),
          medium.damping_z.data(),
          u.previous.data(),
          u.current.data(),
          u.batch,
          interior};
}

template <class Kernel>
void launch_items(const char* label, const Kernel& kernel) {
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, kernel.work_items()), kernel);
}

template <class T, int radius, bool is_3d, Form form = form_of_kernels, class Interior>
void launch(const char* label, const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u,
            const Interior& interior) {
  const auto kernel = block_kernel<T, radius, is_3d, form>(medium, box, u, interior);
  if constexpr (form == Form::rows) {
    launch_items(label, kernel);
  } else {
    using Policy = Kokkos::MDRangePolicy<ExecutionSpace, Kokkos::Rank<3, Kokkos::Iterate::Left, Kokkos::Iterate::Left>,
                                         Kokkos::LaunchBounds<tile_x<is_3d> * tile_y<is_3d>>, Kokkos::IndexType<int>>;
    if (kernel.work_items() == 0 || box.nx() == 0) return;
    Kokkos::parallel_for(label,
                         Policy({box.x_begin, box.y_begin, 0}, {box.x_end, box.y_end, kernel.blocks.count() * u.batch},
                                {tile_x<is_3d>, tile_y<is_3d>, 1}),
                         kernel);
  }
}

/// A background field u and the scattered fields du of a batch.
template <class T, int radius, bool is_3d, Form form = form_of_kernels>
void launch_born(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u, const Wavefield<T>& du,
                 const T* perturbation) {
  const PaddedLayout& layout = medium.layout;
  const std::int64_t plane = layout.image_row_stride * layout.physical_ny;
  if constexpr (form == Form::rows) {
    launch_items("bornflow::leapfrog_born",
                 BornTileKernel<T, radius, is_3d>{
                     block_kernel<T, radius, is_3d, form>(medium, box, u, StoreInTile<T, is_3d>{nullptr}),
                     block_kernel<T, radius, is_3d, form>(
                         medium, box, du, ScatterFromTile<T, is_3d>{nullptr, perturbation, plane, layout.image_size})});
  } else {
    launch<T, radius, is_3d, form>("bornflow::leapfrog_born", medium, box, u,
                                   Born<T>{du.previous.data(), du.current.data(), perturbation, du.batch, u.current.data(),
                                           layout.field_size, plane, layout.image_size});
    launch<T, radius, is_3d, form>("bornflow::leapfrog_born_layer", medium, box, du, LayerOnly{});
  }
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

template <class T, int radius>
void KernelsOfRadius<T, radius>::run_born(const Medium<T>& medium, const IndexBox& box, const Wavefield<T>& u,
                                          const Wavefield<T>& du, const T* perturbation) {
  if (medium.layout.is_3d())
    launch_born<T, radius, true>(medium, box, u, du, perturbation);
  else
    launch_born<T, radius, false>(medium, box, u, du, perturbation);
}

#define BORNFLOW_COMPILE_KERNEL(T, radius, interior) \
  template void KernelsOfRadius<T, radius>::run(const char*, const Medium<T>&, const IndexBox&, const Wavefield<T>&, \
                                               const interior&)

#define BORNFLOW_COMPILE_STEPS_OF(T, radius)           \
  BORNFLOW_COMPILE_KERNEL(T, radius, Propagate);       \
  BORNFLOW_COMPILE_KERNEL(T, radius, Store<T>);        \
  BORNFLOW_COMPILE_KERNEL(T, radius, StoreHalf<T>);    \
  BORNFLOW_COMPILE_KERNEL(T, radius, Scatter<T>);      \
  BORNFLOW_COMPILE_KERNEL(T, radius, Image<T>);        \
  BORNFLOW_COMPILE_KERNEL(T, radius, ImageHalf<T>)

#define BORNFLOW_COMPILE_KERNELS_OF(T, radius)         \
  BORNFLOW_COMPILE_STEPS_OF(T, radius);                \
  template void KernelsOfRadius<T, radius>::run_born(const Medium<T>&, const IndexBox&, const Wavefield<T>&, \
                                                    const Wavefield<T>&, const T*)

#define BORNFLOW_COMPILE_KERNELS(radius)       \
  BORNFLOW_COMPILE_KERNELS_OF(float, radius);  \
  BORNFLOW_COMPILE_KERNELS_OF(double, radius)

}  // namespace bornflow::detail
