#include <gtest/gtest.h>

#include "solvers/acoustic/leapfrog/leapfrog_launch.hpp"
#include "tests/solvers/small_survey.hpp"

/// The form in which a device runs the kernels, run on the host: it must give the bits of the form of the host.
namespace bornflow {

namespace {

using detail::Form;

constexpr int batch = 2, steps = 4;

/// A grid whose sizes fit neither the blocks of rows nor those of columns, with a layer and a medium that varies.
template <class T>
struct Problem {
  Grid grid;
  Medium<T> medium;

  Problem(int order, int ny) : grid(make_grid(ny)), medium(make_medium(order, grid)) {}

  static Grid make_grid(int ny) {
    Grid grid;
    grid.nx = 41, grid.ny = ny, grid.nz = 75;
    grid.dx = 10, grid.dy = 11, grid.dz = 9;
    return grid;
  }
  static Medium<T> make_medium(int order, const Grid& grid) {
    PropagatorOptions options;
    options.space_order = order;
    options.layer_width = 5;
    std::vector<float> velocity(grid.size());
    for (std::size_t i = 0; i < velocity.size(); ++i) velocity[i] = 1500 + static_cast<float>(i * 7919 % 500);
    return {Subdomain::whole(grid), options, 0.9 * stable_time_step(grid, order, 2000), velocity};
  }
};

template <class T>
DeviceArray<T> noise(std::int64_t size, int colour) {
  const auto values = allocate_field<T>("noise", size, colour);
  const auto host = Kokkos::create_mirror_view(values);
  for (std::int64_t i = 0; i < size; ++i) host(i) = static_cast<T>((i + colour) * 7919 % 2003 - 1001) / 1001;
  Kokkos::deep_copy(values, host);
  return values;
}

/// All values in the padded grid after some steps of each kernel, and the images.
template <class T, int radius, bool is_3d, Form form>
std::vector<T> values_after_all_kernels(const Problem<T>& problem) {
  const Medium<T>& medium = problem.medium;
  const PaddedLayout& layout = medium.layout;
  const std::int64_t plane = layout.image_row_stride * layout.physical_ny;
  Wavefield<T> u(layout, 1, 0), du(layout, batch, 3);
  const auto set_pulse = [&](const DeviceArray<T>& field, T value) {
    const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), field);
    host(layout.offset(layout.nz / 2, layout.ny / 2, layout.nx / 2)) = value;
    host(layout.offset(3, layout.ny / 2, 2)) = value / 3;   // in the layer
    Kokkos::deep_copy(field, host);
  };
  set_pulse(u.current, T(0.7)), set_pulse(du.current, T(-0.4));
  const auto perturbation = noise<T>(layout.image_size * batch, 5), image = noise<T>(layout.image_size * batch, 6);
  const auto acceleration = noise<T>(layout.image_size, 7);
  const auto half = allocate_field<HalfBits>("half", layout.image_size, 4);
  IndexBox box = layout.box(), low = box;
  low.z_end = box.z_begin = 11;   // two boxes, as where a grid is cut into parts
  for (int step = 0; step < steps; ++step) {
    const auto on = [&](const Wavefield<T>& field, const auto& interior) {
      for (const IndexBox& part : {low, box})
        detail::launch<T, radius, is_3d, form>("bornflow::test::columns", medium, part, field, interior);
    };
    const auto advance = [](Wavefield<T>& field) { field.advance(); };
    on(u, detail::Propagate{}), advance(u);
    on(u, detail::Store<T>{acceleration.data(), plane}), advance(u);
    on(du, detail::Scatter<T>{acceleration.data(), perturbation.data(), plane, layout.image_size}), advance(du);
    on(du, detail::Image<T>{acceleration.data(), image.data(), plane, layout.image_size}), advance(du);
    on(u, detail::StoreHalf<T>{half.data(), plane, T(8)}), advance(u);
    on(du, detail::ImageHalf<T>{half.data(), image.data(), plane, layout.image_size, T(0.125)}), advance(du);
    for (const IndexBox& part : {low, box})
      detail::launch_born<T, radius, is_3d, form>(medium, part, u, du, perturbation.data());
    advance(u), advance(du);
  }
  std::vector<T> all;
  const auto collect = [&](const DeviceArray<T>& values, std::int64_t field_size, int n, const auto& each) {
    const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), values);
    for (int b = 0; b < n; ++b) each([&](std::int64_t element) { all.push_back(host(b * field_size + element)); });
  };
  const auto padded_points = [&](const auto& add) {
    for (int z = 0; z < layout.nz; ++z)
      for (int y = 0; y < layout.ny; ++y)
        for (int x = 0; x < layout.nx; ++x) add(layout.offset(z, y, x));
  };
  const auto image_points = [&](const auto& add) {
    for (int z = 0; z < layout.physical_nz; ++z)
      for (int y = 0; y < layout.physical_ny; ++y)
        for (int x = 0; x < layout.physical_nx; ++x) add(layout.image_offset(z, y, x));
  };
  collect(u.current, layout.field_size, 1, padded_points), collect(u.previous, layout.field_size, 1, padded_points);
  collect(du.current, layout.field_size, batch, padded_points), collect(du.previous, layout.field_size, batch, padded_points);
  collect(image, layout.image_size, batch, image_points);
  return all;
}

template <class T, int radius, bool is_3d>
void expect_equal_bits() {
  if constexpr (kernels_run_on_host) {   // a device's compiler refuses the fused kernel by rows
    const Problem<T> problem(2 * radius, is_3d ? 13 : 1);
    const auto rows = values_after_all_kernels<T, radius, is_3d, Form::rows>(problem);
    const auto columns = values_after_all_kernels<T, radius, is_3d, Form::columns>(problem);
    EXPECT_GT(test::norm(rows), 0);
    for (const T value : rows) ASSERT_TRUE(std::isfinite(value));
    EXPECT_EQ(rows, columns);
  } else {
    GTEST_SKIP() << "the host's form is not compiled for a device";
  }
}

}  // namespace

TEST(LeapfrogColumns, have_the_bits_of_rows) {
  if (!kernels_run_on_host) GTEST_SKIP() << "kernels by rows are for the host";
  expect_equal_bits<float, 4, false>();
  expect_equal_bits<float, 4, true>();
  expect_equal_bits<double, 1, false>();
  expect_equal_bits<double, 2, true>();
}

}  // namespace bornflow
