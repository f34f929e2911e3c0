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

}  // namespace bornflow
