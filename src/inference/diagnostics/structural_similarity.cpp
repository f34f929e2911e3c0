#include <algorithm>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/image_metrics.hpp"
#include "bornflow/inference/numerics/gaussian_kernel.hpp"

namespace bornflow {

namespace {

constexpr int radius = 5;  // 11 taps
constexpr double sigma = 1.5, k1 = 0.01, k2 = 0.03;

// Weighted mean along one axis of `length` points that lie `stride` apart, with the weights inside the image made to sum to 1.
void smooth_line(double* line, int length, int stride, const std::vector<double>& window, std::vector<double>& copy) {
  copy.resize(length);
  for (int i = 0; i < length; ++i) copy[i] = line[static_cast<std::size_t>(i) * stride];
  for (int i = 0; i < length; ++i) {
    double sum = 0, weight = 0;
    for (int k = std::max(0, i - radius); k <= std::min(length - 1, i + radius); ++k) {
      sum += window[k - i + radius] * copy[k];
      weight += window[k - i + radius];
    }
    line[static_cast<std::size_t>(i) * stride] = sum / weight;
  }
}

// The window is separable and so is its renormalisation at the borders.
std::vector<double> local_mean(std::vector<double> image, int nz, int nx) {
  const auto window = gaussian_kernel(sigma, radius);
  std::vector<double> copy;
  for (int iz = 0; iz < nz; ++iz) smooth_line(&image[static_cast<std::size_t>(iz) * nx], nx, 1, window, copy);
  for (int ix = 0; ix < nx; ++ix) smooth_line(&image[ix], nz, nx, window, copy);
  return image;
}

std::vector<double> product(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = double(a[i]) * b[i];
  return result;
}

}  // namespace

double ssim(const std::vector<float>& a, const std::vector<float>& b, int nz, int nx, double dynamic_range) {
  const auto size = static_cast<std::size_t>(nz) * nx;
  BORNFLOW_REQUIRE(a.size() == size && b.size() == size && size > 0, "images differ in size");
  BORNFLOW_REQUIRE(dynamic_range > 0, "the dynamic range of SSIM must be positive");
  const double c1 = k1 * dynamic_range * k1 * dynamic_range, c2 = k2 * dynamic_range * k2 * dynamic_range;
  const auto mean_a = local_mean({a.begin(), a.end()}, nz, nx), mean_b = local_mean({b.begin(), b.end()}, nz, nx);
  const auto square_a = local_mean(product(a, a), nz, nx), square_b = local_mean(product(b, b), nz, nx);
  const auto cross = local_mean(product(a, b), nz, nx);
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double ma = mean_a[i], mb = mean_b[i];
    const double variances = square_a[i] - ma * ma + square_b[i] - mb * mb, covariance = cross[i] - ma * mb;
    sum += (2 * ma * mb + c1) * (2 * covariance + c2) / ((ma * ma + mb * mb + c1) * (variances + c2));
  }
  return sum / static_cast<double>(size);
}

double value_range(const std::vector<float>& image) {
  BORNFLOW_REQUIRE(!image.empty(), "the range of an empty image");
  const auto [low, high] = std::minmax_element(image.begin(), image.end());
  return double(*high) - *low;
}

}  // namespace bornflow
