#pragma once

#include <memory>
#include <string>

#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/communicator.hpp"
#include "flows/network/conditional_flow.hpp"
#include "flows/training/normalisation.hpp"
#include "flows/training/training_options.hpp"

namespace bornflow {

/// What a flow file says besides the weights.
struct FlowHeader {
  FlowArchitecture architecture;
  Normalisation normalisation;
};

/// A trained flow as inference uses it.
struct LoadedFlow {
  std::unique_ptr<ConditionalFlow<float>> flow;  ///< works on normalised images and summaries
  FlowHeader header;
  TrainingHistory history;  ///< one record an epoch
};

/// Writes header, parameters (one dataset a slice, /parameters/<name>, with offset and digest) and whether ActNorm is
/// initialised.
void write_flow(Hdf5File& file, const std::string& kind, const FlowHeader& header,
                const ConditionalFlow<float>& flow);
/// The header of a file written by write_flow(); DataError when it is foreign, of another kind or version, or
/// incomplete.
FlowHeader read_flow_header(const Hdf5File& file, const std::string& kind);
/// Puts the parameters of the file into `flow`; DataError that names the first difference in names, sizes or offsets.
void read_flow_parameters(const Hdf5File& file, ConditionalFlow<float>& flow);

void write_history(Hdf5File& file, const TrainingHistory& history);
TrainingHistory read_history(const Hdf5File& file);

/// The product flow.h5, written by one process and atomic: under `path` there is the old file or the whole new one.
/// `configuration`: the text that tells later runs what the weights depend on (write_configuration).
void save_flow(const std::string& path, const FlowHeader& header, const ConditionalFlow<float>& flow,
               const TrainingHistory& history, const std::string& configuration = "");
/// Reads flow.h5 and builds its network. DataError for a damaged, foreign or incomplete file.
LoadedFlow load_flow(const std::string& path);
/// The same on all ranks; rank 0 reads, errors are thrown on all. Collective.
LoadedFlow load_flow(const Communicator& comm, const std::string& path);

}  // namespace bornflow
