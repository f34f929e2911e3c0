#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "solvers/acoustic/padded_layout.hpp"
#include "solvers/acoustic/storage/checkpoint_plan.hpp"
#include "solvers/acoustic/storage/storage.hpp"
#include "solvers/acoustic/time_axis.hpp"

namespace bornflow {

/// What the memory of a store depends on. Where several ranks share a grid, they must all choose the same: estimates and
/// plans are made for the largest part.
struct StorageProblem {
  PaddedLayout layout;                ///< of this rank
  PaddedLayout largest;               ///< of the largest part
  std::size_t element_bytes = 4;      ///< of the number type
  int steps = 0;
  double dt = 0;                      ///< [s]
  double max_frequency = 0;           ///< of the source [Hz]
  double acceleration_bound = 0;      ///< no |a| of a step is greater; see acceleration_bound()
  double budget_bytes = 0;            ///< that `recompute` may use; 0: what is fastest
};

StorageProblem make_storage_problem(const PaddedLayout& layout, std::size_t element_bytes,
                                    const PropagatorOptions& options, const Acquisition& acquisition,
                                    const TimeAxis& time_axis, double max_velocity);

/// The memory of one shot's store and the work of one adjoint pass.
struct StorageEstimate {
  Storage storage = Storage::full;
  double bytes = 0;
  double reruns = 0;        ///< of the background, in whole solves; boundary: backwards
  int every = 1;            ///< half, byte: of so many steps one is kept
  double rim_bytes = 0;     ///< boundary: of one step
  int snapshots = 0;        ///< recompute
  int block_steps = 0;      ///< recompute: kept at a time
};
StorageEstimate estimate_storage(Storage storage, const StorageProblem& problem);

/// Every storage, in the order of Storage.
std::vector<StorageEstimate> estimate_every_storage(const StorageProblem& problem);

/// In words: "131 MB a shot: 16 bits, one step of 4".
std::string describe(const StorageEstimate& estimate);

/// The sizes of all: "full 131 MB (in use), half 16.4 MB, boundary 5.20 MB, recompute 131 MB".
std::string describe_every_storage(Storage in_use, const StorageProblem& problem);

/// UserError when one shot's store is above `limit_bytes`: says the sizes, and the ways out with theirs.
void require_storage_fits(Storage storage, const StorageProblem& problem, double limit_bytes);

/// Of how many steps `half` and `byte` keep one: the most that leaves half_samples_per_period samples in a period of max_frequency.
///
/// The image sums a product of two fields. A sum over every k-th step is the whole sum over k as long as no frequency of
/// the one and no frequency of the other add up to 1 / (k dt): with both below max_frequency, 2 samples in a period would do.
/// The third is for the Ricker wavelet's tail, for records that end while waves still arrive, and for noise in the data up
/// to twice max_frequency. Measured in 2-D and 3-D at 4 and 8 points per wavelength, 1 - cosine of the gradient is below 1e-5
/// from 3 samples on, 1e-4 at 2.1 to 2.6, 5e-3 at 1.6; with white noise of 30 % in the data it is 10 to 100 times that below
/// 3 samples.
constexpr double half_samples_per_period = 3;
int half_keeps_every(double dt, double max_frequency);

CheckpointPlan checkpoint_plan_for(const StorageProblem& problem);

/// A number that no |dt^2 D_tt u| of any shot exceeds.
///
/// D_tt u solves the wave equation with the source D_tt q, and the energy of the leapfrog bounds the norm of a velocity:
/// |sqrt(m) D_t w| <= sum_n dt |f^n / sqrt(m)| / (1 - C^2) for a source f, C = dt / stable_dt. With w = D_t u, and a source
/// whose weights have a sum of squares of at most one:
///
///   |dt^2 D_tt u| <= (v_max dt)^2 sum_n |q^(n+1) - q^n| sum_j |encoding_j| / (1 - C^2).
///
/// With a variable density all this holds for u / sqrt(rho) and its source sqrt(rho) q: the bound is rho_max times that.
/// The layer only takes energy away. What is reached in practice is some hundredths of it.
double acceleration_bound(const Acquisition& acquisition, const TimeAxis& time_axis, double max_velocity);

}  // namespace bornflow
