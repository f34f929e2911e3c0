#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace bornflow {

/// Compressive sensing by random convolution (Romberg 2009, SIAM J. Imaging Sci. 2(4) 1098-1128): a signal of `size`
/// numbers is convolved, circularly, with a random one whose spectrum has modulus one everywhere, and m of the results are
/// kept at random:
///
///   B x = R S C x,   C = F^-1 P F
///
/// F is the discrete Fourier transform, P random phases under which a real signal stays real, S random signs, R the choice
/// of m rows. C and S are orthogonal, so B B^T = 1, and A = B^T B is a projection, A = A^T = A^2, of rank m: half of a
/// signal is lost when half of the rows are.
///
/// By FFTW's real transforms in double, O(size log size). Transforms share buffers: one thread at a time.
class RandomConvolution {
public:
  /// The phases, signs and rows are functions of (seed, size, kept). 2 <= size, 1 <= kept <= size.
  RandomConvolution(int size, int kept, std::uint64_t seed);
  ~RandomConvolution();
  RandomConvolution(RandomConvolution&&) noexcept;

  int size() const { return size_; }
  int kept() const { return static_cast<int>(rows_.size()); }
  const std::vector<int>& rows() const { return rows_; }     ///< which results are kept, ascending
  const std::vector<double>& signs() const { return signs_; }

  std::vector<double> measure(const double* x) const;           ///< B x: `kept` numbers
  std::vector<double> measure_transposed(const double* y) const;///< B^T y: `size` numbers
  std::vector<double> project(const double* x) const;           ///< A x = B^T B x

private:
  enum class Phases { forward, conjugate };
  std::vector<double> convolved(std::vector<double> x, Phases phases) const;

  struct Transform;   // FFTW's plans and buffers
  int size_;
  std::vector<double> cosines_, sines_, signs_;   // of P, for the frequencies 0 ... size/2
  std::vector<int> rows_;
  std::unique_ptr<Transform> transform_;
};

}  // namespace bornflow
