#include "bornflow/inference/methods/bidirectional_training.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/inference/numerics/mean_discrepancy.hpp"

namespace bornflow {

namespace {

Batch columns(const Batch& batch, int first, int count) {
  Batch part(batch.count, count);
  for (int i = 0; i < batch.count; ++i) std::copy_n(batch.row(i) + first, count, part.row(i));
  return part;
}

Batch above_each_other(const Batch& a, const Batch& b) {
  Batch both(a.count + b.count, a.size);
  std::copy(a.values.begin(), a.values.end(), both.values.begin());
  std::copy(b.values.begin(), b.values.end(), both.values.begin() + static_cast<std::ptrdiff_t>(a.values.size()));
  return both;
}

class Training {
public:
  Training(InvertibleMap& map, const Batch& x, const Batch& y, const BidirectionalOptions& options)
      : map_(map), x_(x), y_(y), options_(options), latents_(options.latent_size),
        padding_(map.size() - options.latent_size - y.size), steps_(updates(options.schedule, x.count)) {
    BORNFLOW_REQUIRE(x.count == y.count, "pairs have as many x as y");
    BORNFLOW_REQUIRE(padding_ >= 0 && map.size() >= x.size, "the map is smaller than what it maps");
  }

  std::vector<BidirectionalLosses> work() {
    std::vector<BidirectionalLosses> history;
    BidirectionalLosses sum;
    std::int64_t step = 0;
    int seen = 0;
    for_each_update(options_.schedule, x_.count, [&](const std::vector<int>& numbers, double learning_rate) {
      const BidirectionalLosses losses = update(rows(x_, numbers), rows(y_, numbers), step++);
      const double total = losses.y + losses.padding + losses.z + losses.x + losses.reconstruction + losses.likelihood;
      if (!std::isfinite(total) || !std::isfinite(map_.step(learning_rate)))
        throw NumericalError("the training of the invertible network diverged in epoch " + std::to_string(history.size() + 1) +
                             ": a loss or its gradient is not finite. Choose a smaller [train] learning_rate.");
      add(sum, losses, static_cast<double>(numbers.size()) / x_.count);
      seen += static_cast<int>(numbers.size());
      if (seen < x_.count) return;
      history.push_back(sum);
      sum = {}, seen = 0;
    });
    return history;
  }

private:
  static void add(BidirectionalLosses& sum, const BidirectionalLosses& losses, double weight) {
    sum.y += weight * losses.y, sum.padding += weight * losses.padding, sum.z += weight * losses.z;
    sum.x += weight * losses.x, sum.reconstruction += weight * losses.reconstruction;
    sum.likelihood += weight * losses.likelihood;
  }

  BidirectionalLosses update(const Batch& x, const Batch& y, std::int64_t step) {
    RandomStream stream(options_.schedule.seed, Purpose::augmentation, static_cast<std::uint64_t>(step));
    const BidirectionalLosses& w = options_.weights;
    BidirectionalLosses losses;
    Batch v(x.count, map_.size()), target(x.count, map_.size());
    for (int i = 0; i < x.count; ++i) {
      for (int c = 0; c < v.size; ++c) v.row(i)[c] = c < x.size ? x.row(i)[c] : options_.padding_noise * stream.normal();
      fill_target(stream, y.row(i), target.row(i));
    }
    const bool goes_forward = w.y > 0 || w.padding > 0 || w.z > 0 || w.reconstruction > 0 || w.likelihood > 0;
    Batch u;
    if (goes_forward) {
      std::vector<double> log_det;
      u = map_.forward(v, log_det);
      forward_losses(u, log_det, target, losses);
    }
    if (w.x > 0 || w.reconstruction > 0) inverse_losses(x, u, target, stream, ramp(step), losses);
    return losses;
  }

  // [z ~ N, padding ~ noise, y + noise].
  void fill_target(RandomStream& stream, const double* y, double* target) const {
    for (int c = 0; c < latents_; ++c) target[c] = stream.normal();
    for (int c = 0; c < padding_; ++c) target[latents_ + c] = options_.padding_noise * stream.normal();
    for (int c = 0; c < y_.size; ++c) target[latents_ + padding_ + c] = y[c] + options_.y_noise * stream.normal();
  }

  void forward_losses(const Batch& u, const std::vector<double>& log_det, const Batch& target, BidirectionalLosses& losses) {
    const BidirectionalLosses& w = options_.weights;
    const double share = 1.0 / u.count;
    Batch du(u.count, u.size);
    for (int i = 0; i < u.count; ++i)
      for (int c = latents_; c < u.size; ++c) {
        const bool is_padding = c < latents_ + padding_;
        const double error = u.row(i)[c] - target.row(i)[c];
        (is_padding ? losses.padding : losses.y) += share * error * error;
        du.row(i)[c] += (is_padding ? w.padding : w.y) * 2 * share * error;
      }
    if (w.z > 0) {
      const DiscrepancyGradient z = discrepancy_gradient(latent_and_data(u), latent_and_data(target), options_.z_widths, latents_);
      losses.z = z.value;
      for (int i = 0; i < u.count; ++i)
        for (int c = 0; c < latents_; ++c) du.row(i)[c] += w.z * z.gradient.row(i)[c];
    }
    if (w.likelihood > 0)
      for (int i = 0; i < u.count; ++i) {
        losses.likelihood -= share * log_det[i];
        for (int c = 0; c < latents_; ++c) {
          losses.likelihood += 0.5 * share * u.row(i)[c] * u.row(i)[c];
          du.row(i)[c] += w.likelihood * share * u.row(i)[c];
        }
      }
    map_.forward_gradient(u, du, -w.likelihood * share);
  }

  Batch latent_and_data(const Batch& u) const {
    return side_by_side(columns(u, 0, latents_), columns(u, latents_ + padding_, y_.size));
  }

  // Prior and reconstruction in one pass: the first rows are those of L_x.
  void inverse_losses(const Batch& x, const Batch& u, const Batch& target, RandomStream& stream, double x_factor,
                      BidirectionalLosses& losses) {
    const BidirectionalLosses& w = options_.weights;
    Batch perturbed(w.reconstruction > 0 ? x.count : 0, map_.size());
    for (int i = 0; i < perturbed.count; ++i)
      for (int c = 0; c < perturbed.size; ++c)
        perturbed.row(i)[c] = u.row(i)[c] + stream.normal() * (c < latents_ ? options_.z_noise
                                                               : c < latents_ + padding_ ? options_.padding_noise : options_.y_noise);
    const int with_prior = w.x > 0 ? x.count : 0;
    const Batch v = map_.inverse(above_each_other(rows(target, 0, with_prior), perturbed));
    Batch dv(v.count, v.size);
    if (with_prior > 0) {
      const DiscrepancyGradient d = discrepancy_gradient(columns(rows(v, 0, with_prior), 0, x.size), x, options_.x_widths, x.size);
      losses.x = d.value;
      for (int i = 0; i < with_prior; ++i)
        for (int c = 0; c < x.size; ++c) dv.row(i)[c] = x_factor * w.x * d.gradient.row(i)[c];
    }
    for (int i = 0; i < perturbed.count; ++i)
      for (int c = 0; c < x.size; ++c) {
        const double error = v.row(with_prior + i)[c] - x.row(i)[c];
        losses.reconstruction += error * error / x.count;
        dv.row(with_prior + i)[c] = w.reconstruction * 2 * error / x.count;
      }
    map_.inverse_gradient(v, dv);
  }

  // L_x too early gathers the samples in few modes: its weight rises geometrically.
  double ramp(std::int64_t step) const {
    if (options_.x_ramp <= 0) return 1;
    const double t = static_cast<double>(step) / (options_.x_ramp * static_cast<double>(steps_));
    return std::min(1.0, std::pow(1e-3, 1 - t));
  }

  InvertibleMap& map_;
  const Batch& x_;
  const Batch& y_;
  const BidirectionalOptions& options_;
  int latents_, padding_;
  std::int64_t steps_;
};

}  // namespace

std::vector<BidirectionalLosses> train_bidirectionally(InvertibleMap& map, const Batch& x, const Batch& y,
                                                       const BidirectionalOptions& options) {
  return Training(map, x, y, options).work();
}

Batch inverted_samples(InvertibleMap& map, const std::vector<double>& y, int x_size, int count,
                       const BidirectionalOptions& options, std::uint64_t seed, std::uint64_t number) {
  const int latents = options.latent_size, data = static_cast<int>(y.size()), padding = map.size() - latents - data;
  BORNFLOW_REQUIRE(padding >= 0, "the map is smaller than what it maps");
  RandomStream stream(seed, Purpose::latent, number);
  Batch u(count, map.size());
  for (int i = 0; i < count; ++i) {
    for (int c = 0; c < latents; ++c) u.row(i)[c] = stream.normal();
    for (int c = 0; c < padding; ++c) u.row(i)[latents + c] = options.padding_noise * stream.normal();
    for (int c = 0; c < data; ++c)
      u.row(i)[latents + padding + c] = y[c] + (options.sample_noise > 0 ? options.sample_noise * stream.normal() : 0.0);
  }
  return columns(map.inverse(u), 0, x_size);
}

}  // namespace bornflow
