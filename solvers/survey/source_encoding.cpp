#include "solvers/survey/source_encoding.hpp"

#include <cmath>

#include "bornflow/base/random.hpp"

namespace bornflow {

std::vector<std::vector<double>> gaussian_encodings(std::uint64_t seed, int n_shots, int n_sources) {
  std::vector<std::vector<double>> encodings(static_cast<std::size_t>(n_shots));
  for (std::size_t shot = 0; shot < encodings.size(); ++shot) {
    RandomStream stream(seed, Purpose::encoding, shot);
    for (int source = 0; source < n_sources; ++source)
      encodings[shot].push_back(stream.normal() / std::sqrt(static_cast<double>(n_shots)));
  }
  return encodings;
}

}  // namespace bornflow
