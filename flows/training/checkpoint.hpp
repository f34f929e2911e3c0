#pragma once

#include <functional>
#include <string>

#include "bornflow/parallel/communicator.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/training/adam.hpp"
#include "flows/training/flow_file.hpp"
#include "flows/training/training_state.hpp"
#include "flows/training/weight_average.hpp"

namespace bornflow {

/// Everything that the next training step depends on.
struct TrainingParts {
  ConditionalFlow<float>& flow;
  Adam& adam;
  WeightAverage& average;
  TrainingState& state;
};

/// The checkpoint of a training: `path` and, one older, `path` with ".previous" before its ending.
///
/// A new checkpoint is written aside, then the present one becomes the previous one, then the new one gets its name; so
/// after a kill at any moment one of the two is whole. A training continues from the newest that is whole: a damaged one
/// is passed over with a warning. When files are there but none is whole, restore() throws DataError instead of silently
/// starting over. The rank count may change between runs; with the same one the continuation is bitwise the same.
class Checkpoint {
public:
  using Warn = std::function<void(const std::string&)>;

  /// `configuration`: everything that the weights depend on, as write_configuration takes it. Keeps a reference to `comm`.
  Checkpoint(const Communicator& comm, std::string path, std::string configuration, FlowHeader header);

  /// Rank 0 writes. IoError on all ranks when it cannot, and the checkpoints before stay. Collective.
  void save(const TrainingParts& parts) const;
  /// Fills `parts` on all ranks and returns true, or returns false when there is no checkpoint. UserError when it is of
  /// another configuration, architecture or data. Collective.
  bool restore(const TrainingParts& parts, const Warn& warn) const;
  /// Removes both files: the training is complete. Collective.
  void remove() const;

  static std::string previous_path(const std::string& path);

private:
  void write(const TrainingParts& parts) const;
  void read(const std::string& path, const TrainingParts& parts) const;
  bool read_newest(const TrainingParts& parts, std::string& warning) const;

  const Communicator& comm_;
  std::string path_;
  std::string configuration_;
  FlowHeader header_;
};

}  // namespace bornflow
