#include <gtest/gtest.h>

#include <cmath>

#include "solvers/acoustic/density/density.hpp"
#include "solvers/acoustic/density/density_kernel.hpp"
#include "solvers/acoustic/finite_difference.hpp"
#include "solvers/acoustic/leapfrog/leapfrog_launch.hpp"
#include "tests/solvers/density_survey.hpp"

namespace bornflow {

namespace {

using detail::Form;

/// A medium of one velocity with a layered density and no layer: fixed walls, nothing takes energy away.
struct Box {
  Grid grid;
  PropagatorOptions options;
  Box(int order, int ny) {
    grid.nx = 21, grid.ny = ny, grid.nz = 24;
    grid.dx = 10, grid.dy = 11, grid.dz = 9;
    options.space_order = order;
    options.layer_width = 0;
    options.density = test::layered_density(grid);
  }
  double limit() const { return stable_time_step(grid, options, 2000); }
  Medium<double> medium(double dt) const {
    return {Subdomain::whole(grid), options, dt, std::vector<float>(grid.size(), 2000)};
  }
};

/// action(element of a field) at the points of the padded grid.
template <class Action>
void for_each_point(const Medium<double>& medium, const Action& action) {
  const PaddedLayout& layout = medium.layout;
  for (int z = 0; z < layout.nz; ++z)
    for (int y = 0; y < layout.ny; ++y)
      for (int x = 0; x < layout.nx; ++x) action(layout.offset(z, y, x));
}

DeviceArray<double> noise(const Medium<double>& medium, std::uint64_t item) {
  const auto field = allocate_field<double>("noise", medium.layout.field_size, 0);
  const auto host = Kokkos::create_mirror_view(field);
  const auto values = test::random_values<double>(static_cast<std::size_t>(medium.layout.field_size), item);
  for_each_point(medium, [&](std::int64_t i) { host(i) = values[static_cast<std::size_t>(i)]; });
  Kokkos::deep_copy(field, host);
  return field;
}

std::vector<double> at_points(const Medium<double>& medium, const double* values) {
  std::vector<double> result;
  for_each_point(medium, [&](std::int64_t i) { result.push_back(values[i]); });
  return result;
}

/// -rho div((1 / rho) grad u) and u / rho at the points.
struct Applied {
  std::vector<double> u, ku, u_over_rho;
};
Applied apply(const Medium<double>& medium, const DeviceArray<double>& field) {
  medium.density->apply(medium.layout.box(), field, 1);
  Applied a{at_points(medium, field.data()), at_points(medium, medium.density->applied()), {}};
  const auto rho = at_points(medium, medium.density->density().data());
  for (std::size_t i = 0; i < a.u.size(); ++i) {
    a.ku[i] = -a.ku[i];
    a.u_over_rho.push_back(a.u[i] / rho[i]);
  }
  return a;
}

}  // namespace

TEST(DensityOperator, is_symmetric_and_positive_over_the_density) {
  if (!kernels_run_on_host) GTEST_SKIP() << "reads the fields on the host";
  for (const int ny : {1, 12})
    for (const int order : {2, 4, 8, 16}) {
      const Medium<double> medium = Box(order, ny).medium(1e-4);
      const Applied a = apply(medium, noise(medium, 1)), b = apply(medium, noise(medium, 2));
      const double scale = test::norm(a.u_over_rho) * test::norm(b.ku);
      EXPECT_NEAR(test::dot(a.u_over_rho, b.ku) / scale, test::dot(b.u_over_rho, a.ku) / scale, 1e-14);
      EXPECT_GT(test::dot(a.u_over_rho, a.ku), 0);
    }
}

// The norm bounds the greatest eigenvalue, which 300 steps of the power method approach from below.
TEST(DensityOperator, its_norm_is_above_and_near_the_greatest_eigenvalue) {
  if (!kernels_run_on_host) GTEST_SKIP() << "writes the fields on the host";
  for (const int ny : {1, 12})
    for (const int order : {2, 8}) {
      const Box box(order, ny);
      const Medium<double> medium = box.medium(1e-4);
      const auto field = noise(medium, 3);
      double eigenvalue = 0;
      for (int i = 0; i < 300; ++i) {
        const Applied a = apply(medium, field);
        eigenvalue = test::dot(a.u_over_rho, a.ku) / test::dot(a.u_over_rho, a.u);
        const double scale = 1 / test::norm(a.ku);
        std::size_t point = 0;
        for_each_point(medium, [&](std::int64_t j) { field(j) = scale * a.ku[point++]; });
      }
      const double norm = 1e6 * density_operator_norm(box.grid, box.options);   // 1/m2 -> 1/km2
      EXPECT_LT(eigenvalue, norm) << "order " << order;
      EXPECT_GT(eigenvalue, 0.75 * norm) << "order " << order;
    }
}

// The leapfrog keeps 1/2 <D_t u, M D_t u> + 1/2 <u+, K u>, at the limit of the time step as well.
TEST(DensityOperator, keeps_the_energy) {
  if (!kernels_run_on_host) GTEST_SKIP() << "reads the fields on the host";
  const Box box(8, 1);
  const Medium<double> medium = box.medium(0.999 * box.limit());
  Wavefield<double> u(medium.layout, 1, 0);
  u.current = noise(medium, 4);
  u.previous = noise(medium, 5);
  const double travel = medium.travel(medium.layout.origin);
  const auto energy = [&] {   // of the last two levels, times 2 dt^2 / m
    const Applied a = apply(medium, u.current);
    const auto before = at_points(medium, u.previous.data());
    double sum = 0;
    const auto rho = at_points(medium, medium.density->density().data());
    for (std::size_t i = 0; i < before.size(); ++i)
      sum += (a.u[i] - before[i]) * (a.u[i] - before[i]) / rho[i] + travel * travel * before[i] * a.ku[i] / rho[i];
    return sum;
  };
  const double start = energy();
  EXPECT_GT(start, 0);
  for (int step = 0; step < 3000; ++step) {
    leapfrog(medium, medium.layout.box(), u);
    u.advance();
  }
  EXPECT_NEAR(energy() / start, 1, 1e-10);
}

// As leapfrog_columns_test.cpp: the form in which a device runs the kernels gives the bits of the form of the host.
TEST(DensityOperator, has_the_bits_of_rows_in_columns_and_in_parts) {
  if (!kernels_run_on_host) GTEST_SKIP() << "kernels by rows are for the host";
  const auto values = [](auto is_3d, auto form) {
    const Box box(8, is_3d ? 12 : 1);
    const Medium<double> medium = box.medium(1e-4);
    const PaddedLayout& layout = medium.layout;
    const std::int64_t size = layout.field_size;
    const auto field = noise(medium, 6);
    Wavefield<double> u(layout, 1, 0);
    u.current = field;
    const auto fx = allocate_field<double>("fx", size, 1), fy = allocate_field<double>("fy", size, 2),
               fz = allocate_field<double>("fz", size, 3), applied = allocate_field<double>("applied", size, 4);
    const auto w = staggered_derivative_weights(8);
    StaggeredStencil<double> weights{};
    for (int k = 1; k <= 4; ++k) weights.x[k] = weights.z[k] = 100 * w[k], weights.y[k] = is_3d ? 90 * w[k] : 0;
    IndexBox part = layout.box(), low = part;
    low.z_end = part.z_begin = form == Form::rows ? 24 : 11;   // one part, and two
    for (const IndexBox& b : {low, part})
      detail::launch_density<double, 4, is_3d, form>({layout, weights, medium.density->density().data(), field.data(),
                                                      fx.data(), fy.data(), fz.data(), applied.data()},
                                                     b, 1);
    medium.density->apply(layout.box(), field, 1);
    detail::launch<double, 0, is_3d, form>("bornflow::test::applied", medium, layout.box(), u, detail::Propagate{});
    auto result = at_points(medium, applied.data());
    const auto next = at_points(medium, u.previous.data());
    result.insert(result.end(), next.begin(), next.end());
    return result;
  };
  using Rows = std::integral_constant<Form, Form::rows>;
  using Columns = std::integral_constant<Form, Form::columns>;
  EXPECT_EQ(values(std::false_type{}, Rows{}), values(std::false_type{}, Columns{}));
  EXPECT_EQ(values(std::true_type{}, Rows{}), values(std::true_type{}, Columns{}));
}

}  // namespace bornflow
