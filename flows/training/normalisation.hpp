#pragma once

#include <cmath>
#include <cstddef>

namespace bornflow {

/// What a flow makes of the strength of a summary (Normalisation::strength). Data are linear in the image, so it tells
/// most of the strength of the image, which a network of local convolutions finds hard to sum up over the whole picture.
enum class StrengthUse {
  ignored,  ///< pairs are normalised by the training set's numbers alone
  divided,  ///< x and summary are divided by it as well
  told,     ///< the same, and its logarithm is the second channel of the condition: what the division took away. Noise
            ///< has one strength for all images, so this is the signal-to-noise ratio, which sets how far to trust y
};

/// The affine map between physical values and the O(1) values a flow is trained on: one mean and one standard deviation
/// for the images x and one pair for the summaries, over all pixels of the training samples. Stored with the flow.
struct Normalisation {
  double x_mean = 0, x_std = 1;              ///< [unit of x]
  double summary_mean = 0, summary_std = 1;  ///< [unit of the summary]
  StrengthUse strength_use = StrengthUse::ignored;
  double log_strength_mean = 0, log_strength_std = 1;  ///< over the training samples; for StrengthUse::told

  float normalise_x(float x) const { return static_cast<float>((x - x_mean) / x_std); }
  float restore_x(float x) const { return static_cast<float>(x * x_std + x_mean); }
  float normalise_summary(float y) const { return static_cast<float>((y - summary_mean) / summary_std); }

  /// What x and summary are divided by: the root mean square of the summary's normalised values below the first
  /// `skipped`; 1 for a summary of zeros, and where strength is ignored.
  float strength(const float* summary, std::size_t size, std::size_t skipped) const {
    if (strength_use == StrengthUse::ignored) return 1.0f;
    double sum = 0;
    for (std::size_t i = skipped; i < size; ++i) sum += static_cast<double>(summary[i]) * summary[i];
    return sum > 0 ? static_cast<float>(std::sqrt(sum / static_cast<double>(size - skipped))) : 1.0f;
  }

  int condition_channels() const { return strength_use == StrengthUse::told ? 2 : 1; }
  /// Writes the condition, channels last, from a summary of `size` values already divided by its strength.
  void write_condition(const float* summary, std::size_t size, float strength, float* condition) const {
    const int channels = condition_channels();
    const auto told = static_cast<float>((std::log(strength) - log_strength_mean) / log_strength_std);
    for (std::size_t i = 0; i < size; ++i) {
      condition[i * channels] = summary[i];
      if (channels == 2) condition[i * channels + 1] = told;
    }
  }

  bool operator==(const Normalisation& o) const {
    return x_mean == o.x_mean && x_std == o.x_std && summary_mean == o.summary_mean && summary_std == o.summary_std &&
           strength_use == o.strength_use && log_strength_mean == o.log_strength_mean &&
           log_strength_std == o.log_strength_std;
  }
};

}  // namespace bornflow
