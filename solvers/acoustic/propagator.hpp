#pragma once

#include <memory>
#include <vector>

#include "solvers/acoustic/points/point_operator.hpp"
#include "solvers/acoustic/storage/wavefield_store.hpp"
#include "solvers/acoustic/time_axis.hpp"
#include "solvers/acoustic/time_stepper.hpp"
#include "solvers/survey/acquisition.hpp"

namespace bornflow {

/// Solves the acoustic wave equation for one shot at a time: F, its derivative J and the transposes.
///
/// Discrete first, then differentiated: born is the exact derivative of forward with respect to m = 1/v^2 [s^2/km^2] on
/// the physical grid (the layer keeps its m), and each *_adjoint is the exact transpose, to rounding.
///
///   step n = 0 .. steps-1 makes u^(n+1) with the source q^n = wavelet(n dt);   u^0 = 0
///   born      A du = -dm D_tt u,   d = P du
///   adjoint   A^T v = P^T d,   image = -sum_n (D_tt u)^n v^n
///
/// With options.density D_tt u is divided by the density: the equation is then m / rho D_tt u - div((1 / rho) grad u) = q,
/// and J its derivative with respect to m at constant rho (density.hpp).
///
/// Arrays of the interface are on the host: traces are [receiver][sample], images (z, y, x), a batch comes first. Where the
/// grid is cut, every rank of the domain calls together; traces are whole and the same on all, images are the rank's own
/// part. All have the same bits for any cut.
template <class T>
class Propagator {
public:
  /// velocity [m/s] on the global grid, (z, y, x). UserError for what cannot be: see require_valid, make_time_axis,
  /// require_valid_velocity, require_valid_density.
  Propagator(const Subdomain& subdomain, const PropagatorOptions& options, const Acquisition& acquisition,
             const std::vector<float>& velocity);

  const Grid& grid() const { return subdomain_.global; }
  const Acquisition& acquisition() const { return acquisition_; }
  const TimeAxis& time_axis() const { return time_axis_; }
  const PaddedLayout& layout() const { return medium_.layout; }
  int n_shots() const { return acquisition_.n_shots(); }
  double dt() const { return time_axis_.dt; }
  int substeps() const { return time_axis_.substeps; }
  int steps() const { return time_axis_.steps; }
  const Subdomain& subdomain() const { return subdomain_; }
  std::size_t image_size() const { return subdomain_.owned.size(); }   ///< of this rank's part
  std::size_t traces_size() const;                   ///< of one shot
  StorageProblem storage_problem() const;            ///< what the memory of one shot's store depends on
  std::size_t working_bytes(int batch) const;        ///< of the fields that a solve of this batch needs
  double points_per_wavelength() const;              ///< at the slowest velocity and 2.5 times the peak frequency

  /// traces = F(m).
  void forward(int shot, T* traces);
  /// The same with steps() amplitudes of another wavelet, at t = n dt.
  void forward(int shot, const T* wavelet, T* traces);
  /// The same as forward(shot, traces), and the background for born and born_adjoint. `traces` may be null.
  void forward_storing(int shot, T* traces, WavefieldStore<T>& background);
  /// image[z][y][x] of the global grid = sum_n (D_tt u^n / rho)^2, the energy with which the shot's field lights each point: the diagonal of J^T J
  /// but for the way back to the receivers (Shin, Jang and Min, Geophysical Prospecting 49 (2001) 592).
  void illuminate(int shot, T* image);
  /// wavelet[steps] = the transpose of wavelet -> traces.
  void wavelet_adjoint(int shot, const T* traces, T* wavelet);

  /// Allocates what forward_storing fills, as options.storage says.
  std::unique_ptr<WavefieldStore<T>> make_background() const;
  /// Empties a store and makes it that of a shot; forward_storing begins with it. For a store that `born` fills.
  void assign(int shot, WavefieldStore<T>& background) const;

  /// traces[batch] = J images[batch]; images are dm [s^2/km^2]. Needs an exact storage; a store that is filled by reading it
  /// may be empty.
  void born(int shot, int batch, WavefieldStore<T>& background, const T* images, T* traces);
  /// The same without a background store: the background field advances beside the scattered ones.
  void born(int shot, int batch, const T* images, T* traces);
  /// images[batch] = J^T traces[batch], as near as the storage goes.
  void born_adjoint(int shot, int batch, WavefieldStore<T>& background, const T* traces, T* images);

private:
  PointOperator<T> source(int shot) const;
  /// Makes receivers_ those of the shot.
  void prepare_receivers(int shot);
  DeviceArray<T> ricker() const;   // as the survey has filtered it
  BackgroundSteps<T> background_steps(int shot) const { return {stepper_, source(shot), ricker()}; }
  void run_forward(BackgroundSteps<T> steps, T* traces, WavefieldStore<T>* background);
  void prepare_background();
  void prepare_scattered(int batch);
  DeviceArray<T> perturbation(int batch, const T* images) const;
  /// images[batch] of the rank's part /= rho^power.
  void divide_by_density(int batch, int power, T* images) const;
  DeviceArray<T> make_recording(int batch) const;
  void record(const Wavefield<T>& field, int step, const DeviceArray<T>& recording) const;
  /// The traces [batch][receiver][sample] from the recordings of all ranks.
  void collect(int batch, const DeviceArray<T>& recording, T* traces) const;

  Subdomain subdomain_;
  PropagatorOptions options_;
  Acquisition acquisition_;
  VelocityRange velocity_range_;
  TimeAxis time_axis_;
  Medium<T> medium_;
  TimeStepper<T> stepper_;   // refers to medium_
  PointOperator<T> receivers_;   // of receivers_shot_, or of all
  int receivers_shot_ = 0;
  Wavefield<T> background_;   // made at first use
  Wavefield<T> scattered_;    // or adjoint
};

}  // namespace bornflow
