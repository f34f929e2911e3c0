#include "bornflow/base/error.hpp"
#include "flows/network/conditional_glow.hpp"
#include "flows/network/conditional_hint.hpp"

namespace bornflow {

namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw UserError("[flow] " + message);
}

void check(const FlowArchitecture& a) {
  require(a.hidden >= 1 && a.depth >= 1 && a.condition_channels >= 1,
          "hidden, depth and condition_channels must be at least 1");
  require(a.scales >= 1 && a.scales <= 8, "scales = " + std::to_string(a.scales) + " must be between 1 and 8");
  require(a.clamp > 0, "clamp = " + std::to_string(a.clamp) + " must be positive; 2 is a usual value");
  require(a.condition_features >= 0,
          "condition_features = " + std::to_string(a.condition_features) +
              " must be 0 (no condition network) or positive; 32 is a usual value");
  require(a.condition_features == 0 || a.network != "hint",
          "condition_features = " + std::to_string(a.condition_features) +
              " is only for network = glow: hint models the density of the condition itself; set it to 0");
  require(a.condition_scalars >= 0 && a.condition_scalars < a.condition_channels &&
              (a.condition_scalars == 0 || a.condition_features > 0),
          "condition_scalars = " + std::to_string(a.condition_scalars) +
              " must leave a channel of the condition, and needs condition_features > 0 to be read");
  const int block = 1 << a.scales;
  require(a.nz >= block && a.nx >= block && a.nz % block == 0 && a.nx % block == 0,
          "an image of " + std::to_string(a.nz) + " x " + std::to_string(a.nx) + " points cannot be halved " +
              std::to_string(a.scales) + " times; make both sizes multiples of " + std::to_string(block) +
              " or lower scales");
}

}  // namespace

template <class T>
std::unique_ptr<ConditionalFlow<T>> make_flow(const FlowArchitecture& architecture, std::uint64_t seed) {
  check(architecture);
  if (architecture.network == "glow") return std::make_unique<ConditionalGlow<T>>(architecture, seed);
  if (architecture.network == "hint") return std::make_unique<ConditionalHint<T>>(architecture, seed);
  throw UserError("[flow] network = '" + architecture.network + "' is unknown; it must be glow or hint");
}

template std::unique_ptr<ConditionalFlow<float>> make_flow(const FlowArchitecture&, std::uint64_t);
template std::unique_ptr<ConditionalFlow<double>> make_flow(const FlowArchitecture&, std::uint64_t);

}  // namespace bornflow
