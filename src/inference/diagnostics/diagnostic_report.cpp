#include "bornflow/inference/diagnostics/diagnostic_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/uniformity_test.hpp"

namespace bornflow {

namespace {

constexpr int fewest_data_sets = 20;
constexpr double beyond_doubt = 2.326;  // one-sided 99 % of a normal distribution

struct Estimate {
  double value = 0, error = 0;
};

Estimate mean_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  for (const double value : values) squares += (value - sum / n) * (value - sum / n);
  return {sum / n, std::sqrt(squares / (n - 1) / n)};
}

// The square root of a mean square.
Estimate root_of(const Estimate& square) {
  const double root = std::sqrt(square.value);
  return {root, root > 0 ? square.error / (2 * root) : 0.0};
}

Estimate quotient(const Estimate& a, const Estimate& b) {
  const double value = a.value / b.value;
  return {value, std::abs(value) * std::hypot(a.error / a.value, b.error / b.value)};
}

/// What a check is called, and what it means when the value is in its range, below it and above it.
struct Wording {
  const char *key, *name, *inside, *below, *above;
};

DiagnosticCheck deviation_check(const Wording& words, const Estimate& estimate, double low, double high) {
  DiagnosticCheck check{CheckKind::deviation, words.key, words.name,       estimate.value, estimate.error,
                        low,                  high,      Verdict::passed, words.inside};
  const double excess = std::max(low - estimate.value, estimate.value - high);
  if (excess <= 0) return check;
  // A NaN or an infinite value is no estimate; it fails.
  check.verdict = excess <= beyond_doubt * estimate.error && std::isfinite(estimate.value) ? Verdict::unclear : Verdict::failed;
  check.meaning = estimate.value < low ? words.below : words.above;
  if (check.verdict == Verdict::unclear) check.meaning += ", or chance: make more test pairs";
  return check;
}

DiagnosticCheck checked_for_nan(DiagnosticCheck check) {
  if (!std::isnan(check.value)) return check;
  check.verdict = Verdict::failed;
  check.meaning = "not a number: the samples or the data are damaged";
  return check;
}

DiagnosticCheck p_value_check(const char* key, const std::string& name, double p, double significance, const char* passed,
                              const char* failed) {
  DiagnosticCheck check;
  check.kind = CheckKind::p_value;
  check.key = key;
  check.name = name;
  check.value = p;
  check.low = significance;
  check.high = 1;
  check.verdict = p >= significance ? Verdict::passed : Verdict::failed;
  check.meaning = check.verdict == Verdict::passed ? passed : failed;
  return check;
}

// The deviation of the level that deviates most.
Estimate worst_coverage(const PosteriorEvidence& evidence) {
  Estimate worst;
  for (std::size_t k = 0; k < evidence.levels.size(); ++k) {
    std::vector<double> deviations;
    for (int i = 0; i < evidence.count(); ++i)
      deviations.push_back(evidence.inside[static_cast<std::size_t>(i) * evidence.levels.size() + k] - evidence.levels[k]);
    const Estimate estimate = mean_of(deviations);
    if (std::abs(estimate.value) > std::abs(worst.value)) worst = estimate;
  }
  return worst;
}

void add_rank_checks(const DiagnosticInputs& inputs, const DiagnosticThresholds& t, DiagnosticReport& report) {
  const PosteriorEvidence& evidence = *inputs.evidence;
  if (inputs.sbc)
    report.checks.push_back(p_value_check(
        "sbc", "SBC, " + std::to_string(inputs.sbc->p_value.size()) + " statistics", inputs.sbc->combined, t.significance,
        "the truth ranks evenly among its samples",
        "the truth does not rank evenly among its samples: see which statistic, and the shape of its ranks"));
  const UniformityTest uniformity(evidence.count(), evidence.n_draws());
  report.checks.push_back(p_value_check(
      "tarp_prior", "TARP, reference from the prior", uniformity(evidence.tarp_prior).combined, t.significance,
      "the truth is as far from any image as samples are", "the posterior as a whole is too narrow, too wide or off"));
  report.checks.push_back(p_value_check(
      "tarp_data", "TARP, reference from the data", uniformity(evidence.tarp_data).combined, t.significance,
      "samples follow the data as the truth does", "samples do not follow the data as the truth does"));
}

void add_pixel_checks(const DiagnosticInputs& inputs, const DiagnosticThresholds& t, DiagnosticReport& report) {
  const PosteriorEvidence& evidence = *inputs.evidence;
  report.checks.push_back(deviation_check(
      {"coverage", "coverage less nominal", "intervals hold the truth as often as they say",
       "intervals hold the truth too rarely: too narrow", "intervals hold the truth too often: too wide"},
      worst_coverage(evidence), -t.coverage, t.coverage));
  report.checks.push_back(deviation_check(
      {"z_mean", "z-score, mean", "errors have no preferred sign", "the mean lies below the truth",
       "the mean lies above the truth"},
      mean_of(evidence.z_mean), -t.bias, t.bias));
  report.checks.push_back(deviation_check(
      {"z_spread", "z-score, spread", "errors are as large as the standard deviation says",
       "errors are smaller than the standard deviation says: too wide",
       "errors are larger than the standard deviation says: too narrow, or off"},
      root_of(mean_of(evidence.z_square)), 1 - t.spread, 1 + t.spread));
  if (inputs.uce) {
    double squared_error = 0, count = 0;
    for (std::size_t b = 0; b < inputs.uce->count.size(); ++b) {
      const auto n = static_cast<double>(inputs.uce->count[b]);
      squared_error += n * inputs.uce->rms_error[b] * inputs.uce->rms_error[b];
      count += n;
    }
    report.checks.push_back(deviation_check(
        {"uce", "UCE over RMS error", "small and large stated errors are both right", "",
         "where the posterior is sure and where it is not are not the right places"},
        {inputs.uce->uce / std::sqrt(squared_error / count), 0}, 0, t.uce));
  }
  report.checks.push_back(deviation_check(
      {"contraction", "contraction of the variance", "the data tell something about the image",
       "the posterior is hardly narrower than the prior: it ignores the data, or they tell nothing", ""},
      mean_of(evidence.contraction), t.contraction, 1));
  report.checks.back().kind = CheckKind::least;
}

void add_latent_checks(const PosteriorEvidence& evidence, const DiagnosticThresholds& t, DiagnosticReport& report) {
  if (evidence.latent_mean.empty()) return;
  const Estimate square = mean_of(evidence.latent_square);
  std::vector<double> kurtosis;
  for (const double fourth : evidence.latent_fourth) kurtosis.push_back(fourth / (square.value * square.value) - 3);
  report.checks.push_back(deviation_check({"latent_mean", "latent of the truth, mean", "centred",
                                           "the truth lies off the middle of the flow", "the truth lies off the middle of the flow"},
                                          mean_of(evidence.latent_mean), -t.bias, t.bias));
  // Most latents of a smooth image describe the jitter that the flow was trained with, and an average of weights has learned
  // that of some epochs ago. Latents of learned pairs with the same jitter have the same spread: their quotient tells of images.
  const Estimate spread =
      evidence.learned_square.empty() ? root_of(square) : root_of(quotient(square, mean_of(evidence.learned_square)));
  report.checks.push_back(deviation_check(
      {"latent_spread", "latent spread, unseen over learned", "unseen images lie in the flow as those it learned from",
       "unseen images lie in the middle of the flow: they are not like those it learned from",
       "unseen images lie in the tails of the flow: overfitted"},
      spread, 1 - t.spread, 1 + t.spread));
  report.checks.push_back(deviation_check({"latent_kurtosis", "latent of the truth, excess kurtosis", "tails like a normal",
                                           "lighter tails than a normal", "heavier tails than a normal: the flow is too stiff"},
                                          mean_of(kurtosis), -t.kurtosis, t.kurtosis));
}

void add_data_checks(const DiagnosticInputs& inputs, const DiagnosticThresholds& t, DiagnosticReport& report) {
  if (inputs.residual_ratios.size() > 1)
    report.checks.push_back(deviation_check(
        {"predictive", "residual of simulated data over noise", "data simulated from samples differ from the data by the noise",
         "samples fit the noise", "samples do not explain the data: refine, or train longer"},
        mean_of(inputs.residual_ratios), 1 - t.spread, 1 + t.spread));
  if (!inputs.novelty_p_values.empty() && inputs.novelty_held_out > 0) {
    // Rank-sum test (Mann & Whitney 1947): mean rank of the test scores among those held out, which all share.
    const double n = static_cast<double>(inputs.novelty_p_values.size()), m = inputs.novelty_held_out;
    const double half = 0.5 * (1 + 1 / (m + 1));  // mean of p = 1/(m+1), ..., 1
    const double deviate = (mean_of(inputs.novelty_p_values).value - half) / std::sqrt((1 / n + 1 / m) / 12);
    report.checks.push_back(p_value_check("novelty", "test summaries against training", normal_p_value(deviate), t.significance,
                                          "test data are like the training data",
                                          "test data are unlike the training data: what is tested is not what was learned"));
  }
}

std::string number(double value) {
  char text[32];
  // A probability far below its threshold is not "0.000".
  std::snprintf(text, sizeof text, value != 0 && std::abs(value) < 5e-4 ? "%.0e" : "%.3f", value);
  return text;
}

}  // namespace

double normal_p_value(double z) { return std::erfc(std::abs(z) / std::sqrt(2.0)); }

std::string verdict_name(Verdict verdict) {
  return verdict == Verdict::passed ? "ok" : verdict == Verdict::unclear ? "unclear" : "FAILED";
}

int DiagnosticReport::failed() const {
  return static_cast<int>(
      std::count_if(checks.begin(), checks.end(), [](const auto& check) { return check.verdict == Verdict::failed; }));
}

const DiagnosticCheck* DiagnosticReport::find(const std::string& key) const {
  const auto found = std::find_if(checks.begin(), checks.end(), [&](const auto& check) { return check.key == key; });
  return found == checks.end() ? nullptr : &*found;
}

std::vector<std::string> DiagnosticReport::table() const {
  std::vector<std::string> lines;
  for (const DiagnosticCheck& check : checks) {
    const std::string value = (check.kind == CheckKind::p_value ? "p = " : "") + number(check.value) +
                              (check.error > 0 ? " +- " + number(check.error) : "");
    const std::string asked = check.kind != CheckKind::deviation ? ">= " + number(check.low)
                              : check.low == 0                   ? "<= " + number(check.high)
                                                                 : number(check.low) + " to " + number(check.high);
    char line[200];
    std::snprintf(line, sizeof line, "  %-38s %-16s  %-15s  %-7s  ", check.name.c_str(), value.c_str(), asked.c_str(),
                  verdict_name(check.verdict).c_str());
    lines.push_back(line + check.meaning);
  }
  return lines;
}

DiagnosticReport make_report(const DiagnosticInputs& inputs, const DiagnosticThresholds& thresholds) {
  BORNFLOW_REQUIRE(inputs.evidence != nullptr, "a report needs evidence");
  const PosteriorEvidence& evidence = *inputs.evidence;
  if (evidence.count() < fewest_data_sets)
    throw UserError("diagnostics: " + std::to_string(evidence.count()) + " data sets show nothing; take at least " +
                    std::to_string(fewest_data_sets) + ", better 200");
  DiagnosticReport report;
  add_rank_checks(inputs, thresholds, report);
  add_pixel_checks(inputs, thresholds, report);
  add_latent_checks(evidence, thresholds, report);
  add_data_checks(inputs, thresholds, report);
  for (DiagnosticCheck& check : report.checks) check = checked_for_nan(check);
  return report;
}

}  // namespace bornflow
