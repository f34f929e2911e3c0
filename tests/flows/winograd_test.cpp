#include "flows/tensor/winograd.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "flow_checks.hpp"

namespace bornflow {

namespace {

using namespace test;

/// Everything a convolution computes, for images whose sizes Winograd's tiles cover, by one backend.
template <class T>
struct Results {
  Vector y, dx, d_weight, d_bias;
};

template <class T>
Results<T> results(const ConvolutionShape& shape, int h, int w, bool one_sample, ConvolutionBackend backend) {
  const int n = 2;
  const auto x = random_tensor<T>(n, h, w, shape.c_in, 1), dy = random_tensor<T>(n, h, w, shape.c_out, 2);
  const auto add = random_tensor<T>(one_sample ? 1 : n, h, w, shape.c_out, 3), mask = random_tensor<T>(n, h, w, shape.c_out, 4);
  const auto weight = random_tensor<T>(1, 1, 1, shape.weight_size(), 5), bias = random_tensor<T>(1, 1, 1, shape.c_out, 6);
  const auto d_weight = random_tensor<T>(1, 1, 1, shape.weight_size(), 7), d_bias = random_tensor<T>(1, 1, 1, shape.c_out, 8);
  Tensor<T> y(n, h, w, shape.c_out), dx(n, h, w, shape.c_in);
  const Convolution<T> convolution(shape, std::make_shared<Workspace<T>>(), backend);
  convolution.forward(x, weight.data.data(), {bias.data.data(), add.data.data(), one_sample, true, mask.data.data()}, y);
  convolution.backward_data(dy, weight.data.data(), {}, dx);
  convolution.backward_weights(x, dy, d_weight.data.data(), d_bias.data.data());
  return {to_host(y.data), to_host(dx.data), to_host(d_weight.data), to_host(d_bias.data)};
}

struct Image {
  int h, w;
};

template <class T>
void check_against_blas(double tolerance) {
  for (const ConvolutionShape& shape : {ConvolutionShape{6, 32, 3}, {20, 64, 3}, {72, 32, 3}, {32, 96, 3}, {128, 32, 3}})
    for (const Image& image : {Image{8, 8}, {4, 16}, {2, 32}})
      for (const bool one_sample : {false, true}) {
        ASSERT_TRUE(direct::winograd_pays<T>(shape, image.h, image.w));
        ASSERT_EQ(direct::winograd_gradient_pays<T>(shape, image.h, image.w), shape.c_in >= 16);
        const auto direct = results<T>(shape, image.h, image.w, one_sample, ConvolutionBackend::direct);
        const auto blas = results<T>(shape, image.h, image.w, one_sample, ConvolutionBackend::blas);
        const std::string where = std::to_string(shape.c_in) + " to " + std::to_string(shape.c_out) + ", " +
                                  std::to_string(image.h) + " x " + std::to_string(image.w);
        EXPECT_LT(relative_difference(direct.y, blas.y), tolerance) << where;
        EXPECT_LT(relative_difference(direct.dx, blas.dx), tolerance) << where;
        EXPECT_LT(relative_difference(direct.d_weight, blas.d_weight), tolerance) << where;
        EXPECT_LT(relative_difference(direct.d_bias, blas.d_bias), tolerance) << where;
      }
}

}  // namespace

// Sums of up to 1152 terms: rounding grows with their square root, by 2 to 3 more in the transforms.
TEST(Winograd, agrees_with_matrix_products) {
  if (!kernels_run_on_host) GTEST_SKIP() << "the direct backend runs on the host";
  check_against_blas<float>(2e-6);
  check_against_blas<double>(4e-15);
}

// The position in the batch must not matter: the loss of k ranks is that of one.
TEST(Winograd, samples_do_not_depend_on_their_neighbours) {
  if (!kernels_run_on_host) GTEST_SKIP() << "the direct backend runs on the host";
  const ConvolutionShape shape{20, 64, 3};
  const auto all = random_tensor<float>(3, 8, 16, 20, 1), weight = random_tensor<float>(1, 1, 1, shape.weight_size(), 2);
  const Convolution<float> convolution(shape, std::make_shared<Workspace<float>>(), ConvolutionBackend::direct);
  Tensor<float> y(3, 8, 16, 64), y1(1, 8, 16, 64);
  convolution.forward(all, weight.data.data(), {}, y);
  Tensor<float> last(1, 8, 16, 20);
  Kokkos::deep_copy(last.data, Kokkos::subview(all.data, std::make_pair(2 * last.size(), 3 * last.size())));
  convolution.forward(last, weight.data.data(), {}, y1);
  const auto together = to_host(y.data), alone = to_host(y1.data);
  EXPECT_EQ(Vector(together.end() - y1.size(), together.end()), alone);
}

}  // namespace bornflow
