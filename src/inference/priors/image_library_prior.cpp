#include "bornflow/inference/priors/image_library_prior.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/io/hdf5_file.hpp"

namespace bornflow {

namespace {

constexpr std::uint32_t patch_stream = 2;  // 0 and 1 belong to ReflectivityPrior

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (std::int64_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "a single number" : text;
}

}  // namespace

ImageLibraryPrior::ImageLibraryPrior(const ImageLibraryOptions& options) : options_(options) {
  const std::string where = "image library " + options.path + ", dataset " + options.dataset + ": ";
  if (options.water_rows < 0 || options.nx < 1 || options.nz <= options.water_rows)
    throw UserError("image library: a patch of " + std::to_string(options.nz) + " x " + std::to_string(options.nx) +
                    " (nz x nx) has nothing below " + std::to_string(options.water_rows) + " water rows");
  if (options.path.empty()) throw UserError("image library: no file is named; give the path of an HDF5 file of images");
  const Hdf5File file = Hdf5File::open(options.path);
  if (!file.exists(options.dataset)) throw UserError(where + "there is no such dataset; h5ls lists the names");
  auto shape = file.shape(options.dataset);
  if (shape.size() == 2) shape.insert(shape.begin(), 1);
  if (shape.size() != 3 || shape[0] < 1)
    throw DataError(where + "the shape is " + shape_text(shape) + ", but images are (n, Nz, Nx) or (Nz, Nx)");
  count_ = shape[0];
  rows_ = shape[1];
  columns_ = shape[2];
  if (rows_ < options.nz || columns_ < options.nx)
    throw UserError(where + "images of " + std::to_string(rows_) + " x " + std::to_string(columns_) +
                    " are smaller than the patch of " + std::to_string(options.nz) + " x " + std::to_string(options.nx) +
                    " (nz x nx); take a smaller grid or larger images, stored in (z, x) order");
  images_ = file.read<float>(options.dataset);
  for (std::size_t i = 0; i < images_.size(); ++i)
    if (!std::isfinite(images_[i])) {
      const auto pixels = static_cast<std::size_t>(rows_ * columns_);
      throw DataError(where + "image " + std::to_string(i / pixels) + " is not finite at pixel " + std::to_string(i % pixels));
    }
  normalise();
}

void ImageLibraryPrior::normalise() {
  const auto pixels = static_cast<std::size_t>(rows_ * columns_);
  const auto water = static_cast<std::size_t>(options_.water_rows * columns_);
  const auto used = static_cast<double>(count_) * static_cast<double>(pixels - water);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < images_.size(); ++i)
    if (i % pixels >= water) sum += images_[i];
  mean_ = sum / used;
  for (std::size_t i = 0; i < images_.size(); ++i)
    if (i % pixels >= water) squares += (images_[i] - mean_) * (images_[i] - mean_);
  deviation_ = std::sqrt(squares / used);
  if (!(deviation_ > 1e-6 * std::abs(mean_)))
    throw DataError("image library " + options_.path + ", dataset " + options_.dataset +
                    ": the images are constant below the water rows, so that there is nothing to learn");
  for (float& value : images_) value = static_cast<float>((value - mean_) / deviation_);
}

std::vector<float> ImageLibraryPrior::draw(std::int64_t index) const {
  BORNFLOW_REQUIRE(index >= 0, "images are numbered from 0");
  RandomStream random(options_.seed, Purpose::prior, static_cast<std::uint64_t>(index), patch_stream);
  const auto nx = static_cast<std::size_t>(options_.nx), columns = static_cast<std::size_t>(columns_);
  const std::size_t image = random.integer(0, static_cast<int>(count_ - 1));
  const std::size_t top = random.integer(0, static_cast<int>(rows_ - options_.nz));
  const std::size_t left = random.integer(0, static_cast<int>(columns_ - options_.nx));
  const bool flipped = random.integer(0, 1) == 1;
  std::vector<float> patch(static_cast<std::size_t>(options_.nz) * nx, 0.0f);
  for (std::size_t iz = options_.water_rows; iz < static_cast<std::size_t>(options_.nz); ++iz) {
    std::copy_n(&images_[(image * static_cast<std::size_t>(rows_) + top + iz) * columns + left], nx, &patch[iz * nx]);
    if (flipped) std::reverse(&patch[iz * nx], &patch[iz * nx] + nx);
  }
  return patch;
}

std::string ImageLibraryPrior::description() const {
  std::ostringstream text;
  text << "library " << options_.path << ' ' << options_.dataset << ", " << count_ << " images of " << rows_ << 'x' << columns_
       << ", patches " << options_.nz << 'x' << options_.nx << ", water rows " << options_.water_rows << ", seed "
       << options_.seed << ", mean " << mean_ << " and deviation " << deviation_ << " removed";
  return text.str();
}

}  // namespace bornflow
