#pragma once

#include <memory>
#include <vector>

#include "bornflow/grid/grid.hpp"
#include "bornflow/parallel/transport.hpp"
#include "solvers/acoustic/storage/storage.hpp"
#include "solvers/survey/acquisition.hpp"

namespace bornflow {

/// What ends the grid at z = oz: the absorbing layer, as on the other sides, or a free surface.
enum class Top { absorbing, free_surface };

/// What the layer does: damp (Medium), or match and absorb with memory variables (cpml_layer.hpp).
enum class Absorbing { damping, cpml };

/// Points. 40 reflect less than single precision can tell.
constexpr int widest_cpml = 100;

struct PropagatorOptions {
  int space_order = 8;          ///< even, 2 .. 16
  int layer_width = 20;         ///< points of the absorbing layer on each side
  Absorbing absorbing = Absorbing::damping;
  double layer_frequency = 0;   ///< cpml: peak frequency of the waves it is made for [Hz]; the Propagator puts the survey's
  Top top = Top::absorbing;
  double dt = 0;                ///< time step [s]; 0: the longest within cfl_safety of the limit that divides the sample interval
  Transport transport = Transport::direct;   ///< of the halos, where the grid is cut
  double cfl_safety = 0.9;      ///< part of the stability limit that an automatic dt may use, in (0, 1)
  Storage storage = Storage::full;   ///< of the background field, for the adjoint
  double storage_memory = 0;    ///< recompute: of one shot [bytes]; 0: no limit of its own
  std::shared_ptr<const std::vector<float>> density;   ///< [g/cm^3] on the global grid, (z, y, x); none: constant (density.hpp)
};

/// Steps of the solver within the samples of the traces: sample j is step j substeps.
struct TimeAxis {
  double dt = 0;                // [s]
  int substeps = 1;             // steps per sample
  int steps = 0;                // (n_samples - 1) substeps
  double stable_dt = 0;         // the limit [s]
  double cfl_number() const { return dt / stable_dt; }
};

/// The stability limit of the leapfrog, dt < 2 / (v_max sqrt(lambda)), with lambda = sum over the axes of
/// second_derivative_norm / h^2, the largest eigenvalue of minus the discrete Laplacian. v_max [m/s]; result [s].
double stable_time_step(const Grid& grid, int space_order, double max_velocity);
/// The same with the density of `options`, if any: lambda is then density_operator_norm.
double stable_time_step(const Grid& grid, const PropagatorOptions& options, double max_velocity);

/// Chooses or checks the time step. UserError names the limit when options.dt is above it, and when it does not divide
/// the sample interval.
TimeAxis make_time_axis(const Grid& grid, const PropagatorOptions& options, const Acquisition& acquisition,
                        double max_velocity);

/// The frequency above which a Ricker wavelet has an amplitude below 4 % of the one at its peak: 2.5 times the peak frequency.
inline double max_ricker_frequency(double peak_frequency) { return 2.5 * peak_frequency; }

/// Grid points per shortest wavelength, v_min / (max_frequency h) with h the widest spacing in use.
/// v_min [m/s], max_frequency [Hz]. Order 8 wants about 4 or more.
double points_per_wavelength(const Grid& grid, double min_velocity, double max_frequency);

}  // namespace bornflow
