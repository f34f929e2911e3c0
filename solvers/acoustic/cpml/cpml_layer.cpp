#include "solvers/acoustic/cpml/cpml_layer.hpp"

#include <string>

#include "bornflow/base/error.hpp"
#include "solvers/acoustic/cpml/cpml_lines.hpp"

namespace bornflow {

namespace {

using detail::CpmlPass;

template <CpmlPass pass, int radius, bool turns = false, class T>
void run_axis(const char* label, const Medium<T>& medium, const CpmlCoefficients<T>& c, const Wavefield<T>& u) {
  const PaddedLayout& layout = medium.layout;
  const std::int64_t first = layout.offset(0, 0, 0);
  const detail::CpmlKernel<T, radius, turns, pass> kernel{c.slabs,
                                                               c.weights,
                                                               c.decay.data(),
                                                               c.gain.data(),
                                                               c.profile_stride,
                                                               u.previous.data() + first,
                                                               u.current.data() + first,
                                                               medium.travel.data() + first,
                                                               u.memory.data() + c.slabs.memory_begin,
                                                               layout.field_size,
                                                               layout.memory_size};
  Kokkos::parallel_for(
      label, Kokkos::RangePolicy<ExecutionSpace, Kokkos::IndexType<std::int64_t>>(0, kernel.work_items(u.batch)), kernel);
}

/// Calls the kernels compiled for the medium's stencil radius, one axis after the other.
template <CpmlPass pass, int radius = 1, class T>
void run(const char* label, const Medium<T>& medium, const Wavefield<T>& u) {
  if constexpr (radius > 8) {
    BORNFLOW_REQUIRE(false, "no kernel for stencil radius " + std::to_string(medium.layout.radius));
  } else if (medium.layout.radius != radius) {
    run<pass, radius + 1>(label, medium, u);
  } else {
    if (medium.cpml_x.slabs.count > 0) run_axis<pass, radius, kernels_run_on_host>(label, medium, medium.cpml_x, u);
    if (medium.cpml_y.slabs.count > 0) run_axis<pass, radius>(label, medium, medium.cpml_y, u);
    if (medium.cpml_z.slabs.count > 0) run_axis<pass, radius>(label, medium, medium.cpml_z, u);
  }
}

}  // namespace

template <class T>
void absorb(const Medium<T>& medium, const Wavefield<T>& u) {
  if (medium.layout.memory_size > 0) run<CpmlPass::forward>("bornflow::absorb", medium, u);
}

template <class T>
void absorb_adjoint(const Medium<T>& medium, const Wavefield<T>& v) {
  if (medium.layout.memory_size > 0) run<CpmlPass::adjoint>("bornflow::absorb_adjoint", medium, v);
}

template void absorb(const Medium<float>&, const Wavefield<float>&);
template void absorb(const Medium<double>&, const Wavefield<double>&);
template void absorb_adjoint(const Medium<float>&, const Wavefield<float>&);
template void absorb_adjoint(const Medium<double>&, const Wavefield<double>&);

}  // namespace bornflow
