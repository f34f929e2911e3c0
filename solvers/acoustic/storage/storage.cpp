#include "solvers/acoustic/storage/storage.hpp"

#include <algorithm>

#include "bornflow/base/error.hpp"

namespace bornflow {

const std::vector<std::string>& storage_names() {
  static const std::vector<std::string> names = {"full", "half", "byte", "boundary", "recompute"};
  return names;
}

const std::string& storage_name(Storage storage) { return storage_names()[static_cast<std::size_t>(storage)]; }

Storage storage_named(const std::string& name) {
  const auto found = std::find(storage_names().begin(), storage_names().end(), name);
  if (found == storage_names().end())
    throw UserError("There is no storage '" + name + "' of wavefields; choose full, half, byte, boundary or recompute.");
  return static_cast<Storage>(found - storage_names().begin());
}

}  // namespace bornflow
