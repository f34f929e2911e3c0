#pragma once

#include "bornflow/inference/priors/prior.hpp"

namespace bornflow {

struct ImageLibraryOptions {
  std::string path;
  std::string dataset = "/images";  ///< (n, Nz, Nx), or one image (Nz, Nx), in (z, x) order
  int nz = 64;
  int nx = 64;
  int water_rows = 4;
  std::uint64_t seed = 1;
};

/// Patches of given images: image i is a patch at a random place of a random image, flipped left to right with
/// probability one half.
///
/// One mean and one deviation, taken over the whole library without the uppermost water_rows rows of its images, bring it to
/// zero mean and unit deviation: strong and weak images stay strong and weak. The water rows of a patch are zero.
class ImageLibraryPrior : public Prior {
public:
  /// Reads the library into memory. IoError when it cannot be read; UserError when the dataset is missing or its images
  /// are smaller than a patch; DataError when it is not an array of images, not finite, or constant.
  explicit ImageLibraryPrior(const ImageLibraryOptions& options);

  std::vector<float> draw(std::int64_t index) const override;
  std::string description() const override;

private:
  void normalise();

  ImageLibraryOptions options_;
  std::int64_t count_ = 0, rows_ = 0, columns_ = 0;
  std::vector<float> images_;  // (count, rows, columns), normalised
  double mean_ = 0, deviation_ = 1;
};

}  // namespace bornflow
