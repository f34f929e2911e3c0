#include "src/app/adapters/trained_samplers.hpp"

#include <cmath>

#include "bornflow/base/error.hpp"
#include "src/app/adapters/batch_tensor.hpp"
#include "src/app/adapters/clipped_step.hpp"

namespace bornflow {

namespace {

/// Brings the columns of a batch to mean zero and standard deviation one, and back.
struct Scaling {
  std::vector<double> shift, scale;

  explicit Scaling(const Batch& batch) : shift(column_means(batch)), scale(column_deviations(batch)) {
    for (double& s : scale)
      if (!(s > 0)) s = 1;   // the same in all rows: it tells nothing and is only shifted
  }
  Batch to_units(Batch batch) const {
    for (int i = 0; i < batch.count; ++i)
      for (int c = 0; c < batch.size; ++c) batch.row(i)[c] = (batch.row(i)[c] - shift[c]) / scale[c];
    return batch;
  }
  Batch from_units(Batch batch) const {
    for (int i = 0; i < batch.count; ++i)
      for (int c = 0; c < batch.size; ++c) batch.row(i)[c] = shift[c] + scale[c] * batch.row(i)[c];
    return batch;
  }
};

/// The same, or normal scores of numbers whose prior is uniform.
class ModelScaling {
public:
  ModelScaling(const Batch& x, const UniformRanges& prior) : linear_(x), prior_(prior) {}
  Batch to_units(Batch x) const {
    return prior_.empty() ? linear_.to_units(std::move(x)) : normal_scores(prior_, std::move(x));
  }
  Batch from_units(Batch x) const {
    return prior_.empty() ? linear_.from_units(std::move(x)) : of_normal_scores(prior_, std::move(x));
  }

private:
  Scaling linear_;
  UniformRanges prior_;
};

class InvertibleSampler final : public TrainedSampler {
public:
  InvertibleSampler(const Pairs& pairs, const InvertibleOptions& options)
      : options_(options), map_(options.map), x_scaling_(pairs.x, options.prior), y_scaling_(pairs.y), x_size_(pairs.x.size) {
    map_.network().set_initialised(true);   // nothing of this network waits for data
  }
  std::vector<BidirectionalLosses> train(const Pairs& pairs) {
    Batch in = x_scaling_.to_units(pairs.x);
    if (options_.noise == DataNoise::inferred && pairs.noise.size > 0)
      in = side_by_side(in, Scaling(pairs.noise).to_units(pairs.noise));
    return train_bidirectionally(map_, in, y_scaling_.to_units(pairs.y), options_.training);
  }
  std::string description() const override { return map_.network().description(); }
  Batch sample(const std::vector<double>& y, int count, std::uint64_t number) override {
    const std::vector<double> in = y_scaling_.to_units(Batch(y)).values;
    return x_scaling_.from_units(
        inverted_samples(map_, in, x_size_, count, options_.training, options_.training.schedule.seed, number));
  }

private:
  InvertibleOptions options_;
  InvertibleMapAdapter map_;
  ModelScaling x_scaling_;
  Scaling y_scaling_;
  int x_size_;
};

class AutoencoderSampler final : public TrainedSampler {
public:
  AutoencoderSampler(const Pairs& pairs, const AutoencoderOptions& options)
      : options_(options), x_scaling_(pairs.x, options.prior), y_scaling_(pairs.y),
        network_({pairs.x.size, pairs.y.size, options.latent_size, options.hidden}, options.schedule.seed) {}

  std::vector<double> train(const Pairs& pairs) {
    const Batch x = x_scaling_.to_units(pairs.x), y = y_scaling_.to_units(pairs.y);
    Adam adam(network_.parameters(), options_.adam);
    std::vector<double> history;
    double sum = 0;
    int seen = 0;
    std::uint64_t drawn = 0;
    network_.parameters().zero_gradients();
    for_each_update(options_.schedule, x.count, [&](const std::vector<int>& numbers, double learning_rate) {
      const int count = static_cast<int>(numbers.size());
      const Batch noise = normal_batch(count, options_.latent_size, options_.schedule.seed, Purpose::augmentation, drawn);
      drawn += static_cast<std::uint64_t>(count);
      for (double loss : network_.loss_and_gradient(to_tensor(rows(x, numbers)), to_tensor(rows(y, numbers)), to_tensor(noise),
                                                    options_.kl_weight, 1.0 / count))
        sum += loss;
      if (!std::isfinite(sum) ||
          !std::isfinite(clipped_step(network_.parameters(), adam, {learning_rate, options_.clip_norm})))
        throw NumericalError("the training of the autoencoder diverged in epoch " + std::to_string(history.size() + 1) +
                             ": the loss or its gradient is not finite. Choose a smaller [train] learning_rate.");
      seen += count;
      if (seen < x.count) return;
      history.push_back(sum / x.count);
      sum = 0, seen = 0;
    });
    return history;
  }
  std::string description() const override { return network_.description(); }
  Batch sample(const std::vector<double>& y, int count, std::uint64_t number) override {
    RandomStream stream(options_.schedule.seed, Purpose::latent, number);
    Batch z(count, options_.latent_size);
    for (double& value : z.values) value = stream.normal();
    return x_scaling_.from_units(to_batch(network_.decode(to_tensor(z), to_tensor(y_scaling_.to_units(Batch(y))))));
  }

private:
  AutoencoderOptions options_;
  ModelScaling x_scaling_;
  Scaling y_scaling_;
  ConditionalAutoencoder<float> network_;
};

}  // namespace

TrainedInvertible train_invertible(const Pairs& pairs, const InvertibleOptions& options) {
  auto sampler = std::make_unique<InvertibleSampler>(pairs, options);
  std::vector<BidirectionalLosses> history = sampler->train(pairs);
  return {std::move(sampler), std::move(history)};
}

TrainedAutoencoder train_autoencoder(const Pairs& pairs, const AutoencoderOptions& options) {
  auto sampler = std::make_unique<AutoencoderSampler>(pairs, options);
  std::vector<double> history = sampler->train(pairs);
  return {std::move(sampler), std::move(history)};
}

}  // namespace bornflow
