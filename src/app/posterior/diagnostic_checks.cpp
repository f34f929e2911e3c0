#include "src/app/posterior/diagnostic_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/diagnostics/posterior_statistics.hpp"
#include "bornflow/inference/diagnostics/uniformity_test.hpp"
#include "src/app/products.hpp"

namespace bornflow {

namespace {

constexpr std::int64_t most_reference_pairs = 1000;  // a variance is then known to 4 %
constexpr double band_level = 0.95;

void write_numbers(Hdf5File& file, const std::string& name, const std::vector<double>& values) {
  if (!values.empty()) file.write(name, {static_cast<std::int64_t>(values.size())}, values.data());
}

void write_band(Hdf5File& file, int n_runs, int n_draws) {
  const EcdfBand band = UniformityTest(n_runs, n_draws).band(band_level);
  file.write("/ecdf_band/points", {static_cast<std::int64_t>(band.points.size())}, band.points.data());
  write_numbers(file, "/ecdf_band/low", band.low);
  write_numbers(file, "/ecdf_band/high", band.high);
  file.write_attribute("/ecdf_band", "level", band_level);
  file.write_attribute("/ecdf_band", "n_draws", n_draws);
}

}  // namespace

TrainingReference read_training_reference(const RunContext& run, const std::string& pairs_path) {
  const int nz = run.config.grid.nz, nx = run.config.grid.nx;
  const std::size_t size = static_cast<std::size_t>(nz) * nx;
  const std::int64_t n = std::min<std::int64_t>(run.config.pairs.train, most_reference_pairs);
  std::vector<float> images(static_cast<std::size_t>(n) * size), summaries(images.size());
  const Hdf5File file = Hdf5File::open(pairs_path);
  file.read_rows("/x", 0, n, images.data());
  file.read_rows("/summary", 0, n, summaries.data());
  RunningMoments moments(size);
  for (std::int64_t i = 0; i < n; ++i) moments.add(images.data() + static_cast<std::size_t>(i) * size);
  TrainingReference reference;
  for (const float deviation : moments.standard_deviation()) reference.prior_variance.push_back(deviation * deviation);
  double of_images = 0, of_summaries = 0;
  for (const float value : images) of_images += double(value) * value;
  for (const float value : summaries) of_summaries += double(value) * value;
  reference.summary_scale = std::sqrt(of_images / of_summaries);
  reference.novelty = fit_summary_novelty(summaries.data(), n, nz, nx);
  return reference;
}

DiagnosticThresholds diagnostic_thresholds(const RunConfig& config) {
  const DiagnoseSection& section = config.diagnose;
  DiagnosticThresholds thresholds;
  thresholds.significance = section.significance;
  thresholds.coverage = section.coverage_tolerance;
  thresholds.spread = section.spread_tolerance;
  thresholds.bias = section.bias_tolerance;
  thresholds.uce = section.uce_tolerance;
  thresholds.contraction = section.least_contraction;
  thresholds.kurtosis = section.kurtosis_tolerance;
  return thresholds;
}

void report_checks(const RunContext& run, const DiagnosticReport& report) {
  run.log.line("checks of the posterior (docs/diagnostics.md tells what to do about each):");
  char header[128];
  std::snprintf(header, sizeof header, "  %-38s %-16s  %-15s  %-7s  %s", "check", "value +- error", "asked", "verdict",
                "meaning");
  run.log.line(header);
  for (const std::string& line : report.table()) run.log.line(line);
  const int failed = report.failed();
  if (failed > 0)
    run.log.warn(std::to_string(failed) + " of " + std::to_string(report.checks.size()) + " checks of the posterior failed");
}

void write_checks(Hdf5File& file, const Diagnostics& results, const DiagnosticReport& report) {
  const PosteriorEvidence& evidence = results.evidence;
  const std::int64_t n = evidence.count();
  write_band(file, evidence.count(), evidence.n_draws());
  file.write("/tarp/ranks_prior", {n}, evidence.tarp_prior.data());
  file.write("/tarp/ranks_data", {n}, evidence.tarp_data.data());
  file.write("/coverage/by_data_set", {n, static_cast<std::int64_t>(evidence.levels.size())}, evidence.inside.data());
  write_numbers(file, "/z_score/mean", evidence.z_mean);
  write_numbers(file, "/z_score/mean_square", evidence.z_square);
  write_numbers(file, "/z_score/contraction", evidence.contraction);
  const auto shown = static_cast<std::int64_t>(evidence.some_z.size());
  file.write("/z_score/some_z", {shown}, evidence.some_z.data());
  file.write("/z_score/some_contraction", {shown}, evidence.some_contraction.data());
  write_numbers(file, "/latent/mean", evidence.latent_mean);
  write_numbers(file, "/latent/mean_square", evidence.latent_square);
  write_numbers(file, "/latent/mean_fourth", evidence.latent_fourth);
  write_numbers(file, "/latent/learned_mean_square", evidence.learned_square);
  write_numbers(file, "/predictive/residual_ratio", results.residual_ratios);
  write_numbers(file, "/novelty/p_value", results.novelty);
  std::string keys;
  for (const DiagnosticCheck& check : report.checks) {
    const std::string name = "/checks/" + check.key;
    file.write(name, {1}, &check.value);
    file.write_attribute(name, "name", check.name);
    file.write_attribute(name, "standard_error", check.error);
    file.write_attribute(name, "low", check.low);
    file.write_attribute(name, "high", check.high);
    file.write_attribute(name, "verdict", verdict_name(check.verdict));
    file.write_attribute(name, "meaning", check.meaning);
    keys += (keys.empty() ? "" : ",") + check.key;
  }
  file.write_attribute("/checks", "keys", keys);
  file.write_attribute("/checks", "failed", report.failed());
}

void enforce_checks(const RunContext& run) {
  if (!run.config.diagnose.enforce) return;
  const Hdf5File file = Hdf5File::open(run.folder.path(file_name(Product::diagnostics)));
  std::string failed, keys = file.text_attribute("/checks", "keys") + ",";
  for (std::size_t begin = 0, end; (end = keys.find(',', begin)) != std::string::npos; begin = end + 1) {
    const std::string name = "/checks/" + keys.substr(begin, end - begin);
    if (file.text_attribute(name, "verdict") == verdict_name(Verdict::failed))
      failed += (failed.empty() ? "" : "; ") + file.text_attribute(name, "name") + ": " + file.text_attribute(name, "meaning");
  }
  if (!failed.empty())
    throw NumericalError("the posterior does not pass, and [diagnose] enforce = true asks that it does. " + failed + ". " +
                         file.path() + " holds all numbers; docs/diagnostics.md tells what to do.");
}

}  // namespace bornflow
