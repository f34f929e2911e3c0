#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "solvers/acoustic/propagator.hpp"
#include "solvers/acoustic/solve_ledger.hpp"

namespace bornflow {

/// J M of all shots about one background model, and its transpose M J^T.
///
/// J is the derivative of the traces with respect to m = 1/v^2 [s^2/km^2] (Propagator), M the image mute: a weight on
/// each image point that is applied inside, so that born and born_adjoint are exact transposes with it.
///
/// The background field depends on (model, shot) alone. It is kept as options.storage says, oldest shots leaving first,
/// while it fits in `memory_limit_bytes` on each rank; then many images and data sets of a shot cost one solve each, and what
/// the storage runs again. With `half`, `byte` and `boundary` the adjoint is approximate: born is exact, and born_adjoint its
/// transpose to the bounds that tests/solvers/wavefield_store_test.cpp states.
///
/// Images are of the global grid. Where it is cut, every rank of the domain calls together and gets the same result.
template <class T>
class BornOperator {
public:
  /// velocity [m/s] and mute (empty: all ones) are on the grid, (z, y, x). UserError as Propagator, or for a mute of
  /// the wrong size or not finite.
  BornOperator(const Subdomain& subdomain, const PropagatorOptions& options, const Acquisition& acquisition,
               const std::vector<float>& velocity, std::vector<float> mute, double memory_limit_bytes);

  int n_shots() const { return propagator_.n_shots(); }
  std::size_t image_size() const { return propagator_.grid().size(); }
  std::size_t traces_size() const { return propagator_.traces_size(); }   ///< of one shot
  Storage storage() const { return storage_; }
  const Propagator<T>& propagator() const { return propagator_; }
  /// Memory of the backgrounds of `n_shots` shots on the rank with the largest part [bytes].
  double background_bytes(int n_shots) const { return store_bytes_ * n_shots; }
  /// How many of the backgrounds of `n_shots` shots the memory limit lets it keep.
  int backgrounds_kept(int n_shots) const;

  /// UserError when the background of one shot exceeds the memory limit; it says the sizes and the ways out. To be asked
  /// before anything is run or allocated; born_adjoint asks.
  void require_adjoint_fits() const {
    require_storage_fits(storage_, propagator_.storage_problem(), memory_limit_bytes_);
  }

  /// Makes the backgrounds of the shots [first_shot, end_shot), as many as fit; others leave to make room.
  void prepare(int first_shot, int end_shot);
  bool is_prepared(int shot) const { return find(shot) != nullptr; }

  /// traces = F(m) of the background model itself; keeps the background as prepare does, if it fits.
  void forward(int shot, T* traces);
  /// traces [batch][receiver][sample] = J M images [batch][z][y][x].
  void born(int shot, int batch, const T* images, T* traces);
  /// images = M J^T traces. UserError as require_adjoint_fits.
  void born_adjoint(int shot, int batch, const T* traces, T* images);

  const SolveLedger& ledger() const { return ledger_; }

private:
  struct Entry {
    int shot;
    std::unique_ptr<WavefieldStore<T>> background;
  };
  WavefieldStore<T>* find(int shot) const;
  bool fits(int n_shots) const { return background_bytes(n_shots) <= memory_limit_bytes_; }
  /// Runs the background of the shot and keeps it, removing the oldest ones if needed. Returns null if it cannot fit.
  WavefieldStore<T>* make(int shot, T* traces);
  /// An empty store for the shot, others having made room; null if it cannot fit.
  std::unique_ptr<WavefieldStore<T>> reserve(int shot);
  WavefieldStore<T>* keep(int shot, std::unique_ptr<WavefieldStore<T>> store);
  /// Enters what the store ran again in the ledger.
  void count_rerun(WavefieldStore<T>& store);
  /// This rank's part of the images times the mute.
  std::vector<T> muted(int batch, const T* images) const;

  Storage storage_;
  Propagator<T> propagator_;
  std::vector<float> mute_;
  double memory_limit_bytes_;
  double store_bytes_;          // of one shot
  std::deque<Entry> entries_;   // oldest first
  SolveLedger ledger_;
};

}  // namespace bornflow
