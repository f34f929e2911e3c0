#include "bornflow/inference/problems/gaussian_mixture.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

GaussianMixture::GaussianMixture(const std::vector<int>& labels) : labels_(labels), centres_(modes, 2) {
  if (labels.size() != modes)
    throw UserError("[mixture] labels has " + std::to_string(labels.size()) + " numbers; it needs one for each of 8 modes.");
  labels_in_use_ = 1 + *std::max_element(labels.begin(), labels.end());
  for (int label = 0; label < labels_in_use_; ++label)
    if (std::find(labels.begin(), labels.end(), label) == labels.end())
      throw UserError("[mixture] labels: no mode has the label " + std::to_string(label) +
                      "; labels are 0, 1, ... without a gap.");
  if (*std::min_element(labels.begin(), labels.end()) < 0) throw UserError("[mixture] labels must not be negative.");
  const double far = 1 + std::sqrt(2.0);
  const double corner[modes][2] = {{far, 1},   {1, far},   {-1, far}, {-far, 1},
                                   {-far, -1}, {-1, -far}, {1, -far}, {far, -1}};
  for (int m = 0; m < modes; ++m) centres_.row(m)[0] = corner[m][0], centres_.row(m)[1] = corner[m][1];
}

void GaussianMixture::draw(RandomStream& stream, double* x) const {
  const double* c = centre(stream.integer(0, modes - 1));
  for (int axis = 0; axis < 2; ++axis) x[axis] = c[axis] + deviation * stream.normal();
}

void GaussianMixture::simulate(const double* x, double* y) const {
  std::fill_n(y, labels_in_use_, 0.0);
  y[labels_[nearest_mode(x)]] = 1;
}

double GaussianMixture::distance(const double* x, int mode) const {
  return std::hypot(x[0] - centre(mode)[0], x[1] - centre(mode)[1]) / deviation;
}

int GaussianMixture::nearest_mode(const double* x) const {
  int nearest = 0;
  for (int m = 1; m < modes; ++m)
    if (distance(x, m) < distance(x, nearest)) nearest = m;
  return nearest;
}

}  // namespace bornflow
