#include "bornflow/config/suggestion.hpp"

#include <algorithm>
#include <cstdlib>

namespace bornflow {

namespace {

/// Lower case without separators, so that n_x, N-X and nx are the same.
std::string normalised(const std::string& word) {
  std::string result;
  for (const char c : word) {
    if (c == '_' || c == '-' || c == '.' || c == ' ') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

}  // namespace

int edit_distance(const std::string& a, const std::string& b) {
  const std::size_t n = b.size();
  std::vector<int> two_above(n + 1), above(n + 1), row(n + 1);
  for (std::size_t j = 0; j <= n; ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(two_above, above);
    std::swap(above, row);
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= n; ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return row[n];
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest_word = 64;  // longer ones are not misspelt names
  const std::string wanted = normalised(word);
  if (wanted.empty() || wanted.size() > longest_word) return "";
  const int farthest = std::max(1, static_cast<int>(wanted.size()) / 3);
  std::string best;
  int best_distance = farthest + 1;
  for (const std::string& candidate : candidates) {
    const int distance = edit_distance(wanted, normalised(candidate));
    if (distance < best_distance && distance < static_cast<int>(wanted.size())) {  // not everything replaced
      best = candidate;
      best_distance = distance;
    }
  }
  if (!best.empty() || wanted.size() < 3) return best;
  for (const std::string& candidate : candidates) {
    const std::string known = normalised(candidate);
    const bool related =
        known.find(wanted) != std::string::npos || (known.size() >= 3 && wanted.find(known) != std::string::npos);
    if (related) return candidate;
  }
  return "";
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string near = suggestion(word, candidates);
  return near.empty() ? "" : " Did you mean '" + near + "'?";
}

}  // namespace bornflow
