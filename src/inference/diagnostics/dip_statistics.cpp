#include "bornflow/inference/diagnostics/dip_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/numerics/gaussian_kernel.hpp"

namespace bornflow {

namespace {

constexpr double image_smoothing = 1, tensor_smoothing = 3;  // [points]

using Image = std::vector<double>;

// Along one axis: `lines` lines of `length` points, `stride` apart, whose first points are `next` apart. The image goes on
// beyond its edges as it ends.
void smooth_lines(Image& image, int lines, int length, int next, int stride, const std::vector<double>& kernel) {
  const int radius = static_cast<int>(kernel.size()) / 2;
  Image line(length);
  for (int l = 0; l < lines; ++l) {
    double* first = image.data() + static_cast<std::ptrdiff_t>(l) * next;
    for (int i = 0; i < length; ++i) line[i] = first[static_cast<std::ptrdiff_t>(i) * stride];
    for (int i = 0; i < length; ++i) {
      double sum = 0;
      for (int k = -radius; k <= radius; ++k) sum += kernel[k + radius] * line[std::clamp(i + k, 0, length - 1)];
      first[static_cast<std::ptrdiff_t>(i) * stride] = sum;
    }
  }
}

void smooth(Image& image, int nz, int nx, double sigma) {
  const auto kernel = gaussian_kernel(sigma, static_cast<int>(std::ceil(3 * sigma)));
  smooth_lines(image, nz, nx, nx, 1, kernel);
  smooth_lines(image, nx, nz, 1, nx, kernel);
}

}  // namespace

DipStatistics dip_statistics(const float* image, int nz, int nx) {
  BORNFLOW_REQUIRE(nz >= 2 && nx >= 2, "dips need two points along each axis");
  Image values(image, image + static_cast<std::size_t>(nz) * nx);
  smooth(values, nz, nx, image_smoothing);

  // Both components of the gradient at the middle of each cell of four points.
  const int rows = nz - 1, columns = nx - 1;
  const auto size = static_cast<std::size_t>(rows) * columns;
  Image xx(size), zz(size), xz(size);
  for (int iz = 0; iz < rows; ++iz)
    for (int ix = 0; ix < columns; ++ix) {
      const double* a = &values[static_cast<std::size_t>(iz) * nx + ix];
      const double gx = 0.5 * (a[1] - a[0] + a[nx + 1] - a[nx]), gz = 0.5 * (a[nx] - a[0] + a[nx + 1] - a[1]);
      const std::size_t i = static_cast<std::size_t>(iz) * columns + ix;
      xx[i] = gx * gx, zz[i] = gz * gz, xz[i] = gx * gz;
    }
  for (Image* component : {&xx, &zz, &xz}) smooth(*component, rows, columns, tensor_smoothing);

  double strength = 0, upright = 0, net = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double difference = zz[i] - xx[i], w = std::hypot(difference, 2 * xz[i]);
    strength += w;
    upright += 0.5 * (w - difference);  // w sin^2 theta
    net += 2 * xz[i];                   // w sin 2 theta
  }
  if (strength == 0) return {};
  return {upright / strength, net / strength};
}

}  // namespace bornflow
