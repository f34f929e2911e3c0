#pragma once

#include <functional>
#include <string>
#include <vector>

#include "solvers/inversion/inversion_state.hpp"
#include "solvers/inversion/waveform_misfit.hpp"

namespace bornflow {

enum class InversionMethod { quasi_newton, gauss_newton };
enum class InversionScaling { none, illumination };

struct InversionOptions {
  InversionMethod method = InversionMethod::quasi_newton;
  InversionScaling scaling = InversionScaling::illumination;
  double velocity_min = 0, velocity_max = 0;   ///< bounds on the model [m/s]
  std::vector<double> corners = {0};           ///< low-pass of each band [Hz]; 0: full band
  int iterations = 20;                         ///< of each band
  int restart_every = 10;                      ///< quasi-Newton iterations of a leg
  int inner_iterations = 5;                    ///< CGLS iterations of a Gauss-Newton step
  double smoothing = 0;                        ///< standard deviation of S [m]
};

struct InversionProblem {
  WaveformSetup setup;          ///< its low_pass is set band by band
  WorkRange shots;              ///< this rank's
  std::vector<float> traces;    ///< their data, (shots.size(), n_receivers, n_samples)
  std::vector<double> start;    ///< m0 [s^2/km^2], within the bounds where the mask is not zero
};

struct InversionHooks {
  std::function<bool()> should_stop;   ///< collective; asked after every iteration
  /// Told every record; may fill its model_error.
  std::function<void(InversionRecord&, const std::vector<double>& model)> on_iteration;
  std::function<void(const std::string&)> on_warning;
};

enum class InversionEnd { complete, interrupted };

/// Full waveform inversion: min over m of 1/2 |F(m) - d|^2 in bounds, band by band from low frequencies to high ones, by
/// bounded quasi-Newton or by Gauss-Newton steps in the variables of ModelVariables.
///
/// A band is done in legs: of `restart_every` quasi-Newton iterations, or of one Gauss-Newton step. Each leg starts anew
/// from its model alone, with an empty memory. Only between two legs is a checkpoint written: then a run that was stopped
/// or killed goes on exactly as one that was not, by construction. (The other way, to save the memory's pairs, would
/// depend on the internals of PETSc: its BLMVM also updates a diagonal with every pair it ever saw.) The price is a
/// gradient a leg, the memory's loss, and for who is stopped what was done of the leg. A run that is stopped within its
/// first leg ends the leg there and saves it, with a warning: that costs the equality, but runs shorter than a leg arrive.
///
/// The model has the same bits on any number of ranks (WaveformMisfit, descend). A band ends early when no step lowers
/// the misfit any more. `state` comes in as the start or as restored, and goes out with the result.
InversionEnd invert_waveforms(const Communicator& comm, const InversionProblem& problem, const InversionOptions& options,
                              const InversionCheckpoint& checkpoint, const InversionHooks& hooks, InversionState& state);

/// The time step for every model within the bounds; the survey's sample interval is a multiple of it. [s]
double fixed_time_step(const Grid& grid, const PropagatorOptions& options, const Acquisition& acquisition,
                       double velocity_max);

}  // namespace bornflow
