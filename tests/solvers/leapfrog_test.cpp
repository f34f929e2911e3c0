#include "solvers/acoustic/leapfrog/leapfrog.hpp"

#include <gtest/gtest.h>

#include "bornflow/grid/subdomain.hpp"
#include "tests/solvers/small_survey.hpp"

namespace bornflow {

namespace {

/// Some steps of a unit pulse in the middle of a homogeneous grid without layer, moved by (shift_x, shift_z) points, with
/// its scattered field; the values around the pulse.
template <class T>
std::vector<T> response(int order, int ny, int shift_x, int shift_z, bool fused) {
  const int reach = order, steps = 3, half = 60;
  Grid grid;
  grid.nx = 2 * half;
  grid.nz = 2 * half + 7;   // not a multiple of the rows of a block
  grid.ny = ny;
  grid.dx = 10, grid.dy = 11, grid.dz = 9;
  const auto subdomain = Subdomain::whole(grid);
  PropagatorOptions options;
  options.space_order = order;
  options.layer_width = 3;
  const double dt = 0.9 * stable_time_step(grid, order, 2000);
  const Medium<T> medium(subdomain, options, dt, std::vector<float>(grid.size(), 2000));
  const PaddedLayout& layout = medium.layout;
  Wavefield<T> u(layout, 1, 0), du(layout, 1, 3);
  const auto perturbation = allocate_field<T>("perturbation", layout.image_size, 6);
  const auto acceleration = allocate_field<T>("acceleration", layout.image_size, 7);
  const auto at = [&](int dz, int dx) {
    return layout.offset(half + shift_z + dz + layout.layer_z, ny / 2 + layout.layer_y,
                         half + shift_x + dx + layout.layer_x);
  };
  Kokkos::deep_copy(perturbation, T(0.37));
  const auto host = Kokkos::create_mirror_view(u.current);
  Kokkos::deep_copy(host, u.current);
  host(at(0, 0)) = T(0.7), host(at(1, 2)) = T(-0.31);
  Kokkos::deep_copy(u.current, host);
  for (int step = 0; step < steps; ++step) {
    if (fused) {
      leapfrog_born(medium, medium.layout.box(), u, du, perturbation.data());
    } else {
      leapfrog_storing(medium, medium.layout.box(), u, acceleration.data());
      leapfrog_scattering(medium, medium.layout.box(), du, acceleration.data(), perturbation.data());
    }
    u.advance();
    du.advance();
  }
  const auto u_host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), u.current);
  const auto du_host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), du.current);
  std::vector<T> values;
  for (int dz = -reach; dz <= reach; ++dz)
    for (int dx = -reach; dx <= reach; ++dx) {
      values.push_back(u_host(at(dz, dx)));
      values.push_back(du_host(at(dz, dx)));
    }
  return values;
}

template <class T>
void expect_no_trace_of_the_cuts(int order, int ny) {
  const auto reference = response<T>(order, ny, 0, 0, true);
  EXPECT_GT(test::norm(reference), 0);
  for (const bool fused : {true, false})
    for (const int shift : {0, 1, 2, 3, 5, 9, 17})
      EXPECT_EQ(reference, response<T>(order, ny, shift, -shift, fused)) << "order " << order << ", shift " << shift;
  if (order <= 4) {   // in the last rows; the layer is then too far away to be felt in the values compared
    EXPECT_EQ(reference, response<T>(order, ny, 0, 61, true)) << "order " << order;
  }
}

}  // namespace

// Rows are cut into packs and gathered into blocks; a field that moves over the cuts must not change by one bit.
TEST(Leapfrog, results_do_not_depend_on_the_cuts_of_the_rows) {
  for (int order = 2; order <= 16; order += 2) {
    expect_no_trace_of_the_cuts<float>(order, 1);
    expect_no_trace_of_the_cuts<double>(order, 1);
  }
  expect_no_trace_of_the_cuts<float>(4, 9);
}

}  // namespace bornflow
