#include "bornflow/inference/numerics/quadrature.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

double coordinate(const PlaneBox& box, int axis, int i, int points) {
  return box.low[axis] + (box.high[axis] - box.low[axis]) * i / (points - 1);
}

// Log values on the lattice of the box, x1 fastest.
std::vector<double> log_values_on(const LogDensity& density, const PlaneBox& box, int points) {
  BORNFLOW_REQUIRE(density.size() == 2, "quadrature over the plane is for two numbers");
  std::vector<double> values;
  Batch line(points, 2);
  for (int j = 0; j < points; ++j) {
    for (int i = 0; i < points; ++i) {
      line.row(i)[0] = coordinate(box, 0, i, points);
      line.row(i)[1] = coordinate(box, 1, j, points);
    }
    const std::vector<double> part = density.log_values(line);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

// The box of all points above e^-40 of the largest value, one point wider.
PlaneBox support_of(const std::vector<double>& values, const PlaneBox& box, int points) {
  const double threshold = *std::max_element(values.begin(), values.end()) - 40;
  std::array<int, 2> first{points, points}, last{-1, -1};
  for (int j = 0; j < points; ++j)
    for (int i = 0; i < points; ++i)
      if (values[static_cast<std::size_t>(j) * points + i] > threshold) {
        first = {std::min(first[0], i), std::min(first[1], j)};
        last = {std::max(last[0], i), std::max(last[1], j)};
      }
  PlaneBox support;
  for (int axis = 0; axis < 2; ++axis) {
    if (first[axis] < 1 || last[axis] > points - 2)
      throw UserError("quadrature: the density is not small at the edge of the box that it is integrated over");
    support.low[axis] = coordinate(box, axis, first[axis] - 1, points);
    support.high[axis] = coordinate(box, axis, last[axis] + 1, points);
  }
  return support;
}

}  // namespace

PlaneMoments integrate_plane(const LogDensity& density, const PlaneBox& box, int points) {
  PlaneMoments result;
  result.support = support_of(log_values_on(density, box, points), box, points);
  const std::vector<double> values = log_values_on(density, result.support, points);
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  std::array<double, 2> first{};
  std::array<double, 3> second{};
  for (int j = 0; j < points; ++j)
    for (int i = 0; i < points; ++i) {
      const double weight = std::exp(values[static_cast<std::size_t>(j) * points + i] - largest);
      const double x1 = coordinate(result.support, 0, i, points), x2 = coordinate(result.support, 1, j, points);
      sum += weight;
      first[0] += weight * x1, first[1] += weight * x2;
      second[0] += weight * x1 * x1, second[1] += weight * x2 * x2, second[2] += weight * x1 * x2;
    }
  double area = 1;
  for (int axis = 0; axis < 2; ++axis) {
    area *= (result.support.high[axis] - result.support.low[axis]) / (points - 1);
    result.mean[axis] = first[axis] / sum;
    result.standard_deviation[axis] = std::sqrt(second[axis] / sum - result.mean[axis] * result.mean[axis]);
  }
  result.covariance = second[2] / sum - result.mean[0] * result.mean[1];
  result.log_normaliser = largest + std::log(sum * area);
  return result;
}

std::vector<double> density_on_lattice(const LogDensity& density, const PlaneBox& box, int points, double log_normaliser) {
  std::vector<double> values = log_values_on(density, box, points);
  for (double& value : values) value = std::exp(value - log_normaliser);
  return values;
}

}  // namespace bornflow
