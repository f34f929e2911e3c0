#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bornflow {

/// Name and value of everything that tells how this program was built: version, git hash (-dirty), compiler, build
/// type, MPI, Kokkos, PETSc, HDF5, Boost. Printed by --version and stored in every manifest.
std::vector<std::pair<std::string, std::string>> build_info();

/// Git hash of the sources, with -dirty when they were changed, or "unknown" outside a repository.
std::string git_hash();

}  // namespace bornflow
