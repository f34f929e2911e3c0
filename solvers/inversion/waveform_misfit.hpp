#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bornflow/parallel/communicator.hpp"
#include "bornflow/parallel/work.hpp"
#include "solvers/acoustic/born_operator.hpp"

namespace bornflow {

/// The waves of an inversion: everything about F but the model.
struct WaveformSetup {
  Subdomain subdomain;
  PropagatorOptions options;    ///< its dt must be set, and stable for every model that may come: F must not change with m
  Acquisition acquisition;      ///< its low_pass is the band: it goes over the wavelet and, here, over the data
  std::vector<float> mask;      ///< of the gradient: ModelVariables' W; empty: ones
  double memory_limit_bytes = 0;   ///< of background wavefields on each rank
};

/// The misfit of full waveform inversion, f(m) = 1/2 sum over shots, receivers and samples of (F(m) - d)^2, and its
/// gradient W J^T (F(m) - d), J taken at m (Tarantola, Geophysics 49 (1984) 1259; Plessix, GJI 167 (2006) 495).
///
/// There is no factor of the sample interval: f is half the square of the residual norm of LSQR. The gradient is that of
/// the discrete F, to rounding, at every point that is not on the rim (freeze_rim). Sums run in a fixed order, so that
/// value and gradient have the same bits on any number of ranks. m in s^2/km^2, (z, y, x).
template <class T>
class WaveformMisfit {
public:
  /// `shots`: this rank's; `traces`: their unfiltered data, (shots.size(), n_receivers, n_samples). Refers to `comm`.
  WaveformMisfit(const Communicator& comm, WaveformSetup setup, WorkRange shots, const std::vector<float>& traces);

  const WaveformSetup& setup() const { return setup_; }
  int n_shots() const { return setup_.acquisition.n_shots(); }

  /// f(m); one solve a shot. Collective, as all below.
  double value(const std::vector<double>& m);
  /// f(m) and its gradient; two solves a shot.
  double value_and_gradient(const std::vector<double>& m, std::vector<double>& gradient);
  /// Sum over the shots of Propagator::illuminate; one solve a shot.
  std::vector<double> illumination(const std::vector<double>& m);

  /// F about one model, for methods that apply J many times. Keeps as many backgrounds as the memory limit allows.
  class Linearisation {
  public:
    double value() const { return value_; }                                     ///< f(m)
    const std::vector<double>& gradient() const { return gradient_; }           ///< W J^T (F(m) - d)
    /// W J^T J W x. Collective.
    std::vector<double> apply_hessian(const std::vector<double>& x);
    ~Linearisation();

  private:
    friend class WaveformMisfit;
    explicit Linearisation(WaveformMisfit& misfit) : misfit_(misfit) {}
    WaveformMisfit& misfit_;
    std::unique_ptr<BornOperator<T>> born_;
    double value_ = 0;
    std::vector<double> gradient_;
  };
  std::unique_ptr<Linearisation> linearise(const std::vector<double>& m);

  /// Single-source solves of all ranks so far. Collective.
  SolveLedger total_ledger() const;

private:
  std::unique_ptr<BornOperator<T>> operator_at(const std::vector<double>& m, double memory_limit) const;
  void count(const BornOperator<T>& born);
  /// traces := F(m) - d of one shot; returns half its square.
  double residual(BornOperator<T>& born, std::int64_t shot, std::vector<T>& traces) const;
  double value_and_gradient(BornOperator<T>& born, std::vector<double>& gradient) const;

  const Communicator& comm_;
  WaveformSetup setup_;
  WorkRange shots_;
  std::vector<T> data_;   // filtered
  double background_bytes_ = 0;   // of one shot; 0 before it is known
  SolveLedger ledger_;    // of this rank
};

}  // namespace bornflow
