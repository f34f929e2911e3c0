#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bornflow/grid/subdomain.hpp"
#include "bornflow/inference/priors/prior.hpp"
#include "solvers/acoustic/time_axis.hpp"
#include "solvers/survey/acquisition.hpp"
#include "src/app/run_context.hpp"

/// The pieces of the imaging experiment, each made from its sections of the parameter file.
namespace bornflow {

/// Background velocity and density, and the reflectivity that a model file holds beside them.
struct BackgroundModel {
  GridField velocity;       ///< [m/s]
  GridField reflectivity;   ///< slowness squared less the background's [s2/km2]; empty for kind = gradient
  std::shared_ptr<const std::vector<float>> density;   ///< of [density] [g/cm3]; null: constant
};

/// Builds the background of [model] and [density] on [grid].
BackgroundModel make_background(const RunConfig& config);

/// The mute M of the images: 1, and 0 in the [model] water_rows. (z, y, x).
std::vector<float> make_water_mute(const RunConfig& config);

/// Sources, receivers, encodings and time axis of [acquisition] and [time].
Acquisition make_acquisition(const RunConfig& config);

/// Shots of [acquisition]: one for each source, or the simultaneous ones.
int n_shots(const RunConfig& config);

/// The change of squared slowness [s2/km2] that the lens of [observed] makes in a velocity, zero where `mute` is zero:
/// v -> v + lens_change exp(-r^2 / (2 lens_radius^2)), the same for every y. UserError where v would not be positive.
std::vector<float> make_lens(const RunConfig& config, const GridField& velocity, const std::vector<float>& mute);

/// The prior of [prior] on [grid]; its images are dimensionless, of unit standard deviation: each shallow one, those of a
/// library together. Deep ones have 0.7.
std::unique_ptr<Prior> make_prior(const RunConfig& config);

/// Options of the propagator from [wave] and [time], for a constant density.
PropagatorOptions make_propagator_options(const RunConfig& config);
/// The same with the density of a background.
PropagatorOptions make_propagator_options(const RunConfig& config, const BackgroundModel& background);
/// The same with the transport of [parallel]. Collective on the run's domain.
PropagatorOptions make_propagator_options(const RunContext& run);
PropagatorOptions make_propagator_options(const RunContext& run, const BackgroundModel& background);

/// How [parallel] cuts the grid for the ranks of a group, and what the cut has to heed.
Partition make_partition(const RunConfig& config, const Grid& grid);
CutRules cut_rules(const RunConfig& config);
/// This rank's part of the grid.
Subdomain make_domain(const RunContext& run, const Grid& grid);

/// (nz, nx), or in 3-D (nz, ny, nx).
std::vector<std::int64_t> image_shape(const Grid& grid);

}  // namespace bornflow
