#pragma once

#include <vector>

#include "bornflow/inference/batch.hpp"

namespace bornflow {

/// The calibration error of Ardizzone et al. 2019: the truth should lie inside the central interval of confidence c of the
/// posterior in a fraction c of all cases. With a(c) the fraction that is measured, for c = k/101, k = 1 ... 100,
///
///   error = median over c of |a(c) - c|
///
/// Truths are placed by their rank among n samples, (rank + 1/2) / (n + 1), which makes samples of the exact posterior
/// calibrated for every n.
class IntervalCalibration {
public:
  explicit IntervalCalibration(int model_size) : positions_(model_size) {}
  /// One data set: the truth behind it and samples of its posterior.
  void add(const double* truth, const Batch& samples);

  static std::vector<double> levels();          ///< the 100 confidences
  std::vector<double> fractions(int c) const;   ///< of the truths of number c of x, inside the interval of each level
  double error(int c) const;                    ///< of number c of x
  int count() const { return static_cast<int>(positions_.front().size()); }

private:
  std::vector<std::vector<double>> positions_;   // of each number of x, in (0, 1)
};

}  // namespace bornflow
