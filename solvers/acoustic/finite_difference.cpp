#include "solvers/acoustic/finite_difference.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"

namespace bornflow {

std::vector<double> fornberg_weights(int derivative, double x0, const std::vector<double>& nodes) {
  const int n = static_cast<int>(nodes.size());
  BORNFLOW_REQUIRE(derivative >= 0 && n > derivative, "too few nodes for the derivative");
  // c[j][k]: weight of node j in the k-th derivative, built up one node at a time.
  std::vector<std::vector<double>> c(static_cast<std::size_t>(n),
                                     std::vector<double>(static_cast<std::size_t>(derivative) + 1, 0.0));
  c[0][0] = 1.0;
  double product = 1.0;
  for (int i = 1; i < n; ++i) {
    const int highest = std::min(i, derivative);
    const double distance_before = nodes[i - 1] - x0;
    const double distance = nodes[i] - x0;
    double new_product = 1.0;
    for (int j = 0; j < i; ++j) {
      const double gap = nodes[i] - nodes[j];
      new_product *= gap;
      if (j == i - 1) {
        for (int k = highest; k >= 1; --k)
          c[i][k] = product * (k * c[i - 1][k - 1] - distance_before * c[i - 1][k]) / new_product;
        c[i][0] = -product * distance_before * c[i - 1][0] / new_product;
      }
      for (int k = highest; k >= 1; --k) c[j][k] = (distance * c[j][k] - k * c[j][k - 1]) / gap;
      c[j][0] = distance * c[j][0] / gap;
    }
    product = new_product;
  }
  std::vector<double> weights(static_cast<std::size_t>(n));
  for (int j = 0; j < n; ++j) weights[j] = c[j][derivative];
  return weights;
}

namespace {

/// Nodes 0, 1, -1, 2, -2, ...: from the centre outwards they keep the recursion well conditioned.
std::vector<double> centred_nodes(int space_order) {
  require_valid_space_order(space_order);
  std::vector<double> nodes{0.0};
  for (int k = 1; k <= space_order / 2; ++k) {
    nodes.push_back(k);
    nodes.push_back(-k);
  }
  return nodes;
}

}  // namespace

std::vector<double> first_derivative_weights(int space_order) {
  const std::vector<double> all = fornberg_weights(1, 0.0, centred_nodes(space_order));
  std::vector<double> weights{0.0};
  for (int k = 1; k <= space_order / 2; ++k) weights.push_back(0.5 * (all[2 * k - 1] - all[2 * k]));
  return weights;
}

std::vector<double> staggered_derivative_weights(int space_order) {
  require_valid_space_order(space_order);
  std::vector<double> nodes;
  for (int k = 1; k <= space_order / 2; ++k) {
    nodes.push_back(k - 0.5);
    nodes.push_back(0.5 - k);
  }
  const std::vector<double> all = fornberg_weights(1, 0.0, nodes);
  std::vector<double> weights{0.0};
  for (int k = 1; k <= space_order / 2; ++k) weights.push_back(0.5 * (all[2 * k - 2] - all[2 * k - 1]));
  return weights;
}

std::vector<double> second_derivative_weights(int space_order) {
  const int radius = space_order / 2;
  const std::vector<double> all = fornberg_weights(2, 0.0, centred_nodes(space_order));
  std::vector<double> weights{all[0]};
  for (int k = 1; k <= radius; ++k) weights.push_back(0.5 * (all[2 * k - 1] + all[2 * k]));
  return weights;
}

double second_derivative_norm(int space_order) {
  const auto weights = second_derivative_weights(space_order);
  double sum = std::abs(weights[0]);
  for (std::size_t k = 1; k < weights.size(); ++k) sum += 2.0 * std::abs(weights[k]);
  return sum;
}

void require_valid_space_order(int space_order) {
  if (space_order < 2 || space_order > max_space_order || space_order % 2 != 0)
    throw UserError("The space order is " + std::to_string(space_order) +
                    "; it must be an even number from 2 to 16 (8 is a good choice).");
}

}  // namespace bornflow
