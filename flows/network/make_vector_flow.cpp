#include "bornflow/base/error.hpp"
#include "flows/network/conditional_hint.hpp"
#include "flows/network/dense_flow.hpp"

namespace bornflow {

namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw UserError("[flow] " + message);
}

void check(const VectorFlowArchitecture& a) {
  // A coupling transforms at most 128 channels at once: half of them in HINT, all of them by the condition.
  require(a.size >= 2 && a.size <= 128,
          "a flow of vectors of " + std::to_string(a.size) + " numbers; the size must be between 2 and 128");
  require(a.condition_size >= 0, "condition_size = " + std::to_string(a.condition_size) + " must not be negative");
  require(a.hidden >= 1 && a.depth >= 1, "hidden and depth must be at least 1");
  require(a.clamp > 0, "clamp = " + std::to_string(a.clamp) + " must be positive; 2 is a usual value");
  require(a.network != "hint" || (a.condition_size >= 2 && a.condition_size <= 128),
          "network = hint models the density of the condition, which must have between 2 and 128 numbers, not " +
              std::to_string(a.condition_size) + "; take network = coupling");
}

}  // namespace

template <class T>
std::unique_ptr<ConditionalFlow<T>> make_vector_flow(const VectorFlowArchitecture& architecture, std::uint64_t seed) {
  check(architecture);
  if (architecture.network == "coupling" || architecture.network == "inn")
    return std::make_unique<DenseFlow<T>>(architecture, seed);
  if (architecture.network == "hint") return std::make_unique<ConditionalHint<T>>(architecture, seed);
  throw UserError("[flow] network = '" + architecture.network +
                  "' is unknown for vectors; it must be coupling, inn or hint");
}

template std::unique_ptr<ConditionalFlow<float>> make_vector_flow(const VectorFlowArchitecture&, std::uint64_t);
template std::unique_ptr<ConditionalFlow<double>> make_vector_flow(const VectorFlowArchitecture&, std::uint64_t);

}  // namespace bornflow
