#include "bornflow/inference/diagnostics/image_metrics.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

double squared_difference(const std::vector<float>& a, const std::vector<float>& b) {
  BORNFLOW_REQUIRE(a.size() == b.size(), "images differ in size");
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
  return sum;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  BORNFLOW_REQUIRE(a.size() == b.size(), "images differ in size");
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * b[i];
  return sum;
}

}  // namespace

double snr(const std::vector<float>& estimate, const std::vector<float>& truth) {
  return -10.0 * std::log10(squared_difference(estimate, truth) / dot(truth, truth));
}

double best_scale(const std::vector<float>& estimate, const std::vector<float>& truth) {
  const double energy = dot(estimate, estimate);
  return energy > 0 ? dot(estimate, truth) / energy : 0.0;
}

double rmse(const std::vector<float>& estimate, const std::vector<float>& truth) {
  return std::sqrt(squared_difference(estimate, truth) / static_cast<double>(truth.size()));
}

}  // namespace bornflow
