#pragma once

#include <memory>
#include <utility>

#include "bornflow/inference/problems/random_convolution.hpp"
#include "bornflow/inference/problems/white_noise_likelihood.hpp"

namespace bornflow {

/// Compressed sensing with the data brought back to where images live (Siahkoohi et al. 2021, arXiv 2101.03709): a
/// WhiteNoiseLikelihood with A = B^T B of a RandomConvolution B, a projection, so that the score is A (y - x) / sigma^2.
///
/// y is an image, so that a network can take it as it is. One solve is one A.
class SensingLikelihood final : public WhiteNoiseLikelihood {
public:
  SensingLikelihood(std::shared_ptr<const RandomConvolution> convolution, double sigma)
      : WhiteNoiseLikelihood(sigma), convolution_(std::move(convolution)) {}
  int model_size() const override { return convolution_->size(); }
  int data_size() const override { return convolution_->size(); }

private:
  std::vector<double> forward(const double* x) const override { return convolution_->project(x); }
  std::vector<double> adjoint(const double* y) const override { return convolution_->project(y); }
  std::shared_ptr<const RandomConvolution> convolution_;
};

}  // namespace bornflow
