#pragma once

#include <limits>
#include <string>
#include <vector>

#include "bornflow/inference/diagnostics/posterior_calibration.hpp"
#include "bornflow/inference/diagnostics/posterior_evidence.hpp"
#include "bornflow/inference/diagnostics/simulation_based_calibration.hpp"

/// All checks of a posterior in one report: named, each with its value, what is asked of it, a verdict and one sentence.
///
/// Two kinds. A p-value says how improbable ranks as uneven as these are for an exact posterior; it fails below
/// `significance`. A deviation is the size of a defect; it fails only when it lies outside its range beyond doubt (by more
/// than 2.33 standard errors over the data sets, one-sided 99 %), and is unclear when it lies outside by less.
namespace bornflow {

/// What is tolerated. The sizes are what is visible in an image, not what is measurable: with many data sets every flow
/// differs measurably from the exact posterior.
struct DiagnosticThresholds {
  double significance = 0.01;  ///< of each p-value: an exact posterior fails each once in a hundred runs
  double coverage = 0.05;      ///< deviation of the coverage of any level: 5 points
  double spread = 0.1;         ///< relative deviation of the spread of z-scores and latents from 1, and of the residual of
                               ///< simulated data from the noise: 10 %
  double bias = 0.1;           ///< mean z-score and mean latent, in standard deviations
  double uce = 0.2;            ///< uncertainty calibration error over the RMS error: a fifth
  double contraction = 0.1;    ///< least contraction: data that take less than a tenth off the variance tell nothing
  double kurtosis = 1;         ///< excess kurtosis of the latents: 1 is a t distribution of 10 degrees of freedom
};

enum class CheckKind { p_value, deviation, least };  ///< what the range means: at least, within, at least
enum class Verdict { passed, unclear, failed };
std::string verdict_name(Verdict verdict);  ///< "ok", "unclear", "FAILED"

struct DiagnosticCheck {
  CheckKind kind = CheckKind::deviation;
  std::string key;      ///< for files, "tarp_data"
  std::string name;     ///< for people
  double value = 0;
  double error = 0;     ///< standard error over the data sets; 0 for p-values
  double low = -std::numeric_limits<double>::infinity(), high = -low;  ///< what is asked: low <= value <= high
  Verdict verdict = Verdict::passed;
  std::string meaning;
};

struct DiagnosticReport {
  std::vector<DiagnosticCheck> checks;
  int failed() const;
  const DiagnosticCheck* find(const std::string& key) const;  ///< nullptr when it was not made
  /// One line a check: name, value, range, verdict, meaning.
  std::vector<std::string> table() const;
};

/// What the report is made from. What is empty or null is not checked.
struct DiagnosticInputs {
  const PosteriorEvidence* evidence = nullptr;      ///< gathered; always there
  const CalibrationTest* sbc = nullptr;
  const UncertaintyCalibration* uce = nullptr;
  std::vector<double> residual_ratios;  ///< of each simulated data set: |data - simulated from samples| / |noise|
  std::vector<double> novelty_p_values; ///< of the summaries of the data sets (summary_novelty.hpp)
  int novelty_held_out = 0;             ///< scores that these p-values are ranks among
};

/// UserError for fewer than 20 data sets, which show nothing.
DiagnosticReport make_report(const DiagnosticInputs& inputs, const DiagnosticThresholds& thresholds = {});

/// Two-sided p-value of a standard normal deviate.
double normal_p_value(double z);

}  // namespace bornflow
