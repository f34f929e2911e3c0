#pragma once

#include <vector>

/// Measures of how well an image agrees with the truth. Images are arrays of the same size in (z, x) order.
namespace bornflow {

/// Signal-to-noise ratio -20 log10(|estimate - truth| / |truth|) [dB].
double snr(const std::vector<float>& estimate, const std::vector<float>& truth);

/// The factor a that minimises |a estimate - truth|: <estimate, truth> / <estimate, estimate>; 0 for a zero estimate.
double best_scale(const std::vector<float>& estimate, const std::vector<float>& truth);

/// Root mean square of estimate - truth, in the unit of the images.
double rmse(const std::vector<float>& estimate, const std::vector<float>& truth);

/// Structural similarity (Wang et al. 2004), the mean over all pixels of
///   (2 m_a m_b + C1) (2 s_ab + C2) / ((m_a^2 + m_b^2 + C1) (s_a^2 + s_b^2 + C2)),  C1 = (0.01 R)^2, C2 = (0.03 R)^2,
/// with moments under a Gaussian window of sigma 1.5 and 11 x 11 taps, renormalised where it leaves the image. R is the
/// dynamic range of the images, in their unit: state it with the number, another R gives another SSIM.
double ssim(const std::vector<float>& estimate, const std::vector<float>& truth, int nz, int nx, double dynamic_range);

/// Largest minus smallest value, the usual dynamic range for ssim() when taken from the truth.
double value_range(const std::vector<float>& image);

}  // namespace bornflow
