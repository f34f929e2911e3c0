#include "src/app/posterior/record_likelihood.hpp"

#include <cmath>

#include "bornflow/parallel/ordered_sum.hpp"

namespace bornflow {

namespace {

// traces = d - J M x of one shot for a batch of images, and half the energies of these.
std::vector<double> residuals(BornOperator<float>& born, int shot, const std::vector<float>& images, const float* records,
                              std::vector<float>& traces) {
  const std::size_t size = born.traces_size();
  const auto count = traces.size() / size;
  born.born(shot, static_cast<int>(count), images.data(), traces.data());
  std::vector<double> energies(count);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = i * size; k < (i + 1) * size; ++k) {
      traces[k] = records[k - i * size] - traces[k];
      energies[i] += 0.5 * double(traces[k]) * traces[k];
    }
  return energies;
}

}  // namespace

RecordLikelihood::RecordLikelihood(Experiment& experiment, const std::vector<float>& traces, double sigma)
    : experiment_(experiment), traces_(traces), sigma_(sigma) {}

LogValues RecordLikelihood::with_gradients(const Batch& x, const std::vector<int>& numbers) {
  BornOperator<float>& born = experiment_.born();
  const WorkRange mine = experiment_.teams().shots();
  const auto n_used = static_cast<std::int64_t>(numbers.size());
  const std::vector<float> images(x.values.begin(), x.values.end());
  std::vector<float> traces(x.count * born.traces_size()), migrated(images.size());
  OrderedSum energies(n_used, static_cast<std::size_t>(x.count)), scores(n_used, images.size());
  for (std::int64_t i = 0; i < n_used; ++i) {
    const int shot = numbers[static_cast<std::size_t>(i)];
    if (shot < mine.begin || shot >= mine.end) continue;
    const float* records = traces_.data() + static_cast<std::size_t>(shot - mine.begin) * born.traces_size();
    energies.add(i, residuals(born, shot, images, records, traces).data());
    born.born_adjoint(shot, x.count, traces.data(), migrated.data());
    scores.add(i, migrated.data());
  }
  const double weight = double(shots()) / double(n_used) / (sigma_ * sigma_);
  LogValues result{energies.total(experiment_.teams().team()), Batch(x.count, x.size)};
  result.gradients.values = scores.total(experiment_.teams().team());
  for (double& value : result.values) value *= -weight;
  for (double& value : result.gradients.values) value *= weight;
  return result;
}

double RecordLikelihood::residual(const Batch& x) {
  BornOperator<float>& born = experiment_.born();
  const WorkRange mine = experiment_.teams().shots();
  const std::vector<float> images(x.values.begin(), x.values.end());
  std::vector<float> traces(x.count * born.traces_size());
  OrderedSum energies(shots(), static_cast<std::size_t>(x.count));
  for (auto shot = mine.begin; shot < mine.end; ++shot)
    energies.add(shot, residuals(born, static_cast<int>(shot), images,
                                 traces_.data() + static_cast<std::size_t>(shot - mine.begin) * born.traces_size(), traces).data());
  double sum = 0;
  for (const double half : energies.total(experiment_.teams().team())) sum += 2 * half / x.count;
  return std::sqrt(sum / (double(experiment_.acquisition().n_recorded_traces()) * experiment_.acquisition().n_samples));
}

}  // namespace bornflow
