#include "src/app/posterior/diagnostics.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string>

#include "src/app/posterior/diagnostic_checks.hpp"
#include "src/app/posterior/sampling_calibration.hpp"
#include "src/app/products.hpp"

namespace bornflow {

namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void gather_scores(Scores& scores, const Communicator& comm) {
  scores.snr = comm.concatenate(scores.snr);
  scores.ssim = comm.concatenate(scores.ssim);
  scores.rmse = comm.concatenate(scores.rmse);
}

void write_scores(Hdf5File& file, const std::string& name, const Scores& scores) {
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(scores.snr.size())};
  file.write("/snr/" + name, shape, scores.snr.data());
  file.write("/ssim/" + name, shape, scores.ssim.data());
  file.write("/rmse/" + name, shape, scores.rmse.data());
}

void write_examples(Hdf5File& file, const std::vector<Diagnostics::Example>& examples, std::int64_t nz, std::int64_t nx) {
  const auto n = static_cast<std::int64_t>(examples.size());
  const auto write = [&](const std::string& name, std::vector<std::int64_t> shape, auto member) {
    std::vector<float> all;
    for (const auto& example : examples) {
      const std::vector<float>& values = example.*member;
      all.insert(all.end(), values.begin(), values.end());
    }
    file.write("/examples/" + name, shape, all.data());
  };
  write("truth", {n, nz, nx}, &Diagnostics::Example::truth);
  write("rtm", {n, nz, nx}, &Diagnostics::Example::rtm);
  write("mean", {n, nz, nx}, &Diagnostics::Example::mean);
  write("std", {n, nz, nx}, &Diagnostics::Example::std);
  write("samples", {n, 4, nz, nx}, &Diagnostics::Example::samples);
}

std::string row(const char* format, const char* name, double a, double b, double c) {
  char text[128];
  std::snprintf(text, sizeof text, format, name, a, b, c);
  return text;
}

}  // namespace

void Diagnostics::gather(const Communicator& comm) {
  gather_scores(rtm, comm);
  gather_scores(posterior_mean, comm);
  coverage.sum_over(comm);
  pixels.predicted_std = comm.concatenate(pixels.predicted_std);
  pixels.error = comm.concatenate(pixels.error);
  ranks = comm.concatenate(calibration.ranks());
  evidence.gather(comm);
  novelty = comm.concatenate(novelty);
  // Examples are the first test images; they lie on the first ranks, in order.
  std::vector<Example> all;
  const auto count = static_cast<std::size_t>(comm.sum(static_cast<std::int64_t>(examples.size())));
  for (auto member : {&Example::truth, &Example::rtm, &Example::mean, &Example::std, &Example::samples}) {
    std::vector<float> flat;
    for (const auto& example : examples) flat.insert(flat.end(), (example.*member).begin(), (example.*member).end());
    flat = comm.concatenate(flat);
    all.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      (all[i].*member).assign(flat.begin() + static_cast<std::ptrdiff_t>(i * flat.size() / count),
                              flat.begin() + static_cast<std::ptrdiff_t>((i + 1) * flat.size() / count));
  }
  examples = std::move(all);
}

int best_iteration(const std::vector<Scores>& lsrtm) {
  int best = 0;
  for (std::size_t k = 0; k < lsrtm.size(); ++k)
    if (best == 0 || mean(lsrtm[k].snr) > mean(lsrtm[static_cast<std::size_t>(best - 1)].snr)) best = static_cast<int>(k) + 1;
  return best;
}

Findings find_out(const Diagnostics& results, const DiagnosticThresholds& thresholds) {
  Findings findings;
  findings.sbc = calibration_test(results.ranks, results.evidence.count(), results.statistics.count(), results.evidence.n_draws());
  findings.uce = uncertainty_calibration(results.pixels);
  findings.report = make_report({&results.evidence, &findings.sbc, &findings.uce, results.residual_ratios, results.novelty,
                                 results.novelty_held_out},
                                thresholds);
  return findings;
}

void write_diagnostics(const RunContext& run, const Diagnostics& results, const Findings& findings,
                       const SamplingCalibration& calibration) {
  OutputFile output(run.folder.path(file_name(Product::diagnostics)), run.world());
  Hdf5File& file = output.file();
  write_scores(file, "rtm", results.rtm);
  write_scores(file, "posterior_mean", results.posterior_mean);
  const int best = best_iteration(results.lsrtm);
  if (best > 0) {
    write_scores(file, "lsrtm", results.lsrtm[static_cast<std::size_t>(best - 1)]);
    file.write_attribute("/snr/lsrtm", "iterations", std::int64_t{best});
    std::vector<double> by_iteration;
    for (const Scores& scores : results.lsrtm) by_iteration.push_back(mean(scores.snr));
    file.write("/snr/lsrtm_mean_by_iteration", {static_cast<std::int64_t>(by_iteration.size())}, by_iteration.data());
  }
  const auto levels = static_cast<std::int64_t>(results.coverage.nominal().size());
  file.write("/coverage/nominal", {levels}, results.coverage.nominal().data());
  file.write("/coverage/empirical", {levels}, results.coverage.empirical().data());

  const UncertaintyCalibration& uce = findings.uce;
  const auto bins = static_cast<std::int64_t>(uce.count.size());
  file.write("/uce/predicted_std", {bins}, uce.predicted_std.data());
  file.write("/uce/rms_error", {bins}, uce.rms_error.data());
  file.write("/uce/count", {bins}, uce.count.data());
  file.write_attribute("/uce", "uce", uce.uce);

  const auto n_test = static_cast<std::int64_t>(results.rtm.snr.size());
  const int n_statistics = results.statistics.count();
  file.write("/sbc/ranks", {n_test, n_statistics}, results.ranks.data());
  file.write("/sbc/p_value", {n_statistics}, findings.sbc.p_value.data());
  file.write_attribute("/sbc", "n_draws", std::int64_t{run.config.diagnose.samples});
  file.write_attribute("/sbc", "combined_p_value", findings.sbc.combined);
  std::string names;
  for (const auto& name : results.statistics.names()) names += (names.empty() ? "" : ",") + name;
  file.write_attribute("/sbc", "statistics", names);
  write_checks(file, results, findings.report);
  if (!results.examples.empty())
    write_examples(file, results.examples, run.config.grid.nz, run.config.grid.nx);
  stamp(file, Product::diagnostics, run);
  write_calibration(file, calibration);
  output.commit();
}

void report_diagnostics(const RunContext& run, const Diagnostics& results, const Findings& findings) {
  Log& log = run.log;
  const char* format = "  %-26s %9.2f %9.3f %12.3e";
  log.line("over " + std::to_string(results.rtm.snr.size()) + " test images:");
  log.line("                                SNR dB      SSIM  RMSE s2/km2");
  log.line(row(format, "RTM, best scale", mean(results.rtm.snr), mean(results.rtm.ssim), mean(results.rtm.rmse)));
  for (std::size_t k = 0; k < results.lsrtm.size(); ++k) {
    const std::string name = "LS-RTM, " + std::to_string(k + 1) + " it., best scale";
    log.line(row(format, name.c_str(), mean(results.lsrtm[k].snr), mean(results.lsrtm[k].ssim), mean(results.lsrtm[k].rmse)));
  }
  log.line(row(format, "posterior mean", mean(results.posterior_mean.snr), mean(results.posterior_mean.ssim),
               mean(results.posterior_mean.rmse)));
  std::string coverage = "  coverage:";
  for (std::size_t k = 0; k < results.coverage.nominal().size(); ++k) {
    char text[64];
    std::snprintf(text, sizeof text, "  %.0f %%: %.1f", 100 * results.coverage.nominal()[k],
                  100 * results.coverage.empirical()[k]);
    coverage += text;
  }
  log.line(coverage);
  const auto& p = findings.sbc.p_value;
  const auto least = std::min_element(p.begin(), p.end());
  char text[128];
  std::snprintf(text, sizeof text, "  UCE %.3e s2/km2, SBC p = %.3f (%d statistics; least: %s, %.3f)", findings.uce.uce,
                findings.sbc.combined, results.statistics.count(),
                results.statistics.names()[static_cast<std::size_t>(least - p.begin())].c_str(), *least);
  log.line(text);
  report_checks(run, findings.report);
}

}  // namespace bornflow
