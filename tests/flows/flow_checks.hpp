#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "bornflow/base/random.hpp"
#include "flows/tensor/tensor.hpp"

/// Shared by the tests of layers and networks: random tensors, host copies, dense Jacobians, log-determinants.
namespace bornflow::test {

using Vector = std::vector<double>;

template <class T>
Tensor<T> random_tensor(int n, int h, int w, int c, int item, double scale = 1.0) {
  Tensor<T> t(n, h, w, c);
  RandomStream stream(5, Purpose::test, item);
  HostArray<T> host("host", t.size());
  for (std::size_t i = 0; i < t.size(); ++i) host(i) = static_cast<T>(scale * stream.normal());
  Kokkos::deep_copy(t.data, host);
  return t;
}

template <class T>
Vector to_host(const DeviceArray<T>& data) {
  HostArray<T> host("host", data.extent(0));
  Kokkos::deep_copy(host, data);
  return Vector(host.data(), host.data() + data.extent(0));
}

template <class T>
void from_host(const Vector& values, const DeviceArray<T>& data) {
  HostArray<T> host("host", data.extent(0));
  for (std::size_t i = 0; i < values.size(); ++i) host(i) = static_cast<T>(values[i]);
  Kokkos::deep_copy(data, host);
}

inline double norm(const Vector& v) {
  double sum = 0;
  for (double x : v) sum += x * x;
  return std::sqrt(sum);
}

inline double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double relative_difference(const Vector& a, const Vector& b) {
  Vector d(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) d[i] = a[i] - b[i];
  return norm(d) / norm(b);
}

inline Vector random_vector(std::size_t size, int item) {
  RandomStream stream(6, Purpose::test, item);
  Vector v(size);
  for (double& x : v) x = stream.normal();
  return v;
}

inline Vector moved(const Vector& from, const Vector& direction, double step) {
  Vector to = from;
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += step * direction[i];
  return to;
}

/// Central difference of f along a direction. The step is short, so that it crosses few kinks of the ReLUs (about one
/// path in a thousand); h^2 truncation (1e-11) and eps / h rounding (1e-10 relative) stay far below the tests' bounds.
inline double directional_derivative(const std::function<double(const Vector&)>& f, const Vector& at,
                                     const Vector& direction) {
  const double h = 3e-6;
  return (f(moved(at, direction, h)) - f(moved(at, direction, -h))) / (2 * h);
}

/// Column j is the fourth-order difference along coordinate j; row-major [output][input].
inline std::vector<Vector> dense_jacobian(const std::function<Vector(const Vector&)>& f, const Vector& at) {
  const double h = 1e-3;
  std::vector<Vector> jacobian;
  for (std::size_t j = 0; j < at.size(); ++j) {
    Vector unit(at.size(), 0.0);
    unit[j] = 1;
    const Vector p1 = f(moved(at, unit, h)), m1 = f(moved(at, unit, -h));
    const Vector p2 = f(moved(at, unit, 2 * h)), m2 = f(moved(at, unit, -2 * h));
    if (jacobian.empty()) jacobian.assign(p1.size(), Vector(at.size()));
    for (std::size_t i = 0; i < p1.size(); ++i)
      jacobian[i][j] = (8 * (p1[i] - m1[i]) - (p2[i] - m2[i])) / (12 * h);
  }
  return jacobian;
}

/// log |det| by elimination with row exchanges.
inline double log_abs_determinant(std::vector<Vector> a) {
  const std::size_t n = a.size();
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    std::swap(a[k], a[pivot]);
    sum += std::log(std::abs(a[k][k]));
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  return sum;
}

}  // namespace bornflow::test
