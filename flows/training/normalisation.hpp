#pragma once

#include <cmath>
#include <cstddef>

namespace bornflow {

/// The affine map between physical values and the O(1) values a flow is trained on: one mean and one standard deviation
/// for the images x and one pair for the summaries, over all pixels of the training samples. Stored with the flow.
struct Normalisation {
  double x_mean = 0, x_std = 1;              ///< [unit of x]
  double summary_mean = 0, summary_std = 1;  ///< [unit of the summary]
  bool by_strength = false;                  ///< each pair is divided by the strength of its summary as well

  float normalise_x(float x) const { return static_cast<float>((x - x_mean) / x_std); }
  float restore_x(float x) const { return static_cast<float>(x * x_std + x_mean); }
  float normalise_summary(float y) const { return static_cast<float>((y - summary_mean) / summary_std); }

  /// Strength of one summary: root mean square of its normalised values below the first `skipped`. With by_strength the flow works
  /// on x and summary divided by it. Data are linear in the image, so the strength of the summary tells most of the strength of the
  /// image, which a network of local convolutions finds hard to sum up over the whole picture. 1 for a summary of
  /// zeros, and without by_strength.
  float strength(const float* summary, std::size_t size, std::size_t skipped) const {
    if (!by_strength) return 1.0f;
    double sum = 0;
    for (std::size_t i = skipped; i < size; ++i) sum += static_cast<double>(summary[i]) * summary[i];
    return sum > 0 ? static_cast<float>(std::sqrt(sum / static_cast<double>(size - skipped))) : 1.0f;
  }

  bool operator==(const Normalisation& o) const {
    return x_mean == o.x_mean && x_std == o.x_std && summary_mean == o.summary_mean && summary_std == o.summary_std &&
           by_strength == o.by_strength;
  }
};

}  // namespace bornflow
