#include "bornflow/inference/priors/image_library_prior.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <set>

#include "bornflow/base/error.hpp"
#include "bornflow/io/hdf5_file.hpp"

namespace bornflow {

namespace {

// A file of this test that is removed at its end.
struct LibraryFile {
  std::string path = testing::TempDir() + "bornflow_library_" + std::to_string(getpid()) + ".h5";
  ~LibraryFile() { std::remove(path.c_str()); }

  // Pixel (n, z, x) of 3 images of 20 x 30 is 1 + 1000 n + 100 z + x: it tells where it comes from.
  void write(bool as_one_image = false) const {
    std::vector<float> images;
    for (int n = 0; n < 3; ++n)
      for (int z = 0; z < 20; ++z)
        for (int x = 0; x < 30; ++x) images.push_back(static_cast<float>(1 + 10000 * n + 100 * z + x));
    Hdf5File file = Hdf5File::create(path);
    if (as_one_image) file.write<float>("/images", {20, 30}, images.data());
    else file.write<float>("/images", {3, 20, 30}, images.data());
    file.close();
  }

  ImageLibraryOptions options() const {
    ImageLibraryOptions options;
    options.path = path;
    options.nz = 12;
    options.nx = 8;
    options.water_rows = 2;
    return options;
  }
};

}  // namespace

// Values are an increasing function of the place, so that differences of a patch show a true, possibly flipped, cut-out:
// one column further is one unit of x, one row further a hundred.
TEST(ImageLibraryPrior, image_is_a_patch_of_the_library_that_depends_on_seed_and_index_only) {
  LibraryFile library;
  library.write();
  const ImageLibraryPrior prior(library.options());
  std::set<float> corners;
  int flipped = 0;
  for (int i = 0; i < 200; ++i) {
    const auto patch = prior.draw(i);
    ASSERT_EQ(patch.size(), 12u * 8u);
    for (int j = 0; j < 2 * 8; ++j) ASSERT_EQ(patch[j], 0.0f);
    const double row = patch[3 * 8] - patch[2 * 8], column = patch[2 * 8 + 1] - patch[2 * 8];
    EXPECT_NEAR(std::abs(column) / row, 0.01, 1e-5);
    for (int iz = 2; iz < 12; ++iz)  // float values up to 2 in size: differences are good to 2.4e-7
      for (int ix = 0; ix < 8; ++ix) ASSERT_NEAR(patch[iz * 8 + ix], patch[2 * 8] + (iz - 2) * row + ix * column, 1e-5);
    flipped += column < 0;
    corners.insert(patch[2 * 8]);
  }
  EXPECT_NEAR(flipped, 100, 28);  // binomial, four standard errors of 7.07
  EXPECT_GT(corners.size(), 150u);
  const auto fifth = prior.draw(5);
  prior.draw(6);
  EXPECT_EQ(prior.draw(5), fifth);
  auto other_seed = library.options();
  other_seed.seed = 2;
  EXPECT_NE(ImageLibraryPrior(other_seed).draw(5), fifth);
}

// A patch as large as the image is the normalised library itself: over all three images, below the water, mean 0 and
// deviation 1. Images are told apart by their mean, so that each is counted once.
TEST(ImageLibraryPrior, library_has_zero_mean_and_unit_deviation_below_the_water) {
  LibraryFile library;
  library.write();
  auto options = library.options();
  options.nz = 20;
  options.nx = 30;
  const ImageLibraryPrior prior(options);
  std::set<float> seen;
  double sum = 0, squares = 0;
  for (int i = 0; i < 60; ++i) {
    const auto image = prior.draw(i);
    if (!seen.insert(std::min(image[2 * 30], image[2 * 30 + 29])).second) continue;
    for (std::size_t j = 2 * 30; j < image.size(); ++j) sum += image[j], squares += double(image[j]) * image[j];
  }
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_NEAR(sum / (3 * 18 * 30), 0.0, 1e-6);
  EXPECT_NEAR(squares / (3 * 18 * 30), 1.0, 1e-6);
}

TEST(ImageLibraryPrior, one_large_image_is_a_library_and_make_prior_finds_it) {
  LibraryFile library;
  library.write(true);
  PriorOptions options;
  options.name = "library";
  options.path = library.path;
  options.nz = 12;
  options.nx = 8;
  options.water_rows = 2;
  const auto prior = make_prior(options);
  EXPECT_EQ(prior->draw(0), ImageLibraryPrior(library.options()).draw(0));
  EXPECT_NE(prior->description().find("1 images of 20x30"), std::string::npos);
}

TEST(ImageLibraryPrior, refuses_what_cannot_be) {
  LibraryFile library;
  library.write();
  auto options = library.options();
  options.nz = 21;
  EXPECT_THROW(ImageLibraryPrior{options}, UserError);
  options = library.options();
  options.dataset = "/pictures";
  EXPECT_THROW(ImageLibraryPrior{options}, UserError);
  options = library.options();
  options.path += ".missing";
  EXPECT_THROW(ImageLibraryPrior{options}, IoError);
  options.path = "";
  EXPECT_THROW(ImageLibraryPrior{options}, UserError);

  std::vector<float> images(12 * 8, 3.0f);
  {
    Hdf5File file = Hdf5File::create(library.path);
    file.write<float>("/constant", {12, 8}, images.data());
    file.write<float>("/line", {96}, images.data());
    images[40] = std::nanf("");
    file.write<float>("/nan", {12, 8}, images.data());
    file.close();
  }
  options = library.options();
  for (const char* name : {"/constant", "/line", "/nan"}) {
    options.dataset = name;
    EXPECT_THROW(ImageLibraryPrior{options}, DataError) << name;
  }
}

}  // namespace bornflow
