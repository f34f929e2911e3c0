#pragma once

#include <string>
#include <vector>

namespace bornflow {

/// How the adjoint gets the accelerations of the background field, which it needs from the last step to the first.
enum class Storage {
  full,        ///< every step, in the number type of the solver
  half,        ///< in 16 bits, and only as many steps as the band of the source needs: approximate
  byte,        ///< the same steps in 8 bits, with an exponent for every few: approximate
  boundary,    ///< the rim of the grid; the field is run backwards from its end: equal but for the rounding on the way back
  recompute    ///< a few snapshots, from which the steps are run again: equal to `full` to the bit
};

/// "full", "half", "byte", "boundary", "recompute", in the order of Storage.
const std::vector<std::string>& storage_names();
const std::string& storage_name(Storage storage);

/// Whether every acceleration can be had as the solver made it, for a Born pass too.
inline bool is_exact(Storage storage) { return storage == Storage::full || storage == Storage::recompute; }

/// UserError for a name that is none of storage_names.
Storage storage_named(const std::string& name);

}  // namespace bornflow
