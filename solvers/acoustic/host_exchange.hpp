#pragma once

#include <vector>

#include "solvers/acoustic/padded_layout.hpp"

/// Copies between the host arrays of the interface and the arrays of the kernels.
namespace bornflow {

/// `images` [batch][z][y][x] on the host -> rows padded as the layout says, times `scale`, in the kernels' memory.
template <class T>
DeviceArray<T> upload_images(const PaddedLayout& layout, int batch, const T* images, double scale);

/// The reverse of upload_images.
template <class T>
void download_images(const PaddedLayout& layout, int batch, const DeviceArray<T>& padded, double scale, T* images);

/// `traces` [batch][receiver][sample] on the host -> [sample][batch][receiver], as the time loop wants them.
template <class T>
DeviceArray<T> upload_traces(int batch, int n_receivers, int n_samples, const T* traces);

/// The reverse, from the host: [sample][batch][receiver] -> `traces` [batch][receiver][sample].
template <class T>
void transpose_traces(int batch, int n_receivers, int n_samples, const std::vector<T>& by_sample, T* traces);

}  // namespace bornflow
