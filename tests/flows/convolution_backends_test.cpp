#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "flows/tensor/convolution.hpp"

namespace bornflow {

namespace {

template <class T>
void fill(const DeviceArray<T>& to, int item) {
  RandomStream stream(11, Purpose::test, item);
  HostArray<T> host("host", to.extent(0));
  for (std::size_t i = 0; i < host.extent(0); ++i) host(i) = static_cast<T>(stream.normal());
  Kokkos::deep_copy(to, host);
}

template <class T>
std::vector<double> to_host(const DeviceArray<T>& from, std::size_t size) {
  HostArray<T> host("host", from.extent(0));
  Kokkos::deep_copy(host, from);
  return std::vector<double>(host.data(), host.data() + size);
}

double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference += (a[i] - b[i]) * (a[i] - b[i]), norm += b[i] * b[i];
  return std::sqrt(difference / norm);
}

/// The definition, in double: y(z, x, o) = sum w(dz, dx, i, o) x(z + dz, x + dx, i).
std::vector<double> reference(const ConvolutionShape& s, int n, int h, int w, const std::vector<double>& x,
                              const std::vector<double>& weight) {
  std::vector<double> y(static_cast<std::size_t>(n) * h * w * s.c_out, 0.0);
  const int r = s.k / 2;
  for (int b = 0; b < n; ++b)
    for (int z = 0; z < h; ++z)
      for (int c = 0; c < w; ++c)
        for (int dz = -r; dz <= r; ++dz)
          for (int dx = -r; dx <= r; ++dx) {
            if (z + dz < 0 || z + dz >= h || c + dx < 0 || c + dx >= w) continue;
            for (int i = 0; i < s.c_in; ++i)
              for (int o = 0; o < s.c_out; ++o)
                y[((b * h + z) * w + c) * s.c_out + o] +=
                    x[((b * h + z + dz) * w + c + dx) * s.c_in + i] *
                    weight[(((dz + r) * s.k + dx + r) * s.c_in + i) * s.c_out + o];
          }
  return y;
}

std::vector<ConvolutionShape> shapes() {
  return {{1, 1, 3}, {2, 32, 3}, {4, 32, 3}, {32, 4, 3}, {32, 2, 3}, {32, 32, 1}, {32, 32, 3}, {64, 8, 3}, {72, 64, 3},
          {20, 48, 3}, {5, 7, 3}, {7, 5, 1}, {17, 19, 3}, {4, 4, 1}, {16, 12, 3}};
}

template <class T>
struct Case {
  ConvolutionShape s;
  Tensor<T> x, y, dy, dx;
  DeviceArray<T> weight, bias, d_weight, d_bias;
  Case(ConvolutionShape shape, int n, int h, int w)
      : s(shape), x(n, h, w, s.c_in), y(n, h, w, s.c_out), dy(n, h, w, s.c_out), dx(n, h, w, s.c_in),
        weight("w", s.weight_size()), bias("b", s.c_out), d_weight("dw", s.weight_size()), d_bias("db", s.c_out) {
    fill(x.data, 0), fill(dy.data, 1), fill(weight, 2), fill(bias, 3);
  }
  void run(ConvolutionBackend backend) {
    const Convolution<T> convolution(s, std::make_shared<Workspace<T>>(), backend);
    Kokkos::deep_copy(d_weight, T(1));  // gradients are added to what is there
    Kokkos::deep_copy(d_bias, T(2));
    convolution.forward(x, weight.data(), {}, y);
    convolution.backward_data(dy, weight.data(), {}, dx);
    convolution.backward_weights(x, dy, d_weight.data(), d_bias.data());
  }
};

template <class T>
std::vector<ConvolutionBackend> available() {
  std::vector<ConvolutionBackend> backends;
  for (auto b : {ConvolutionBackend::automatic, ConvolutionBackend::direct, ConvolutionBackend::blas,
                 ConvolutionBackend::onednn})
    if (convolution_backend_available<T>(b)) backends.push_back(b);
  return backends;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Sums have up to 648 terms of unit variance; rounding of each is at most eps, so 20 eps bounds the relative error.
template <class T>
void check_against_definition(double tolerance) {
  for (const auto& s : shapes())
    for (int w : {1, 6, 11}) {
      Case<T> c(s, 2, 5, w);
      const auto x = to_host(c.x.data, c.x.size()), weight = to_host(c.weight, c.weight.extent(0));
      const auto dy = to_host(c.dy.data, c.dy.size());
      const auto y = reference(s, 2, 5, w, x, weight);
      for (auto backend : available<T>()) {
        c.run(backend);
        const std::string where = "backend " + std::to_string(static_cast<int>(backend)) + ", c_in " +
                                  std::to_string(s.c_in) + ", c_out " + std::to_string(s.c_out) + ", k " +
                                  std::to_string(s.k) + ", w " + std::to_string(w);
        EXPECT_LT(relative_difference(to_host(c.y.data, y.size()), y), tolerance) << where;
        // Transposes: <dy, K(w) x> = <K^T dy, x> = <dw, w>, all entries through random weights.
        const double scale = std::sqrt(dot(dy, dy) * dot(y, y));
        EXPECT_NEAR(dot(to_host(c.dx.data, x.size()), x), dot(dy, y), tolerance * scale) << where;
        auto d_weight = to_host(c.d_weight, weight.size());
        for (double& v : d_weight) v -= 1;
        EXPECT_NEAR(dot(d_weight, weight), dot(dy, y), 10 * tolerance * scale) << where;
        const auto d_bias = to_host(c.d_bias, s.c_out);
        for (int o = 0; o < s.c_out; ++o) {
          double sum = 2;
          for (std::size_t p = o; p < dy.size(); p += s.c_out) sum += dy[p];
          EXPECT_NEAR(d_bias[o], sum, 100 * tolerance) << where;
        }
      }
    }
}

}  // namespace

TEST(ConvolutionBackends, compute_the_definition_in_double) { check_against_definition<double>(1e-14); }

TEST(ConvolutionBackends, compute_the_definition_in_single) { check_against_definition<float>(3e-6); }

TEST(ConvolutionBackends, agree_on_gradients_of_every_entry) {
  for (const auto& s : shapes()) {
    Case<float> c(s, 3, 8, 16);
    c.run(ConvolutionBackend::blas);
    const auto dx = to_host(c.dx.data, c.dx.size()), dw = to_host(c.d_weight, c.d_weight.extent(0));
    for (auto backend : available<float>()) {
      c.run(backend);
      EXPECT_LT(relative_difference(to_host(c.dx.data, dx.size()), dx), 1e-5) << s.c_in << " " << s.c_out;
      EXPECT_LT(relative_difference(to_host(c.d_weight, dw.size()), dw), 1e-5) << s.c_in << " " << s.c_out;
    }
  }
}

TEST(ConvolutionBackends, apply_the_epilogue_in_its_order) {
  for (const auto& s : shapes()) {
    const int n = 2, h = 3, w = 9;
    Case<float> c(s, n, h, w);
    Tensor<float> mask(n, h, w, s.c_out), add(n, h, w, s.c_out);
    fill(mask.data, 7), fill(add.data, 8);
    const auto m = to_host(mask.data, mask.size()), a = to_host(add.data, add.size()), b = to_host(c.bias, s.c_out);
    auto expected = reference(s, n, h, w, to_host(c.x.data, c.x.size()), to_host(c.weight, s.weight_size()));
    const std::size_t image = static_cast<std::size_t>(h) * w * s.c_out;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] = std::max(0.0, expected[i] + b[i % s.c_out] + a[i % image]);
      if (m[i] <= 0) expected[i] = 0;
    }
    for (auto backend : available<float>()) {
      const Convolution<float> convolution(s, std::make_shared<Workspace<float>>(), backend);
      convolution.forward(c.x, c.weight.data(), {c.bias.data(), add.data.data(), true, true, mask.data.data()}, c.y);
      EXPECT_LT(relative_difference(to_host(c.y.data, expected.size()), expected), 3e-6) << s.c_in << " " << s.c_out;
    }
  }
}

TEST(ConvolutionBackends, direct_result_of_a_sample_does_not_depend_on_the_batch) {
  if (!convolution_backend_available<float>(ConvolutionBackend::direct)) GTEST_SKIP();
  Case<float> all({6, 32, 3}, 3, 8, 8), one({6, 32, 3}, 1, 8, 8);
  const std::size_t size = all.x.sample_size();
  Kokkos::deep_copy(one.x.data, Kokkos::subview(all.x.data, std::make_pair(size, 2 * size)));
  all.run(ConvolutionBackend::direct), one.run(ConvolutionBackend::direct);
  const auto y_all = to_host(all.y.data, all.y.size()), y_one = to_host(one.y.data, one.y.size());
  for (std::size_t i = 0; i < y_one.size(); ++i) EXPECT_EQ(y_one[i], y_all[one.y.size() + i]);
}

TEST(ConvolutionBackends, unknown_name_is_refused) {
  setenv("BORNFLOW_CONVOLUTION", "fft", 1);
  EXPECT_THROW(convolution_backend_from_environment(), UserError);
  setenv("BORNFLOW_CONVOLUTION", "blas", 1);
  EXPECT_EQ(convolution_backend_from_environment(), ConvolutionBackend::blas);
  unsetenv("BORNFLOW_CONVOLUTION");
  EXPECT_EQ(convolution_backend_from_environment(), ConvolutionBackend::automatic);
}

}  // namespace bornflow
