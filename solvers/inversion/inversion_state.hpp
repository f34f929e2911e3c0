#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/communicator.hpp"
#include "solvers/acoustic/born_operator.hpp"

namespace bornflow {

/// One line of an inversion's history: the start of a band, or an iteration.
struct InversionRecord {
  double iteration = 0;            ///< over all bands; the start of a band repeats the last one of the band before
  double band = 0;                 ///< 0, 1, ...
  double corner = 0;               ///< of the band's low-pass [Hz]; 0: full band
  double misfit = 0;               ///< 1/2 |F(m) - d|^2 in this band
  double relative_misfit = 0;      ///< over that at the start of the band
  double projected_gradient = 0;   ///< norm, in the optimiser's variables
  double step = 0;                 ///< length of the line search
  double pde_solves = 0;           ///< single-source solves so far
  double model_error = -1;         ///< |m - truth| / |start - truth|; negative: no truth is known
};

/// Visits name and pointer to member of each number of a record; the names are those in files.
template <class Visitor>
void for_each_field(const Visitor& visit) {
  visit("iteration", &InversionRecord::iteration);
  visit("band", &InversionRecord::band);
  visit("corner", &InversionRecord::corner);
  visit("misfit", &InversionRecord::misfit);
  visit("relative_misfit", &InversionRecord::relative_misfit);
  visit("projected_gradient", &InversionRecord::projected_gradient);
  visit("step", &InversionRecord::step);
  visit("pde_solves", &InversionRecord::pde_solves);
  visit("model_error", &InversionRecord::model_error);
}

/// Everything that the rest of an inversion depends on, between two legs.
struct InversionState {
  std::vector<double> model;   ///< m [s^2/km^2]
  int band = 0;                ///< the next leg's
  int iteration = 0;           ///< in that band
  SolveLedger ledger;          ///< what the model has cost; solves that a restart repeats are not counted again
  std::vector<InversionRecord> history;
};

/// Writes the history as one dataset for each field below /history.
void write_history(Hdf5File& file, const std::vector<InversionRecord>& history);

/// The checkpoint of an inversion: one file that is replaced as a whole (OutputFile), so that a kill at any moment leaves
/// the one before or the new one.
class InversionCheckpoint {
public:
  /// `configuration`: everything that the model depends on, as write_configuration takes it. Refers to `comm`.
  InversionCheckpoint(const Communicator& comm, std::string path, std::string configuration);

  /// Rank 0 writes; an IoError is thrown on every rank, so that all do the same about it. Collective.
  void save(const InversionState& state) const;
  /// Fills `state` on every rank and returns true, or returns false when there is no checkpoint. UserError when it is of
  /// another configuration, DataError when it is damaged. Collective.
  bool restore(InversionState& state) const;
  /// The inversion is complete. Collective.
  void remove() const;

private:
  void write(const InversionState& state) const;
  void read(InversionState& state) const;

  const Communicator& comm_;
  std::string path_, configuration_;
};

}  // namespace bornflow
