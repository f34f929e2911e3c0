#pragma once

#include <iomanip>
#include <sstream>
#include <string>

#include "flows/network/conditional_flow.hpp"

namespace bornflow {

/// Calls visit(name, field) for every field of a FlowArchitecture (const or not): texts, int, double or bool.
/// The binding breaks the build when a field is added, so that none is forgotten in files and comparisons.
template <class Architecture, class Visit>
void for_each_field(Architecture& architecture, Visit&& visit) {
  auto& [network, nz, nx, hidden, depth, scales, clamp, condition_channels, condition_scalars, condition_features,
         squeeze, final_relu] = architecture;
  visit("network", network);
  visit("nz", nz);
  visit("nx", nx);
  visit("hidden", hidden);
  visit("depth", depth);
  visit("scales", scales);
  visit("clamp", clamp);
  visit("condition_channels", condition_channels);
  visit("condition_scalars", condition_scalars);
  visit("condition_features", condition_features);
  visit("squeeze", squeeze);
  visit("final_relu", final_relu);
}

/// "network = glow, nz = 64, ...": equal texts are equal architectures.
inline std::string architecture_text(const FlowArchitecture& architecture) {
  std::ostringstream text;
  text << std::setprecision(17);
  const char* separator = "";
  for_each_field(architecture, [&](const char* name, const auto& field) {
    text << separator << name << " = " << field;
    separator = ", ";
  });
  return text.str();
}

}  // namespace bornflow
