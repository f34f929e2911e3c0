#include "bornflow/inference/methods/amortized_training.hpp"

#include <algorithm>
#include <cmath>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {
// A flow works best on batches that fill the cache; every row is independent of the others.
constexpr int largest_batch = 4096;
}  // namespace

std::vector<double> train_on_pairs(TrainableFlow& flow, const Batch& x, const Batch& y, const TrainingSchedule& schedule,
                                   const PairRenewal& renew) {
  BORNFLOW_REQUIRE(x.count == y.count, "pairs have as many models as conditions");
  std::vector<double> history;
  double sum = 0;
  int seen = 0;
  for_each_update(schedule, x.count, [&](const std::vector<int>& numbers, double learning_rate) {
    Batch x_now = rows(x, numbers), y_now = rows(y, numbers);
    if (renew) renew(static_cast<int>(history.size()), numbers, x_now, y_now);
    for (double loss : flow.fit(x_now, y_now)) sum += loss;
    if (!std::isfinite(sum) || !std::isfinite(flow.step(learning_rate)))
      throw NumericalError("the training on pairs diverged in epoch " + std::to_string(history.size() + 1) +
                           ": the loss or its gradient is not finite. Choose a smaller [train] learning_rate.");
    seen += static_cast<int>(numbers.size());
    if (seen == x.count) {
      history.push_back(sum / x.count);
      sum = 0, seen = 0;
    }
  });
  return history;
}

Batch posterior_means(TrainableFlow& flow, const Batch& y, int draws, std::uint64_t seed, std::uint64_t first) {
  Batch means(y.count, flow.model_size());
  const int group = std::max(1, largest_batch / draws);
  for (int begin = 0; begin < y.count; begin += group) {
    const int count = std::min(group, y.count - begin);
    Batch z(count * draws, flow.model_size());
    std::vector<int> numbers(z.count);
    for (int i = 0; i < z.count; ++i) {
      numbers[i] = begin + i / draws;
      // Draws 2k and 2k + 1 have opposite latents: what a flow does linearly to them is no noise of its mean.
      const int draw = i % draws;
      const bool opposite = draw % 2 == 1;
      RandomStream stream(seed, Purpose::latent, first + static_cast<std::uint64_t>(numbers[i]),
                          static_cast<std::uint32_t>(opposite ? draw - 1 : draw));
      for (int c = 0; c < z.size; ++c) z.row(i)[c] = opposite ? -stream.normal() : stream.normal();
    }
    const Batch x = flow.sample(z, rows(y, numbers));
    for (int i = 0; i < x.count; ++i)
      for (int c = 0; c < x.size; ++c) means.row(numbers[i])[c] += x.row(i)[c] / draws;
  }
  return means;
}

Batch posterior_draws(TrainableFlow& flow, const std::vector<double>& y, int draws, std::uint64_t seed,
                      std::uint64_t number) {
  Batch result(draws, flow.model_size());
  for (int begin = 0; begin < draws; begin += largest_batch) {
    Batch z(std::min(largest_batch, draws - begin), flow.model_size());
    for (int i = 0; i < z.count; ++i) {
      RandomStream stream(seed, Purpose::latent, number, static_cast<std::uint32_t>(begin + i));
      for (int c = 0; c < z.size; ++c) z.row(i)[c] = stream.normal();
    }
    const Batch x = flow.sample(z, Batch(y));
    std::copy(x.values.begin(), x.values.end(), result.row(begin));
  }
  return result;
}

}  // namespace bornflow
