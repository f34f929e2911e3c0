#include "flows/layers/squeeze.hpp"

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

using Range = Kokkos::RangePolicy<ExecutionSpace>;

/// The 4 x 4 Haar matrix is symmetric and its own inverse.
template <class T>
KOKKOS_INLINE_FUNCTION void haar_transform(T v[4]) {
  const T a = v[0], b = v[1], c = v[2], d = v[3], half = T(0.5);
  v[0] = half * ((a + b) + (c + d));
  v[1] = half * ((a - b) + (c - d));
  v[2] = half * ((a + b) - (c + d));
  v[3] = half * ((a - b) - (c - d));
}

}  // namespace

Squeeze squeeze_from_name(const std::string& name) {
  if (name == "haar") return Squeeze::haar;
  if (name == "checkerboard") return Squeeze::checkerboard;
  throw UserError("flow.squeeze is '" + name + "'; it must be haar or checkerboard");
}

template <class T>
Tensor<T> squeeze(const Tensor<T>& x, Squeeze kind) {
  BORNFLOW_REQUIRE(x.h % 2 == 0 && x.w % 2 == 0, "only an image of even size can be squeezed");
  Tensor<T> z(x.n, x.h / 2, x.w / 2, 4 * x.c, "bornflow::squeeze");
  const int c = x.c, w = z.w, row = x.w * x.c;
  const bool haar = kind == Squeeze::haar;
  const T* from = x.data.data();
  T* to = z.data.data();
  Kokkos::parallel_for("bornflow::squeeze", Range(0, z.pixels()), KOKKOS_LAMBDA(const int p) {
    const T* corner = from + static_cast<std::size_t>(p / w) * 2 * row + static_cast<std::size_t>(p % w) * 2 * c;
    T* out = to + static_cast<std::size_t>(p) * 4 * c;
    for (int j = 0; j < c; ++j) {
      T v[4] = {corner[j], corner[c + j], corner[row + j], corner[row + c + j]};
      if (haar) haar_transform(v);
      for (int q = 0; q < 4; ++q) out[q * c + j] = v[q];
    }
  });
  return z;
}

template <class T>
Tensor<T> unsqueeze(const Tensor<T>& z, Squeeze kind) {
  BORNFLOW_REQUIRE(z.c % 4 == 0, "only a multiple of four channels can be unsqueezed");
  Tensor<T> x(z.n, 2 * z.h, 2 * z.w, z.c / 4, "bornflow::unsqueeze");
  const int c = x.c, w = z.w, row = x.w * x.c;
  const bool haar = kind == Squeeze::haar;
  const T* from = z.data.data();
  T* to = x.data.data();
  Kokkos::parallel_for("bornflow::unsqueeze", Range(0, z.pixels()), KOKKOS_LAMBDA(const int p) {
    T* corner = to + static_cast<std::size_t>(p / w) * 2 * row + static_cast<std::size_t>(p % w) * 2 * c;
    const T* in = from + static_cast<std::size_t>(p) * 4 * c;
    for (int j = 0; j < c; ++j) {
      T v[4] = {in[j], in[c + j], in[2 * c + j], in[3 * c + j]};
      if (haar) haar_transform(v);
      corner[j] = v[0], corner[c + j] = v[1], corner[row + j] = v[2], corner[row + c + j] = v[3];
    }
  });
  return x;
}

template Tensor<float> squeeze(const Tensor<float>&, Squeeze);
template Tensor<double> squeeze(const Tensor<double>&, Squeeze);
template Tensor<float> unsqueeze(const Tensor<float>&, Squeeze);
template Tensor<double> unsqueeze(const Tensor<double>&, Squeeze);

}  // namespace bornflow
