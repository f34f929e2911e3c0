#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bornflow/inference/methods/bidirectional_training.hpp"
#include "bornflow/inference/problems/inverse_problem.hpp"
#include "src/app/adapters/trained_samplers.hpp"
#include "src/app/parameters/error_list.hpp"
#include "src/app/parameters/run_config.hpp"

/// Inverse problems that are known by simulation alone, and the networks for them, made from the parameter file.
namespace bornflow {

/// Whether [problem] kind is one of these.
bool is_inverse_problem(const std::string& kind);
/// The problem of [problem] kind. UserError where its section cannot be.
std::unique_ptr<InverseProblem> make_inverse_problem(const RunConfig& config);
/// Adds to `errors` what cannot be in [flow], [inn] and [abc] for this problem.
void check_inverse_problem(const RunConfig& config, ErrorList& errors);

/// The invertible network of [flow] and its training of [inn] and [train].
InvertibleOptions make_invertible_options(const RunConfig& config, const InverseProblem& problem);
/// The autoencoder of [cvae] and its training of [train].
AutoencoderOptions make_autoencoder_options(const RunConfig& config, const InverseProblem& problem);

/// Numbers of first pairs: those of training are 0, 1, ...
constexpr std::uint64_t first_observed_pair = std::uint64_t{1} << 32, first_calibration_pair = std::uint64_t{1} << 33,
                        first_rejection_draw = std::uint64_t{1} << 40;

}  // namespace bornflow
