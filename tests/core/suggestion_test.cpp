#include "bornflow/config/suggestion.hpp"

#include <gtest/gtest.h>

namespace bornflow {

TEST(Suggestion, edit_distance_counts_swaps_once) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("abc", ""), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("gird", "grid"), 1);
  EXPECT_EQ(edit_distance("ca", "abc"), 3);  // optimal string alignment; unrestricted Damerau would say 2
  EXPECT_EQ(edit_distance("abcd", "badc"), 2);
}

TEST(Suggestion, finds_what_was_meant) {
  const std::vector<std::string> names = {"nx", "ny", "peak_frequency", "max_iterations", "spacing"};
  EXPECT_EQ(suggestion("n_x", names), "nx");
  EXPECT_EQ(suggestion("N-Y", names), "ny");
  EXPECT_EQ(suggestion("peakFrequency", names), "peak_frequency");
  EXPECT_EQ(suggestion("peak_freqency", names), "peak_frequency");
  EXPECT_EQ(suggestion("spaicng", names), "spacing");
  EXPECT_EQ(suggestion("frequency", names), "peak_frequency");
  EXPECT_EQ(suggestion("iterations", names), "max_iterations");
  EXPECT_EQ(suggestion("nxx", names), "nx");
}

TEST(Suggestion, stays_silent_when_nothing_is_near) {
  const std::vector<std::string> names = {"nx", "peak_frequency"};
  EXPECT_EQ(suggestion("temperature", names), "");
  EXPECT_EQ(suggestion("q", names), "");
  EXPECT_EQ(suggestion("", names), "");
  EXPECT_EQ(suggestion("___", names), "");
  EXPECT_EQ(suggestion("anything", {}), "");
  EXPECT_EQ(suggestion(std::string(1000, 'n'), names), "");
}

}  // namespace bornflow
