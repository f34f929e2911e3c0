#pragma once

#include <cstdint>
#include <vector>

namespace bornflow {

/// Amplitudes W of `n_shots` simultaneous shots that fire `n_sources` sources each, [shot][source]: independent
/// W_ij ~ N(0, 1) / sqrt(n_shots), drawn once for a seed (Krebs et al., Geophysics 74 (2009) WCC177; Siahkoohi et al.,
/// Geophysics 88 (2023) R297 with n_shots = n_sources).
///
/// E[W^T W] = 1, so that sums of squared residuals and migrated images over simultaneous shots estimate those over single
/// ones without bias, for any number of shots.
std::vector<std::vector<double>> gaussian_encodings(std::uint64_t seed, int n_shots, int n_sources);

}  // namespace bornflow
