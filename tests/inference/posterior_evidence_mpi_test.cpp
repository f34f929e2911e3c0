#include <gtest/gtest.h>

#include "bornflow/parallel/work.hpp"
#include "inference/linear_gaussian_evidence.hpp"
#include "support/world.hpp"

namespace bornflow {

// 30 data sets in contiguous shares, joined, are the same to the bit as 30 on one rank; so is the report.
TEST(PosteriorEvidenceOverRanks, does_not_depend_on_their_number) {
  const auto comm = test::world();
  const WorkRange mine = contiguous_share(30, comm.rank(), comm.size());
  test::LinearGaussianEvidence shared({0.9, 0.1, false}, 3), alone({0.9, 0.1, false}, 3);
  shared.add(static_cast<int>(mine.begin), static_cast<int>(mine.end));
  const std::vector<float> learned = {0, 1, 2};  // the latents of pair i: learned[i % 3]
  for (auto i = mine.begin; i < mine.end; ++i) shared.evidence.add_learned_latent(&learned[static_cast<std::size_t>(i % 3)], 1);
  for (std::size_t i = 0; i < 30; ++i) alone.evidence.add_learned_latent(&learned[i % 3], 1);
  shared.evidence.gather(comm);
  alone.add(0, 30);
  const PosteriorEvidence &a = shared.evidence, &b = alone.evidence;
  ASSERT_EQ(a.count(), 30);
  EXPECT_EQ(a.inside, b.inside);
  EXPECT_EQ(a.tarp_prior, b.tarp_prior);
  EXPECT_EQ(a.tarp_data, b.tarp_data);
  EXPECT_EQ(a.z_mean, b.z_mean);
  EXPECT_EQ(a.z_square, b.z_square);
  EXPECT_EQ(a.contraction, b.contraction);
  EXPECT_EQ(a.some_z, b.some_z);
  EXPECT_EQ(a.some_contraction, b.some_contraction);
  EXPECT_EQ(a.latent_mean, b.latent_mean);
  EXPECT_EQ(a.latent_square, b.latent_square);
  EXPECT_EQ(a.latent_fourth, b.latent_fourth);
  EXPECT_EQ(a.learned_square, b.learned_square);
  EXPECT_EQ(a.learned_square[29], 4);
  EXPECT_EQ(make_report({&a, nullptr, nullptr, {}, {}, 0}).table(), make_report({&b, nullptr, nullptr, {}, {}, 0}).table());
}

}  // namespace bornflow
