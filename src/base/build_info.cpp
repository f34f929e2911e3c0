#include "bornflow/base/build_info.hpp"

#include <hdf5.h>
#include <mpi.h>
#include <petscversion.h>

#include <boost/version.hpp>

#include "bornflow/base/kokkos_compat.hpp"
#include "build_info_values.hpp"

namespace bornflow {

namespace {

std::string mpi_library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string full(text, static_cast<std::size_t>(length));
  return full.substr(0, full.find(','));
}

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

std::string git_hash() { return BORNFLOW_GIT_HASH; }

std::vector<std::pair<std::string, std::string>> build_info() {
  return {
      {"version", BORNFLOW_VERSION},
      {"git", BORNFLOW_GIT_HASH},
      {"build type", BORNFLOW_BUILD_TYPE},
      {"compiler", BORNFLOW_COMPILER},
      {"native instructions", BORNFLOW_NATIVE},
      {"Kokkos", kokkos_version() + " (" + ExecutionSpace::name() + ")"},
      {"MPI", mpi_library()},
      {"PETSc", dotted(PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR)},
      {"HDF5", dotted(H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE)},
      {"Boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
      {"FFTW", BORNFLOW_FFTW},
      {"convolutions", BORNFLOW_CONVOLUTIONS},
  };
}

}  // namespace bornflow
