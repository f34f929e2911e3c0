#include "flows/layers/householder_mixing.hpp"

#include <algorithm>

namespace bornflow {

namespace {

using Matrix = std::vector<double>;  // row-major, square

Matrix product(const Matrix& a, const Matrix& b, int n) {
  Matrix c(a.size(), 0.0);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      for (int j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

Matrix transpose(const Matrix& a, int n) {
  Matrix t(a.size());
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) t[j * n + i] = a[i * n + j];
  return t;
}

double square(const std::vector<double>& v) {
  double sum = 0;
  for (double x : v) sum += x * x;
  return sum;
}

Matrix reflection(const std::vector<double>& v) {
  const int n = static_cast<int>(v.size());
  const double factor = 2 / square(v);
  Matrix h(v.size() * v.size());
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) h[i * n + j] = (i == j) - factor * v[i] * v[j];
  return h;
}

/// dL/dv = -2/|v|^2 [(G + G^T) v - 2 (v^T G v / |v|^2) v] for G = dL/dH.
std::vector<double> reflection_gradient(const std::vector<double>& v, const Matrix& g) {
  const int n = static_cast<int>(v.size());
  const double length = square(v);
  std::vector<double> gradient(n, 0.0);
  double quadratic = 0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      gradient[i] += (g[i * n + j] + g[j * n + i]) * v[j];
      quadratic += v[i] * g[i * n + j] * v[j];
    }
  for (int i = 0; i < n; ++i) gradient[i] = -2 / length * (gradient[i] - 2 * quadratic / length * v[i]);
  return gradient;
}

}  // namespace

template <class T>
HouseholderMixing<T>::HouseholderMixing(const LayerContext<T>& context, const std::string& name, int channels)
    : context_(context), channels_(channels), convolution_({channels, channels, 1}, context.workspace) {
  for (int r = 0; r < reflections; ++r)
    vectors_[r] = context.parameters->add(name + ".v" + std::to_string(r + 1), channels);
}

template <class T>
void HouseholderMixing<T>::initialise_weights(RandomStream& stream) {
  for (const auto& slice : vectors_) {
    std::vector<double> v(channels_);
    for (double& x : v) x = stream.normal();  // a uniform direction
    context_.parameters->set(slice, v);
  }
}

template <class T>
Matrix HouseholderMixing<T>::matrix() const {
  Matrix m = reflection(context_.parameters->get(vectors_[0]));
  for (int r = 1; r < reflections; ++r) m = product(m, reflection(context_.parameters->get(vectors_[r])), channels_);
  return m;
}

template <class T>
void HouseholderMixing<T>::multiply(Tensor<T>& t, const Matrix& matrix, Direction direction) {
  const Matrix m = direction == Direction::forward ? matrix : transpose(matrix, channels_);
  auto weights = context_.workspace->get(Scratch::mixing_matrix, m.size());
  auto host = Kokkos::create_mirror_view(weights);
  for (std::size_t i = 0; i < m.size(); ++i) host(i) = static_cast<T>(m[i]);
  Kokkos::deep_copy(weights, host);
  // A few samples at a time: in and out stay in cache, and the scratch is small. A large image is one group.
  constexpr int pixels_per_group = 1024;
  const int group = std::max(1, std::min(t.n, pixels_per_group / (t.h * t.w)));
  for (int s = 0; s < t.n; s += group) {
    const Tensor<T> part = samples(t, s, std::min(group, t.n - s));
    auto mixed = context_.workspace->tensor(Scratch::mixed, part.n, t.h, t.w, t.c);
    convolution_.forward(part, weights.data(), {}, mixed);
    Kokkos::deep_copy(part.data, Kokkos::subview(mixed.data, std::make_pair(std::size_t(0), mixed.size())));
  }
}

template <class T>
void HouseholderMixing<T>::forward(Tensor<T>& x, const Condition<T>&, std::vector<double>&) {
  multiply(x, matrix(), Direction::forward);
}

template <class T>
void HouseholderMixing<T>::inverse(Tensor<T>& z, const Condition<T>&) {
  multiply(z, matrix(), Direction::transposed);
}

template <class T>
void HouseholderMixing<T>::backward(Tensor<T>& z, Tensor<T>& dz, Condition<T>&, double) {
  const int n = channels_;
  const Matrix m = matrix();
  multiply(z, m, Direction::transposed);  // now x
  auto d_matrix = context_.workspace->get(Scratch::mixing_gradient, m.size());
  Kokkos::deep_copy(d_matrix, T(0));
  convolution_.backward_weights(z, dz, d_matrix.data(), nullptr);
  multiply(dz, m, Direction::transposed);

  auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), d_matrix);
  const Matrix gradient(host.data(), host.data() + m.size());
  // M = A H_r B: dL/dH_r = A^T (dL/dM) B^T.
  std::array<std::vector<double>, reflections> v;
  std::array<Matrix, reflections> h;
  for (int r = 0; r < reflections; ++r) v[r] = context_.parameters->get(vectors_[r]), h[r] = reflection(v[r]);
  for (int r = 0; r < reflections; ++r) {
    Matrix g = gradient;
    for (int before = 0; before < r; ++before) g = product(h[before], g, n);
    for (int after = reflections - 1; after > r; --after) g = product(g, h[after], n);
    context_.parameters->add_gradient(vectors_[r], reflection_gradient(v[r], g));
  }
}

template <class T>
void HouseholderMixing<T>::inverse_transpose(Tensor<T>& x, Tensor<T>& dx, const Condition<T>&) {
  const Matrix m = matrix();
  multiply(x, m, Direction::forward);
  multiply(dx, m, Direction::forward);  // (dx/dz)^T = (M^T)^T
}

template class HouseholderMixing<float>;
template class HouseholderMixing<double>;

}  // namespace bornflow
