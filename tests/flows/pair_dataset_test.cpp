#include "flows/training/pair_dataset.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "bornflow/base/error.hpp"
#include "bornflow/io/output_file.hpp"
#include "flows/training/sample_order.hpp"
#include "support/world.hpp"
#include "trainer_toy.hpp"

namespace bornflow {

namespace {

constexpr int nz = 4, nx = 6, pixels = nz * nx;

struct Batch {
  std::vector<float> x, summary;
};

Batch training_batch(const PairDataset& data, const BatchDraw& draw) {
  Tensor<float> x, summary;
  data.fill_training(draw, x, summary);
  return {to_host(x.data), to_host(summary.data)};
}

template <class Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

void write_pairs(const std::string& path, const PairArrays& pairs, std::int64_t n_train) {
  OutputFile output(path);
  for (const auto& [name, values] : {std::pair<const char*, const std::vector<float>*>{"/x", &pairs.x},
                                     {"/summary", &pairs.summary}, {"/summary_noise", &pairs.summary_noise}})
    output.file().write(name, {pairs.count(), pairs.nz, pairs.nx}, values->data());
  output.file().write_attribute("/", "n_train", n_train);
  output.commit();
}

}  // namespace

TEST(PairDataset, normalises_by_the_training_part_alone) {
  auto pairs = test::toy_pairs(20);
  for (std::size_t i = 15 * pixels; i < 20 * pixels; ++i) pairs.x[i] = 1e6f;  // the validation part must not count
  const PairDataset data(pairs, 5);
  EXPECT_EQ(data.n_training(), 15);
  EXPECT_EQ(data.n_validation(), 5);
  const Batch batch = training_batch(data, {1, 0, {0, 15}, {}});
  for (const auto* values : {&batch.x, &batch.summary}) {
    double sum = 0, squares = 0;
    for (const float v : *values) sum += v, squares += double(v) * v;
    EXPECT_NEAR(sum / values->size(), 0, 1e-6);
    EXPECT_NEAR(squares / values->size(), 1, 1e-6);
  }
  const Normalisation& n = data.normalisation();
  EXPECT_NEAR(n.restore_x(n.normalise_x(3.5f)), 3.5, 1e-6);
  Tensor<float> x, summary;
  data.fill_validation({0, 5}, x, summary);
  EXPECT_EQ(to_host(x.data)[0], n.normalise_x(1e6f));
  EXPECT_EQ(to_host(summary.data)[0], n.normalise_summary(pairs.summary[15 * pixels]));
}

TEST(PairDataset, flips_image_and_summary_together) {
  const PairDataset data(test::toy_pairs(64), 0);
  Augmentation flip;
  flip.flip = true;
  const Batch plain = training_batch(data, {1, 3, {0, 64}, {}}), changed = training_batch(data, {1, 3, {0, 64}, flip});
  int flipped = 0;
  for (int n = 0; n < 64; ++n) {
    const bool is_flipped = changed.x[n * pixels] != plain.x[n * pixels];
    flipped += is_flipped;
    for (int iz = 0; iz < nz; ++iz)
      for (int ix = 0; ix < nx; ++ix) {
        const int here = n * pixels + iz * nx + ix, there = n * pixels + iz * nx + (is_flipped ? nx - 1 - ix : ix);
        ASSERT_EQ(changed.x[here], plain.x[there]);
        ASSERT_EQ(changed.summary[here], plain.summary[there]);
      }
  }
  EXPECT_NEAR(flipped, 32, 20);  // binomial: standard deviation 4, five of it
}

TEST(PairDataset, redraws_the_noise_and_keeps_the_signal) {
  const auto pairs = test::toy_pairs(40);
  const PairDataset data(pairs, 10);
  Augmentation redraw;
  redraw.redraw_noise = true;
  const Batch plain = training_batch(data, {1, 0, {0, 30}, {}}), changed = training_batch(data, {1, 0, {0, 30}, redraw});
  EXPECT_EQ(plain.x, changed.x);
  const SampleOrder order(30, 1, 0);
  int own = 0;
  for (int n = 0; n < 30; ++n) {
    // summary - signal must be the noise of one training sample, never of a validation sample.
    const std::int64_t sample = order.sample(n);
    int donor = -1;
    for (int j = 0; j < 40 && donor < 0; ++j) {
      double error = 0;
      for (int p = 0; p < pixels; ++p) {
        const std::size_t i = static_cast<std::size_t>(sample) * pixels + p;
        const double signal = pairs.summary[i] - pairs.summary_noise[i];
        const double wanted = (signal + pairs.summary_noise[j * pixels + p] - data.normalisation().summary_mean) /
                              data.normalisation().summary_std;
        error = std::max(error, std::abs(wanted - changed.summary[n * pixels + p]));
      }
      if (error < 1e-5) donor = j;
    }
    EXPECT_GE(donor, 0);
    EXPECT_LT(donor, 30);
    own += donor == sample;
  }
  EXPECT_LE(own, 8);  // Poisson(1) of the 30 keep their own noise
}

TEST(PairDataset, adds_jitter_of_the_wanted_size) {
  const PairDataset data(test::toy_pairs(200), 0);
  Augmentation jitter;
  jitter.x_noise = 0.1;
  const Batch plain = training_batch(data, {1, 0, {0, 200}, {}}), changed = training_batch(data, {1, 0, {0, 200}, jitter});
  EXPECT_EQ(plain.summary, changed.summary);
  double squares = 0;
  for (std::size_t i = 0; i < plain.x.size(); ++i) squares += std::pow(changed.x[i] - plain.x[i], 2);
  EXPECT_NEAR(squares / plain.x.size(), 0.01, 5 * 0.01 * std::sqrt(2.0 / 4800));  // five standard errors
}

// The batch of one rank is cut out of the global batch: shares put together are the whole, to the bit.
// The water rows of a training image hold standard normal noise: 40 images x 2 rows x nx values, so mean and variance lie
// within five standard errors of 0 and 1; the summary keeps its own values unless it is asked for too.
TEST(PairDataset, puts_noise_into_the_known_rows_alone) {
  PairArrays pairs = test::toy_pairs(40);
  pairs.known_rows = {2, false};
  const PairDataset plain(test::toy_pairs(40), 0), data(pairs, 0);
  BatchDraw draw;
  draw.seed = 3;
  draw.positions = {0, 40};
  const Batch batch = training_batch(data, draw), without = training_batch(plain, draw);
  double sum = 0, squares = 0;
  for (int i = 0; i < 40; ++i)
    for (int k = 0; k < pixels; ++k) {
      const float x = batch.x[static_cast<std::size_t>(i * pixels + k)];
      const double raw = x * data.normalisation().x_std + data.normalisation().x_mean;
      const double raw_without = without.x[static_cast<std::size_t>(i * pixels + k)] * plain.normalisation().x_std +
                                 plain.normalisation().x_mean;
      if (k < 2 * nx) {
        sum += x;
        squares += static_cast<double>(x) * x;
      } else {
        EXPECT_NEAR(raw, raw_without, 1e-5 * (1 + std::abs(raw)));
      }
    }
  const double n = 40.0 * 2 * nx;
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2 / n));
}

// About half of the samples come back with both signs changed, in physical units; the others as they were.
TEST(PairDataset, negates_image_and_summary_together) {
  const PairDataset data(test::toy_pairs(64), 0);
  const Normalisation& norm = data.normalisation();
  BatchDraw draw{3, 1, {0, 64}, {}};
  const Batch plain = training_batch(data, draw);
  draw.augmentation.negate = true;
  const Batch changed = training_batch(data, draw);
  int negated = 0;
  for (int i = 0; i < 64; ++i) {
    const auto first = static_cast<std::size_t>(i * pixels);
    const bool is_negated = changed.x[first] != plain.x[first];
    negated += is_negated;
    const double sign = is_negated ? -1 : 1;
    for (std::size_t k = first; k < first + pixels; ++k) {
      EXPECT_NEAR(norm.restore_x(changed.x[k]), sign * norm.restore_x(plain.x[k]), 1e-5);
      EXPECT_NEAR(changed.summary[k] * norm.summary_std + norm.summary_mean,
                  sign * (plain.summary[k] * norm.summary_std + norm.summary_mean), 1e-5);
    }
  }
  EXPECT_NEAR(negated, 32, 20);  // five standard deviations of a fair coin
}

// The signal of a summary is amplified as its image is, its noise is not: x' = g x and y' - n = g (y - n), for each sample.
TEST(PairDataset, amplifies_the_image_and_the_signal_alike) {
  const PairArrays pairs = test::toy_pairs(64);
  const PairDataset data(pairs, 0);
  const Normalisation& norm = data.normalisation();
  BatchDraw draw{3, 1, {0, 64}, {}};
  const Batch plain = training_batch(data, draw);
  draw.augmentation.gain = 0.3;
  const Batch changed = training_batch(data, draw);
  const SampleOrder order(64, 3, 1);
  double log_sum = 0, log_squares = 0;
  for (int i = 0; i < 64; ++i) {
    const auto first = static_cast<std::size_t>(i * pixels);
    const float* noise = pairs.summary_noise.data() + static_cast<std::size_t>(order.sample(i)) * pixels;
    const double gain = norm.restore_x(changed.x[first]) / norm.restore_x(plain.x[first]);
    log_sum += std::log(gain);
    log_squares += std::log(gain) * std::log(gain);
    for (int k = 0; k < pixels; ++k) {
      const auto at = first + static_cast<std::size_t>(k);
      EXPECT_NEAR(norm.restore_x(changed.x[at]), gain * norm.restore_x(plain.x[at]), 1e-4);
      const double before = plain.summary[at] * norm.summary_std + norm.summary_mean - noise[k];
      const double after = changed.summary[at] * norm.summary_std + norm.summary_mean - noise[k];
      EXPECT_NEAR(after, gain * before, 1e-4);
    }
  }
  // 64 draws of N(0, 0.3^2): four standard errors.
  EXPECT_NEAR(log_sum / 64, 0, 4 * 0.3 / 8);
  EXPECT_NEAR(log_squares / 64, 0.09, 4 * 0.09 * std::sqrt(2.0 / 64));
}

// Divided by its strength a summary has the root mean square 1 below the known rows, and its image the same ratio to it as
// before.
TEST(PairDataset, divides_a_pair_by_the_strength_of_its_summary) {
  PairArrays pairs = test::toy_pairs(8);
  const PairDataset plain(pairs, 2);
  pairs.strength_use = StrengthUse::divided;
  const PairDataset data(pairs, 2);
  const BatchDraw draw{1, 0, {0, 6}, {}};
  const Batch batch = training_batch(data, draw), before = training_batch(plain, draw);
  for (int i = 0; i < 6; ++i) {
    const auto first = static_cast<std::size_t>(i * pixels);
    double squares = 0, squares_before = 0;
    for (std::size_t k = first; k < first + pixels; ++k) {
      squares += static_cast<double>(batch.summary[k]) * batch.summary[k];
      squares_before += static_cast<double>(before.summary[k]) * before.summary[k];
    }
    EXPECT_NEAR(squares / pixels, 1, 1e-5);
    const double strength = std::sqrt(squares_before / pixels);
    for (std::size_t k = first; k < first + pixels; ++k) EXPECT_NEAR(batch.x[k] * strength, before.x[k], 1e-5);
  }
}

// What the division takes away comes back as the second channel: the logarithm of the strength, standardised over the
// training samples, the same at every point; in the validation samples too.
TEST(PairDataset, tells_the_strength_in_a_second_channel) {
  PairArrays pairs = test::toy_pairs(12);
  const PairDataset plain(pairs, 4);
  pairs.strength_use = StrengthUse::told;
  const PairDataset data(pairs, 4);
  const Batch batch = training_batch(data, {1, 0, {0, 8}, {}}), before = training_batch(plain, {1, 0, {0, 8}, {}});
  ASSERT_EQ(batch.summary.size(), 2 * before.summary.size());
  const Normalisation& norm = data.normalisation();
  double sum = 0, squares = 0;
  for (int i = 0; i < 8; ++i) {
    const float strength = norm.strength(before.summary.data() + i * pixels, pixels, 0);
    const double told = batch.summary[static_cast<std::size_t>(2 * i * pixels + 1)];
    EXPECT_NEAR(std::exp(told * norm.log_strength_std + norm.log_strength_mean), strength, 1e-5 * strength);
    for (std::size_t k = static_cast<std::size_t>(i * pixels); k < static_cast<std::size_t>((i + 1) * pixels); ++k) {
      EXPECT_EQ(batch.summary[2 * k + 1], told);
      EXPECT_NEAR(batch.summary[2 * k] * strength, before.summary[k], 1e-5);
    }
    sum += told, squares += told * told;
  }
  EXPECT_NEAR(sum, 0, 1e-4);
  EXPECT_NEAR(squares / 8, 1, 1e-4);
  Tensor<float> x, condition;
  data.fill_validation({0, 4}, x, condition);
  EXPECT_EQ(condition.c, 2);
}

TEST(PairDataset, draws_depend_on_the_position_alone) {
  const PairDataset data(test::toy_pairs(30), 4);
  Augmentation all;
  all.flip = all.redraw_noise = true;
  all.x_noise = 0.2;
  const Batch whole = training_batch(data, {5, 2, {8, 16}, all});
  for (const int parts : {2, 3, 5}) {
    Batch joined;
    for (int part = 0; part < parts; ++part) {
      const WorkRange share = contiguous_share(8, part, parts);
      const Batch piece = training_batch(data, {5, 2, {8 + share.begin, 8 + share.end}, all});
      joined.x.insert(joined.x.end(), piece.x.begin(), piece.x.end());
      joined.summary.insert(joined.summary.end(), piece.summary.begin(), piece.summary.end());
    }
    EXPECT_EQ(joined.x, whole.x);
    EXPECT_EQ(joined.summary, whole.summary);
  }
  EXPECT_NE(training_batch(data, {5, 3, {8, 16}, all}).x, whole.x);
}

TEST(PairDataset, refuses_samples_that_are_not_finite) {
  auto pairs = test::toy_pairs(10);
  pairs.summary[3 * pixels + 2] = std::numeric_limits<float>::quiet_NaN();
  pairs.summary[7 * pixels] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(PairDataset(pairs, 2), DataError);
  const std::string message = message_of([&] { PairDataset(pairs, 2); });
  EXPECT_NE(message.find("/summary has 2 of 10"), std::string::npos) << message;
  EXPECT_NE(message.find("sample 3"), std::string::npos) << message;
}

TEST(PairDataset, refuses_what_cannot_be_trained_on) {
  EXPECT_THROW(PairDataset(test::toy_pairs(10), 10), UserError);
  auto pairs = test::toy_pairs(10);
  pairs.summary.resize(5 * pixels);
  EXPECT_THROW(PairDataset(pairs, 2), DataError);
  pairs = test::toy_pairs(10);
  std::fill(pairs.x.begin(), pairs.x.end(), 1.0f);
  EXPECT_THROW(PairDataset(pairs, 2), DataError);
  pairs = test::toy_pairs(10);
  pairs.summary_noise.clear();
  Augmentation redraw;
  redraw.redraw_noise = true;
  const PairDataset data(pairs, 2);
  EXPECT_THROW(training_batch(data, {1, 0, {0, 4}, redraw}), UserError);
}

TEST(PairFile, gives_the_training_rows_and_leaves_the_test_set) {
  const auto world = test::world();
  const test::Folder folder(world, "pair_file");
  const auto pairs = test::toy_pairs(25);
  write_pairs(folder.file("pairs.h5"), pairs, 20);
  const PairDataset data = PairDataset::load(world, folder.file("pairs.h5"), 5);
  EXPECT_EQ(data.n_training(), 15);
  EXPECT_EQ(data.n_validation(), 5);
  EXPECT_TRUE(data.has_summary_noise());
  auto first_rows = pairs;
  for (auto* values : {&first_rows.x, &first_rows.summary, &first_rows.summary_noise}) values->resize(20 * pixels);
  const PairDataset expected(first_rows, 5);
  EXPECT_TRUE(data.normalisation() == expected.normalisation());
  EXPECT_EQ(training_batch(data, {1, 0, {0, 15}, {}}).summary, training_batch(expected, {1, 0, {0, 15}, {}}).summary);
}

TEST(PairFile, foreign_files_are_refused_by_name) {
  const auto world = test::world();
  const test::Folder folder(world, "pair_file_foreign");
  EXPECT_THROW(PairDataset::load(world, folder.file("absent.h5"), 0), IoError);
  write_pairs(folder.file("pairs.h5"), test::toy_pairs(5), 6);
  EXPECT_THROW(PairDataset::load(world, folder.file("pairs.h5"), 0), DataError);
  Hdf5File other = Hdf5File::create(folder.file("other.h5"));
  const float value = 1;
  other.write("/image", {1}, &value);
  other.close();
  const std::string message = message_of([&] { PairDataset::load(world, folder.file("other.h5"), 0); });
  EXPECT_NE(message.find("no dataset /x"), std::string::npos) << message;
}

}  // namespace bornflow
