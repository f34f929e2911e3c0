#include "solvers/inversion/symmetric_smoother.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

/// The rows of the matrix of one axis, 2 reach + 1 weights each. Point j and its mirror images -1 - j and 2n - 1 - j all
/// send to point i; the sum is written in i - j and i + j, so that exchanging i and j gives the same bits.
std::vector<double> mirrored_rows(int n, int reach, double deviation) {
  std::vector<double> gauss(static_cast<std::size_t>(reach) + 1);
  double sum = 0;
  for (int k = 0; k <= reach; ++k) {
    gauss[static_cast<std::size_t>(k)] = std::exp(-0.5 * (k / deviation) * (k / deviation));
    sum += (k == 0 ? 1 : 2) * gauss[static_cast<std::size_t>(k)];
  }
  const auto weight = [&](int distance) {
    return distance <= reach ? gauss[static_cast<std::size_t>(distance)] / sum : 0.0;
  };
  std::vector<double> rows;
  for (int i = 0; i < n; ++i)
    for (int j = i - reach; j <= i + reach; ++j)
      rows.push_back(j < 0 || j >= n ? 0.0 : weight(std::abs(i - j)) + weight(i + j + 1) + weight(2 * n - 1 - i - j));
  return rows;
}

}  // namespace

SymmetricSmoother::SymmetricSmoother(const Grid& grid, double length) {
  BORNFLOW_REQUIRE(length >= 0, "a smoothing length is not negative");
  const auto nx = static_cast<std::size_t>(grid.nx), ny = static_cast<std::size_t>(grid.ny);
  axes_ = {{grid.nx, 1, 0, {}}, {grid.ny, nx, 0, {}}, {grid.nz, nx * ny, 0, {}}};
  const double spacings[] = {grid.dx, grid.dy, grid.dz};
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    Axis& axis = axes_[a];
    if (length == 0 || axis.n == 1) continue;
    const double deviation = length / spacings[a];
    // A mirror image lies no farther away than one width of the grid.
    axis.reach = std::min(static_cast<int>(std::ceil(3 * deviation)), axis.n - 1);
    axis.weights = mirrored_rows(axis.n, axis.reach, deviation);
  }
}

template <class LineWork>
void SymmetricSmoother::along(const Axis& axis, std::vector<double>& values, const LineWork& work) const {
  if (axis.weights.empty()) return;
  const std::size_t span = axis.stride * static_cast<std::size_t>(axis.n);
  std::vector<double> line(static_cast<std::size_t>(axis.n));
  for (std::size_t begin = 0; begin < values.size(); begin += span)
    for (std::size_t first = begin; first < begin + axis.stride; ++first) {
      for (std::size_t i = 0; i < line.size(); ++i) line[i] = values[first + i * axis.stride];
      for (int i = 0; i < axis.n; ++i)
        values[first + static_cast<std::size_t>(i) * axis.stride] =
            work(i, std::max(0, i - axis.reach), std::min(axis.n - 1, i + axis.reach), line);
    }
}

void SymmetricSmoother::apply(std::vector<double>& values) const {
  for (const Axis& axis : axes_)
    along(axis, values, [&axis](int i, int low, int high, const std::vector<double>& line) {
      const double* row = axis.weights.data() + static_cast<std::size_t>(i) * (2 * axis.reach + 1);
      double sum = 0;
      for (int j = low; j <= high; ++j) sum += row[j - i + axis.reach] * line[static_cast<std::size_t>(j)];
      return sum;
    });
}

std::vector<double> SymmetricSmoother::largest_around(std::vector<double> values) const {
  for (const Axis& axis : axes_)
    along(axis, values, [](int, int low, int high, const std::vector<double>& line) {
      return *std::max_element(line.begin() + low, line.begin() + high + 1);
    });
  return values;
}

}  // namespace bornflow
