#pragma once

namespace bornflow {

/// The affine map between physical values and the O(1) values a flow is trained on: one mean and one standard deviation
/// for the images x and one pair for the summaries, over all pixels of the training samples. Stored with the flow.
struct Normalisation {
  double x_mean = 0, x_std = 1;              ///< [unit of x]
  double summary_mean = 0, summary_std = 1;  ///< [unit of the summary]

  float normalise_x(float x) const { return static_cast<float>((x - x_mean) / x_std); }
  float restore_x(float x) const { return static_cast<float>(x * x_std + x_mean); }
  float normalise_summary(float y) const { return static_cast<float>((y - summary_mean) / summary_std); }

  bool operator==(const Normalisation& o) const {
    return x_mean == o.x_mean && x_std == o.x_std && summary_mean == o.summary_mean && summary_std == o.summary_std;
  }
};

}  // namespace bornflow
