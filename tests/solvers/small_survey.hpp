#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "bornflow/base/random.hpp"
#include "solvers/acoustic/born_operator.hpp"

/// A small problem with everything that can break a transpose: layered velocity, sources and receivers off the grid and
/// close to the edges, receivers that share cells.
namespace bornflow::test {

struct SmallSurvey {
  Grid grid;
  PropagatorOptions options;
  Acquisition acquisition;
  std::vector<float> velocity;
  Subdomain subdomain() const { return Subdomain::whole(grid); }
};

inline SmallSurvey small_survey(int nx = 48, int nz = 40, int n_samples = 60, double sample_interval = 0.002) {
  SmallSurvey s;
  s.grid.nx = nx, s.grid.nz = nz;
  s.grid.dx = 10, s.grid.dz = 9;
  s.options.layer_width = 10;
  for (int iz = 0; iz < nz; ++iz)
    for (int ix = 0; ix < nx; ++ix)
      s.velocity.push_back(static_cast<float>(1500 + 800.0 * iz / nz + 150 * std::sin(0.3 * ix)));
  const double width = (nx - 1) * s.grid.dx, depth = (nz - 1) * s.grid.dz;
  s.acquisition.sources = {{0.31 * width, 0, 13.7}, {0.5 * width, 0, 3 * s.grid.dz}, {width, 0, depth}};
  s.acquisition.receivers = equispaced_line(7, 0.0, width, 4.2);
  s.acquisition.receivers.push_back({0.4 * width, 0, 0.55 * depth});
  s.acquisition.receivers.push_back({0.4 * width + 3, 0, 0.55 * depth + 1});
  s.acquisition.peak_frequency = 25;
  s.acquisition.sample_interval = sample_interval;
  s.acquisition.n_samples = n_samples;
  return s;
}

template <class T>
std::vector<T> random_values(std::size_t size, std::uint64_t item) {
  RandomStream stream(77, Purpose::test, item);
  std::vector<T> values(size);
  for (T& value : values) value = static_cast<T>(stream.normal());
  return values;
}

template <class T>
double dot(const std::vector<T>& a, const std::vector<T>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

template <class T>
double norm(const std::vector<T>& a) {
  return std::sqrt(dot(a, a));
}

/// |a - b| / |b|.
template <class T>
double relative_difference(const std::vector<T>& a, const std::vector<T>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
  return std::sqrt(sum) / norm(b);
}

/// Dot products of an operator of hundreds of steps agree to about sqrt(steps) eps in the scale |J x| |y|. The bounds
/// leave a factor of ten to a hundred over what is measured.
template <class T>
double dot_test_bound() {
  return sizeof(T) == 8 ? 1e-12 : 1e-5;
}

}  // namespace bornflow::test
