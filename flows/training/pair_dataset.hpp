#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/base/random.hpp"
#include "bornflow/parallel/communicator.hpp"
#include "bornflow/parallel/work.hpp"
#include "flows/tensor/tensor.hpp"
#include "flows/training/normalisation.hpp"

namespace bornflow {

/// Rows at the top whose image is known to be zero: the water. A density of exact zeros has no bound, so a flow that saw
/// them would spend itself on shrinking them. It sees standard normal noise there instead, which it can leave as it is, and
/// samples get their zeros back afterwards (posterior_sampler.hpp).
struct KnownRows {
  int count = 0;
  bool in_summary = false;  ///< summaries too: for networks that model the density of the summary (a y-lane)
};

/// Arrays (n, nz, nx) of pairs.h5: images x, their summaries, and the part of each summary that is noise (may be empty).
struct PairArrays {
  std::string name;  ///< where they come from, for messages
  int nz = 0, nx = 0;
  std::vector<float> x, summary, summary_noise;
  KnownRows known_rows = {};
  StrengthUse strength_use = StrengthUse::ignored;

  std::int64_t count() const {
    return nz > 0 && nx > 0 ? static_cast<std::int64_t>(x.size()) / (static_cast<std::int64_t>(nz) * nx) : 0;
  }
};

/// Random changes of a training sample which keep it a draw from the joint density of image and summary: exactly for
/// redraw_noise and negate, and for flip where prior, background and acquisition are symmetric; gain and x_noise widen the prior
/// as they say.
struct Augmentation {
  bool flip = false;          ///< mirror x and summary together in x with probability 1/2; for a laterally symmetric
                              ///< background, acquisition and prior
  bool redraw_noise = false;  ///< give the summary the noise of another training sample: the noise in a summary is
                              ///< J^T eps, additive and independent of the image; needs summary_noise
  bool negate = false;        ///< change the sign of x and summary together with probability 1/2; for a prior that is
                              ///< symmetric about zero and a summary linear in the image
  double gain = 0;            ///< multiply x and the signal in the summary by exp(gain * normal); widens the prior's spread
                              ///< of amplitudes by as much; needs summary_noise, since noise keeps its strength
  double x_noise = 0;         ///< standard deviation of Gaussian jitter on x, in normalised units
};

/// Which samples a batch holds: positions in the order of one epoch (sample_order.hpp).
struct BatchDraw {
  std::uint64_t seed = 0;
  int epoch = 0;
  WorkRange positions;  ///< within [0, n_training)
  Augmentation augmentation;
};

/// Training and validation pairs in host memory, normalised when a batch is made.
///
/// A normalised pair is divided by the strength of its summary where StrengthUse says so. The last n_validation samples
/// are for validation; the normalisation is that of the others, below the known rows. Every random choice is a function
/// of (seed, epoch, position), never of the rank.
class PairDataset {
public:
  /// Reads rows [0, n_train) of /x, /summary and, where present, /summary_noise. Rank 0 reads, all ranks hold the data.
  /// DataError for wrong shapes and for non-finite samples, with their number and the first index. Collective.
  static PairDataset load(const Communicator& comm, const std::string& path, int n_validation, KnownRows known_rows = {},
                          StrengthUse strength_use = StrengthUse::ignored);
  PairDataset(PairArrays pairs, int n_validation);

  std::int64_t n_training() const { return n_training_; }
  std::int64_t n_validation() const { return pairs_.count() - n_training_; }
  int nz() const { return pairs_.nz; }
  int nx() const { return pairs_.nx; }
  bool has_summary_noise() const { return !pairs_.summary_noise.empty(); }
  const Normalisation& normalisation() const { return normalisation_; }

  /// Makes the batch (n, nz, nx, channels) of images and conditions; the tensors are resized when their shape differs.
  void fill_training(const BatchDraw& draw, Tensor<float>& x, Tensor<float>& condition) const;
  /// Samples `range` of the validation part as they are.
  void fill_validation(const WorkRange& range, Tensor<float>& x, Tensor<float>& condition) const;

private:
  std::size_t pixels() const { return static_cast<std::size_t>(pairs_.nz) * static_cast<std::size_t>(pairs_.nx); }
  void fill_sample(std::int64_t sample, float* x, float* summary) const;
  /// Returns the strength that both were divided by.
  float divide_by_strength(float* x, float* summary) const;
  void set_strength_statistics();
  void fill_known_rows(RandomStream stream, float* x, float* summary) const;
  /// Returns the strength of the changed pair, which is divided by it.
  float augment(const BatchDraw& draw, std::int64_t position, std::int64_t sample, float* x, float* summary) const;

  PairArrays pairs_;
  std::int64_t n_training_ = 0;
  Normalisation normalisation_;
};

}  // namespace bornflow
