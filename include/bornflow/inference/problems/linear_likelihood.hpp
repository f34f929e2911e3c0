#pragma once

#include "bornflow/inference/numerics/dense_matrix.hpp"
#include "bornflow/inference/problems/white_noise_likelihood.hpp"

namespace bornflow {

/// A WhiteNoiseLikelihood with a dense A.
class LinearLikelihood final : public WhiteNoiseLikelihood {
public:
  LinearLikelihood(const DenseMatrix& a, double sigma) : WhiteNoiseLikelihood(sigma), a_(a) {}
  int model_size() const override { return a_.columns; }
  int data_size() const override { return a_.rows; }
  const DenseMatrix& matrix() const { return a_; }

private:
  std::vector<double> forward(const double* x) const override { return apply(a_, x); }
  std::vector<double> adjoint(const double* y) const override { return apply_transposed(a_, y); }
  DenseMatrix a_;
};

}  // namespace bornflow
