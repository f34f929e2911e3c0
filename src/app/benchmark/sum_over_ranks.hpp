#pragma once

#include "bornflow/parallel/communicator.hpp"

namespace bornflow {

/// The sum of one rate of each rank, in rank order.
inline double sum_over_ranks(const Communicator& comm, double value) {
  double sum = 0;
  for (const double part : comm.gather(value)) sum += part;
  return sum;
}

}  // namespace bornflow
