#include "bornflow/inference/problems/random_convolution.hpp"

#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"

namespace bornflow {

namespace {
// Streams of the operator, apart from those of other random matrices.
constexpr std::uint64_t phase_item = (std::uint64_t{1} << 41), sign_item = phase_item + 1, row_item = phase_item + 2;
}  // namespace

struct RandomConvolution::Transform {
  // FFTW_ESTIMATE chooses a plan by rule, not by timing: the same bits in every run.
  explicit Transform(int size)
      : signal(fftw_alloc_real(static_cast<std::size_t>(size))),
        spectrum(fftw_alloc_complex(static_cast<std::size_t>(size / 2 + 1))),
        forward(fftw_plan_dft_r2c_1d(size, signal, spectrum, FFTW_ESTIMATE)),
        backward(fftw_plan_dft_c2r_1d(size, spectrum, signal, FFTW_ESTIMATE)) {}
  ~Transform() {
    fftw_destroy_plan(forward);
    fftw_destroy_plan(backward);
    fftw_free(signal);
    fftw_free(spectrum);
  }
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;

  double* signal;
  fftw_complex* spectrum;
  fftw_plan forward, backward;
};

RandomConvolution::RandomConvolution(int size, int kept, std::uint64_t seed) : size_(size) {
  BORNFLOW_REQUIRE(size >= 2 && kept >= 1 && kept <= size, "a random convolution keeps some of its two or more results");
  constexpr double two_pi = 6.28318530717958647693;
  RandomStream phase(seed, Purpose::encoding, phase_item), sign(seed, Purpose::encoding, sign_item),
      row(seed, Purpose::encoding, row_item);
  for (int k = 0; k <= size / 2; ++k) {
    // The mean, and the highest frequency of an even size, are real: their phase is a sign.
    const bool is_real = k == 0 || 2 * k == size;
    const double angle = is_real ? 0.5 * two_pi * phase.integer(0, 1) : phase.uniform(0, two_pi);
    cosines_.push_back(std::cos(angle));
    sines_.push_back(is_real ? 0.0 : std::sin(angle));
  }
  for (int i = 0; i < size; ++i) signs_.push_back(sign.integer(0, 1) == 0 ? -1 : 1);
  rows_.resize(static_cast<std::size_t>(size));
  std::iota(rows_.begin(), rows_.end(), 0);
  for (int i = 0; i < kept; ++i) std::swap(rows_[i], rows_[row.integer(i, size - 1)]);
  rows_.resize(static_cast<std::size_t>(kept));
  std::sort(rows_.begin(), rows_.end());
  transform_ = std::make_unique<Transform>(size);
}

RandomConvolution::~RandomConvolution() = default;
RandomConvolution::RandomConvolution(RandomConvolution&&) noexcept = default;

std::vector<double> RandomConvolution::convolved(std::vector<double> x, Phases phases) const {
  Transform& t = *transform_;
  std::copy(x.begin(), x.end(), t.signal);
  fftw_execute(t.forward);
  const double direction = phases == Phases::forward ? 1 : -1, scale = 1.0 / size_;   // FFTW does not divide
  for (int k = 0; k <= size_ / 2; ++k) {
    const double re = t.spectrum[k][0], im = t.spectrum[k][1], c = scale * cosines_[k], s = scale * direction * sines_[k];
    t.spectrum[k][0] = c * re - s * im;
    t.spectrum[k][1] = c * im + s * re;
  }
  fftw_execute(t.backward);
  std::copy_n(t.signal, x.size(), x.begin());
  return x;
}

std::vector<double> RandomConvolution::measure(const double* x) const {
  const std::vector<double> all = convolved(std::vector<double>(x, x + size_), Phases::forward);
  std::vector<double> y(rows_.size());
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = signs_[rows_[i]] * all[rows_[i]];
  return y;
}

std::vector<double> RandomConvolution::measure_transposed(const double* y) const {
  std::vector<double> all(static_cast<std::size_t>(size_));
  for (std::size_t i = 0; i < rows_.size(); ++i) all[rows_[i]] = signs_[rows_[i]] * y[i];
  return convolved(std::move(all), Phases::conjugate);
}

std::vector<double> RandomConvolution::project(const double* x) const { return measure_transposed(measure(x).data()); }

}  // namespace bornflow
