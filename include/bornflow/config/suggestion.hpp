#pragma once

#include <string>
#include <vector>

namespace bornflow {

/// Smallest number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
/// string alignment distance; Damerau, CACM 1964).
int edit_distance(const std::string& a, const std::string& b);

/// The candidate a user most likely meant by `word`, or "" when none is near: equal but for case and `_-. `, else
/// within a third of the length by edit distance, else containing the word or contained in it.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);

/// " Did you mean 'x'?" with the suggestion for `word`, or "" when there is none.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace bornflow
