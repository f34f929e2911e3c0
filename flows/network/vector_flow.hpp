#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "flows/network/conditional_flow.hpp"

namespace bornflow {

/// A flow of vectors x of any size >= 2, conditional on vectors y or (condition_size = 0) not. A vector is an image of one
/// point with a channel for each number, so every layer serves images and vectors alike; sub-networks are dense.
///
/// coupling: levels of ActNorm, channel mixing and a recursive HINT coupling that sees y besides (dense_flow.hpp).
/// inn: levels of a permutation and a double coupling, without any data-dependent start (dense_flow.hpp).
/// hint: the two lanes of conditional_hint.hpp, which model the density of y as well.
struct VectorFlowArchitecture {
  std::string network = "coupling";  ///< coupling | inn | hint
  int size = 2;                      ///< numbers of x
  int condition_size = 0;            ///< numbers of y
  int hidden = 32;                   ///< hidden numbers of the sub-networks
  int depth = 6;                     ///< levels
  double clamp = 2.0;                ///< bound on |log scale| of a coupling
  bool final_relu = false;           ///< the ReLU on the sub-networks' output that the original codes have
};

/// Builds the network; `seed` fixes the initial weights. Throws UserError for impossible sizes.
template <class T>
std::unique_ptr<ConditionalFlow<T>> make_vector_flow(const VectorFlowArchitecture& architecture, std::uint64_t seed);

}  // namespace bornflow
