#pragma once

#include <vector>

#include "flows/tensor/tensor.hpp"

/// Small steps that every network needs around its layers: flat latents, the Gaussian loss, conditions shared by a
/// batch.
namespace bornflow {

/// The same numbers as one flat vector for each sample.
template <class T>
Tensor<T> flattened(const Tensor<T>& t);
/// A flat batch seen as images.
template <class T>
Tensor<T> reshaped(const Tensor<T>& t, int h, int w, int c);

/// n copies of a batch of one sample; the batch itself if it has n.
template <class T>
Tensor<T> repeated(const Tensor<T>& y, int n);

/// z becomes weight * z: the gradient of weight * 0.5 |z|^2. An independent tensor.
template <class T>
Tensor<T> scaled_copy(const Tensor<T>& z, double weight);

/// 0.5 |z|^2 - log_det of each sample.
template <class T>
std::vector<double> gaussian_loss(const Tensor<T>& z, const std::vector<double>& log_det);

}  // namespace bornflow
