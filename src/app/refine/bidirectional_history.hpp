#pragma once

#include <string>
#include <vector>

#include "bornflow/inference/methods/bidirectional_training.hpp"
#include "bornflow/io/hdf5_file.hpp"
#include "bornflow/parallel/communicator.hpp"

/// Losses of each epoch of a training in both directions, between ranks and in files.
namespace bornflow {

/// What rank `owner` has, on every rank. Collective.
std::vector<BidirectionalLosses> broadcast_history(const std::vector<BidirectionalLosses>& mine, const Communicator& comm,
                                                   int owner);
/// (epoch, loss): y, padding, z, x, reconstruction, likelihood, as the attribute "columns" says.
void write_history(Hdf5File& file, const std::string& dataset, const std::vector<BidirectionalLosses>& history);

}  // namespace bornflow
