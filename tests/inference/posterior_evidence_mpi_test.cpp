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
  EXPECT_EQ(make_report({&a, nullptr, nullptr, {}, {}, 0}).table(), make_report({&b, nullptr, nullptr, {}, {}, 0}).table());
}

}  // namespace bornflow
