#include "bornflow/inference/problems/random_convolution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "bornflow/inference/problems/linear_likelihood.hpp"
#include "bornflow/inference/problems/sensing_likelihood.hpp"

// The operator against what defines it, and the likelihood against that of the same matrix, dense.
namespace bornflow {

namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Columns of x -> function(x).
template <class Function>
DenseMatrix dense(int rows, int columns, const Function& function) {
  DenseMatrix a(rows, columns);
  for (int j = 0; j < columns; ++j) {
    std::vector<double> unit(columns);
    unit[j] = 1;
    const std::vector<double> column = function(unit.data());
    for (int i = 0; i < rows; ++i) a(i, j) = column[i];
  }
  return a;
}

}  // namespace

TEST(RandomConvolutionTest, passes_the_dot_product_test) {
  for (const int size : {2, 15, 256, 1000}) {
    const int kept = (size + 1) / 2;
    const RandomConvolution b(size, kept, 3);
    const std::vector<double> x = normal_batch(1, size, 1, Purpose::test).values;
    const std::vector<double> y = normal_batch(1, kept, 2, Purpose::test).values;
    const std::vector<double> bx = b.measure(x.data()), bty = b.measure_transposed(y.data());
    EXPECT_NEAR(dot(bx, y), dot(x, bty), 1e-12 * std::sqrt(dot(x, x) * dot(y, y))) << size;
  }
}

// All rows kept and signs taken off, it is a circular convolution: every column is the first one, shifted; and the
// spectrum of that one, by the definition of the Fourier transform, has modulus one.
TEST(RandomConvolutionTest, is_a_convolution_with_a_spectrum_of_modulus_one) {
  for (const int size : {9, 16}) {
    const RandomConvolution all(size, size, 5);
    DenseMatrix c = dense(size, size, [&](const double* x) { return all.measure(x); });
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j) c(i, j) *= all.signs()[i];
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j) EXPECT_NEAR(c(i, j), c((i - j + size) % size, 0), 1e-14);
    for (int k = 0; k < size; ++k) {
      std::complex<double> sum = 0;
      for (int i = 0; i < size; ++i) sum += c(i, 0) * std::polar(1.0, -2 * std::acos(-1.0) * i * k / size);
      EXPECT_NEAR(std::abs(sum), 1, 1e-13);
    }
  }
}

TEST(RandomConvolutionTest, rows_are_orthonormal_and_a_part_of_all) {
  const RandomConvolution some(30, 12, 7), all(30, 30, 7);
  for (int i = 0; i < 12; ++i) {
    std::vector<double> unit(12);
    unit[i] = 1;
    const std::vector<double> back = some.measure(some.measure_transposed(unit.data()).data());
    for (int j = 0; j < 12; ++j) EXPECT_NEAR(back[j], unit[j], 1e-14);
  }
  const std::vector<double> x = normal_batch(1, 30, 1, Purpose::test).values;
  const std::vector<double> part = some.measure(x.data()), whole = all.measure(x.data());
  for (int i = 0; i < 12; ++i) EXPECT_EQ(part[i], whole[some.rows()[i]]);
  for (int i = 1; i < 12; ++i) EXPECT_LT(some.rows()[i - 1], some.rows()[i]);
}

TEST(SensingLikelihoodTest, is_the_likelihood_of_its_dense_matrix) {
  const auto b = std::make_shared<RandomConvolution>(20, 9, 2);
  SensingLikelihood sensing(b, 0.3);
  LinearLikelihood linear(dense(20, 20, [&](const double* x) { return b->project(x); }), 0.3);
  const Batch x = normal_batch(4, 20, 1, Purpose::test, 0), y = normal_batch(4, 20, 1, Purpose::test, 100);
  const LogValues found = sensing.with_gradients(x, y), expected = linear.with_gradients(x, y);
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(found.values[i], expected.values[i], 1e-12 * std::abs(expected.values[i]));
  for (std::size_t i = 0; i < found.gradients.values.size(); ++i)
    EXPECT_NEAR(found.gradients.values[i], expected.gradients.values[i], 1e-11);
  const Batch data = sensing.simulate(x, 4, 7), same = linear.simulate(x, 4, 7);
  for (std::size_t i = 0; i < data.values.size(); ++i) EXPECT_NEAR(data.values[i], same.values[i], 1e-13);
  EXPECT_EQ(sensing.ledger().forward, 8);
  EXPECT_EQ(sensing.ledger().adjoint, 4);
}

}  // namespace bornflow
