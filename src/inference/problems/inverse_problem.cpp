#include "bornflow/inference/problems/inverse_problem.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

Pairs draw_pairs(const InverseProblem& problem, int count, std::uint64_t seed, std::uint64_t first) {
  Pairs pairs{Batch(count, problem.model_size()), Batch(count, problem.data_size()), Batch(count, problem.noise_size())};
  std::vector<double> clean(problem.data_size());
  for (int i = 0; i < count; ++i) {
    const std::uint64_t number = first + static_cast<std::uint64_t>(i);
    RandomStream prior(seed, Purpose::prior, number), noise(seed, Purpose::data_noise, number);
    problem.draw(prior, pairs.x.row(i));
    problem.simulate(pairs.x.row(i), pairs.y.row(i));
    std::copy_n(pairs.y.row(i), clean.size(), clean.begin());
    problem.add_noise(noise, pairs.y.row(i));
    for (int c = 0; c < pairs.noise.size; ++c) pairs.noise.row(i)[c] = pairs.y.row(i)[c] - clean[c];
  }
  return pairs;
}

Batch simulate(const InverseProblem& problem, const Batch& x) {
  BORNFLOW_REQUIRE(x.size == problem.model_size(), "x has another size than the problem");
  Batch y(x.count, problem.data_size());
  for (int i = 0; i < x.count; ++i) problem.simulate(x.row(i), y.row(i));
  return y;
}

std::vector<double> column_deviations(const Batch& batch) {
  const std::vector<double> covariance = column_covariance(batch);
  std::vector<double> deviations(batch.size);
  for (int c = 0; c < batch.size; ++c) deviations[c] = std::sqrt(covariance[c * batch.size + c]);
  return deviations;
}

Batch in_units(Batch batch, const std::vector<double>& units) {
  BORNFLOW_REQUIRE(units.size() == static_cast<std::size_t>(batch.size), "one unit a column");
  for (int i = 0; i < batch.count; ++i)
    for (int c = 0; c < batch.size; ++c) batch.row(i)[c] /= units[c];
  return batch;
}

}  // namespace bornflow
