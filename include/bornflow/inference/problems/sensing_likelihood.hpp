#pragma once

#include <memory>

#include "bornflow/inference/likelihood.hpp"
#include "bornflow/inference/problems/random_convolution.hpp"

namespace bornflow {

/// Compressed sensing with the data brought back to where images live (Siahkoohi et al. 2021, arXiv 2101.03709):
///
///   y = A x + sigma n,   A = B^T B of a RandomConvolution B, a projection; n white, of the size of x
///
///   log p(y|x) = -|A x - y|^2 / (2 sigma^2) - N log(sigma sqrt(2 pi)),   score = A (y - A x) / sigma^2 = A (y - x) / sigma^2
///
/// y is an image, so that a network can take it as it is. One solve is one A.
class SensingLikelihood final : public Likelihood {
public:
  SensingLikelihood(std::shared_ptr<const RandomConvolution> convolution, double sigma)
      : convolution_(std::move(convolution)), sigma_(sigma) {}
  int model_size() const override { return convolution_->size(); }
  int data_size() const override { return convolution_->size(); }
  double sigma() const { return sigma_; }

protected:
  std::vector<double> evaluate(const Batch& x, const Batch& y) const override;
  LogValues differentiate(const Batch& x, const Batch& y) const override;
  Batch draw_data(const Batch& x, std::uint64_t seed, std::uint64_t first) const override;

private:
  /// A x - y, and log p(y|x).
  double misfit(const double* x, const double* y, std::vector<double>& residual) const;
  std::shared_ptr<const RandomConvolution> convolution_;
  double sigma_;
};

}  // namespace bornflow
