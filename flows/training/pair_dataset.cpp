#include "flows/training/pair_dataset.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "flows/training/sample_order.hpp"

namespace bornflow {

namespace {

struct Moments {
  double mean = 0, standard_deviation = 0;
};

// Over `samples` images of `pixels` values, of which the first `skipped` are left out.
Moments moments(const float* values, std::size_t samples, std::size_t pixels, std::size_t skipped) {
  double sum = 0, squares = 0;
  const auto for_each = [&](auto&& visit) {
    for (std::size_t sample = 0; sample < samples; ++sample)
      for (std::size_t i = skipped; i < pixels; ++i) visit(static_cast<double>(values[sample * pixels + i]));
  };
  const auto count = static_cast<double>(samples * (pixels - skipped));
  for_each([&](double value) { sum += value; });
  const double mean = sum / count;
  for_each([&](double value) { squares += (value - mean) * (value - mean); });
  return {mean, std::sqrt(squares / count)};
}

void refuse_non_finite(const std::string& file, const char* dataset, const std::vector<float>& values,
                       std::size_t pixels) {
  std::int64_t bad = 0, first = -1;
  for (std::size_t begin = 0; begin < values.size(); begin += pixels) {
    const auto sample = values.begin() + static_cast<std::ptrdiff_t>(begin);
    if (std::all_of(sample, sample + static_cast<std::ptrdiff_t>(pixels), [](float v) { return std::isfinite(v); }))
      continue;
    if (bad++ == 0) first = static_cast<std::int64_t>(begin / pixels);
  }
  if (bad > 0)
    throw DataError(file + ": /" + dataset + " has " + std::to_string(bad) + " of " +
                    std::to_string(values.size() / pixels) + " samples with NaN or infinite values, the first is sample " +
                    std::to_string(first) + "; a simulation was unstable: make these pairs again");
}

void match_shape(Tensor<float>& tensor, std::int64_t n, int nz, int nx, int channels) {
  if (tensor.n != n || tensor.h != nz || tensor.w != nx || tensor.c != channels)
    tensor = Tensor<float>(static_cast<int>(n), nz, nx, channels, "bornflow::PairDataset::batch");
}

void mirror_rows(float* image, int nz, int nx) {
  for (int iz = 0; iz < nz; ++iz) std::reverse(image + iz * nx, image + (iz + 1) * nx);
}

}  // namespace

PairDataset::PairDataset(PairArrays pairs, int n_validation) : pairs_(std::move(pairs)) {
  const std::string& name = pairs_.name;
  const std::int64_t count = pairs_.count();
  const auto check = [&](const char* dataset, const std::vector<float>& values) {
    if (count < 1 || values.size() != static_cast<std::size_t>(count) * pixels())
      throw DataError(name + ": /" + dataset + " holds " + std::to_string(values.size()) + " numbers, expected " +
                      std::to_string(count) + " samples of " + std::to_string(pairs_.nz) + " x " +
                      std::to_string(pairs_.nx) + " as in /x");
    refuse_non_finite(name, dataset, values, pixels());
  };
  check("x", pairs_.x);
  check("summary", pairs_.summary);
  if (has_summary_noise()) check("summary_noise", pairs_.summary_noise);
  if (n_validation < 0 || n_validation >= count)
    throw UserError("training: validation = " + std::to_string(n_validation) + " samples, but " + name + " has " +
                    std::to_string(count) + " for training and validation together; lower it or make more pairs");
  n_training_ = count - n_validation;

  if (pairs_.known_rows.count < 0 || pairs_.known_rows.count >= pairs_.nz)
    throw UserError("training: " + std::to_string(pairs_.known_rows.count) + " water rows leave nothing of images of " +
                    std::to_string(pairs_.nz) + " rows");
  const auto samples = static_cast<std::size_t>(n_training_);
  const std::size_t known = static_cast<std::size_t>(pairs_.known_rows.count) * static_cast<std::size_t>(pairs_.nx);
  const Moments x = moments(pairs_.x.data(), samples, pixels(), known);
  const Moments summary = moments(pairs_.summary.data(), samples, pixels(), known);
  if (!(x.standard_deviation > 0 && summary.standard_deviation > 0))
    throw DataError(name + ": " + (x.standard_deviation > 0 ? "/summary" : "/x") +
                    " has the same value everywhere, so there is nothing to learn; was the right file given?");
  normalisation_ = {x.mean, x.standard_deviation, summary.mean, summary.standard_deviation, pairs_.strength_use};
  set_strength_statistics();
}

void PairDataset::set_strength_statistics() {
  if (normalisation_.strength_use != StrengthUse::told) return;
  std::vector<float> x(pixels()), summary(pixels()), logs;
  for (std::int64_t sample = 0; sample < n_training_; ++sample) {
    fill_sample(sample, x.data(), summary.data());
    logs.push_back(std::log(divide_by_strength(x.data(), summary.data())));
  }
  const Moments strength = moments(logs.data(), 1, logs.size(), 0);
  normalisation_.log_strength_mean = strength.mean;
  // A spread below one percent is no information, and would be blown up by the division.
  normalisation_.log_strength_std = std::max(0.01, strength.standard_deviation);
}

void PairDataset::fill_sample(std::int64_t sample, float* x, float* summary) const {
  const std::size_t begin = static_cast<std::size_t>(sample) * pixels();
  for (std::size_t i = 0; i < pixels(); ++i) {
    x[i] = normalisation_.normalise_x(pairs_.x[begin + i]);
    summary[i] = normalisation_.normalise_summary(pairs_.summary[begin + i]);
  }
}

float PairDataset::divide_by_strength(float* x, float* summary) const {
  const std::size_t known = static_cast<std::size_t>(pairs_.known_rows.count) * static_cast<std::size_t>(pairs_.nx);
  const float strength = normalisation_.strength(summary, pixels(), known);
  for (std::size_t i = 0; i < pixels(); ++i) {
    x[i] /= strength;
    summary[i] /= strength;
  }
  return strength;
}

void PairDataset::fill_known_rows(RandomStream stream, float* x, float* summary) const {
  const int known = pairs_.known_rows.count * pairs_.nx;
  for (int i = 0; i < known; ++i) x[i] = static_cast<float>(stream.normal());
  if (!pairs_.known_rows.in_summary) return;
  for (int i = 0; i < known; ++i) summary[i] = static_cast<float>(stream.normal());
}

float PairDataset::augment(const BatchDraw& draw, std::int64_t position, std::int64_t sample, float* x,
                           float* summary) const {
  const Augmentation& augmentation = draw.augmentation;
  RandomStream stream(draw.seed, Purpose::augmentation, static_cast<std::uint64_t>(position),
                      static_cast<std::uint32_t>(draw.epoch));
  // All are drawn always, so that switching one augmentation on leaves the choices of the others as they were.
  const bool flip = stream.bits() >> 31;
  const std::int64_t donor = stream.integer(0, static_cast<int>(n_training_ - 1));
  const bool negate = stream.bits() >> 31;
  const double gain = std::exp(augmentation.gain * stream.normal());
  if (augmentation.redraw_noise || augmentation.gain > 0) {
    const float* own = pairs_.summary_noise.data() + static_cast<std::size_t>(sample) * pixels();
    const std::int64_t noise_of = augmentation.redraw_noise ? donor : sample;
    const float* other = pairs_.summary_noise.data() + static_cast<std::size_t>(noise_of) * pixels();
    for (std::size_t i = 0; i < pixels(); ++i) {
      const double signal = summary[i] * normalisation_.summary_std + normalisation_.summary_mean - own[i];
      summary[i] = normalisation_.normalise_summary(static_cast<float>(gain * signal + other[i]));
      x[i] = normalisation_.normalise_x(static_cast<float>(gain * normalisation_.restore_x(x[i])));
    }
  }
  if (augmentation.flip && flip) {
    mirror_rows(x, pairs_.nz, pairs_.nx);
    mirror_rows(summary, pairs_.nz, pairs_.nx);
  }
  if (augmentation.negate && negate) {
    // In physical units the sign changes about zero; zero is not where normalised values have theirs.
    const auto twice_x = static_cast<float>(2 * normalisation_.x_mean / normalisation_.x_std);
    const auto twice_summary = static_cast<float>(2 * normalisation_.summary_mean / normalisation_.summary_std);
    for (std::size_t i = 0; i < pixels(); ++i) {
      x[i] = -x[i] - twice_x;
      summary[i] = -summary[i] - twice_summary;
    }
  }
  const float strength = divide_by_strength(x, summary);
  if (augmentation.x_noise > 0)
    for (std::size_t i = 0; i < pixels(); ++i) x[i] += static_cast<float>(augmentation.x_noise * stream.normal());
  return strength;
}

void PairDataset::fill_training(const BatchDraw& draw, Tensor<float>& x, Tensor<float>& condition) const {
  if ((draw.augmentation.redraw_noise || draw.augmentation.gain > 0) && !has_summary_noise())
    throw UserError("training: redraw_noise and gain need /summary_noise, which " + pairs_.name +
                    " does not have; switch it off or make the pairs again");
  const int channels = normalisation_.condition_channels();
  match_shape(x, draw.positions.size(), pairs_.nz, pairs_.nx, 1);
  match_shape(condition, draw.positions.size(), pairs_.nz, pairs_.nx, channels);
  const auto host_x = Kokkos::create_mirror_view(x.data), host_condition = Kokkos::create_mirror_view(condition.data);
  std::vector<float> summary(pixels());
  const SampleOrder order(n_training_, draw.seed, draw.epoch);
  for (std::int64_t position = draw.positions.begin; position < draw.positions.end; ++position) {
    const std::size_t place = static_cast<std::size_t>(position - draw.positions.begin) * pixels();
    float* image = host_x.data() + place;
    const std::int64_t sample = order.sample(position);
    fill_sample(sample, image, summary.data());
    const float strength = augment(draw, position, sample, image, summary.data());
    fill_known_rows(RandomStream(draw.seed, Purpose::known_rows, static_cast<std::uint64_t>(position),
                                 static_cast<std::uint32_t>(draw.epoch)),
                    image, summary.data());
    normalisation_.write_condition(summary.data(), pixels(), strength,
                                   host_condition.data() + place * static_cast<std::size_t>(channels));
  }
  Kokkos::deep_copy(x.data, host_x);
  Kokkos::deep_copy(condition.data, host_condition);
}

void PairDataset::fill_validation(const WorkRange& range, Tensor<float>& x, Tensor<float>& condition) const {
  BORNFLOW_REQUIRE(range.begin >= 0 && range.end <= n_validation(), "outside the validation samples");
  const int channels = normalisation_.condition_channels();
  match_shape(x, range.size(), pairs_.nz, pairs_.nx, 1);
  match_shape(condition, range.size(), pairs_.nz, pairs_.nx, channels);
  const auto host_x = Kokkos::create_mirror_view(x.data), host_condition = Kokkos::create_mirror_view(condition.data);
  std::vector<float> summary(pixels());
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const std::size_t place = static_cast<std::size_t>(i - range.begin) * pixels();
    float* image = host_x.data() + place;
    fill_sample(n_training_ + i, image, summary.data());
    const float strength = divide_by_strength(image, summary.data());
    // The same noise in every epoch, so that validation losses can be compared.
    fill_known_rows(RandomStream(0, Purpose::validation, static_cast<std::uint64_t>(i)), image, summary.data());
    normalisation_.write_condition(summary.data(), pixels(), strength,
                                   host_condition.data() + place * static_cast<std::size_t>(channels));
  }
  Kokkos::deep_copy(x.data, host_x);
  Kokkos::deep_copy(condition.data, host_condition);
}

}  // namespace bornflow
