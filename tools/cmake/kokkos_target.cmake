# Provides the target Kokkos::kokkos.
#
# A Kokkos with a working CMake package (any GPU or OpenMP build, -DKokkos_ROOT=...) is used as it is. Debian 12 ships
# Kokkos 3.4 inside Trilinos: headers under include/trilinos, library trilinos_kokkoscore and a CMake package that names
# files that do not exist; for that one the target is made by hand.

if(Kokkos_ROOT OR DEFINED ENV{Kokkos_ROOT})
  find_package(Kokkos REQUIRED CONFIG)
  set(BORNFLOW_KOKKOS_VERSION ${Kokkos_VERSION})
else()
  find_path(BORNFLOW_KOKKOS_INCLUDE Kokkos_Core.hpp PATH_SUFFIXES trilinos)
  find_library(BORNFLOW_KOKKOS_LIBRARY NAMES trilinos_kokkoscore kokkoscore)
  if(NOT BORNFLOW_KOKKOS_INCLUDE OR NOT BORNFLOW_KOKKOS_LIBRARY)
    message(FATAL_ERROR "No Kokkos found. Install libtrilinos-kokkos-dev (Debian, Serial backend), "
                        "or pass -DKokkos_ROOT=/path/to/kokkos.")
  endif()
  add_library(Kokkos::kokkos UNKNOWN IMPORTED)
  set_target_properties(Kokkos::kokkos PROPERTIES
    IMPORTED_LOCATION "${BORNFLOW_KOKKOS_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${BORNFLOW_KOKKOS_INCLUDE}"
    INTERFACE_LINK_LIBRARIES "${CMAKE_DL_LIBS}")
  file(STRINGS "${BORNFLOW_KOKKOS_INCLUDE}/KokkosCore_config.h" version_line REGEX "define KOKKOS_VERSION ")
  string(REGEX MATCH "[0-9]+$" number "${version_line}")
  math(EXPR major "${number} / 10000")
  math(EXPR minor "${number} / 100 % 100")
  set(BORNFLOW_KOKKOS_VERSION "${major}.${minor}")
endif()

# Where kernels run on a device, host-only kernels are left out.
set(BORNFLOW_DEVICE FALSE)
foreach(backend CUDA HIP SYCL OPENMPTARGET OPENACC)
  if(Kokkos_ENABLE_${backend})
    set(BORNFLOW_DEVICE TRUE)
  endif()
endforeach()

# Kokkos 3 does not compile as C++20.
if(BORNFLOW_KOKKOS_VERSION VERSION_LESS 4)
  set(BORNFLOW_CXX_STANDARD cxx_std_17)
else()
  set(BORNFLOW_CXX_STANDARD cxx_std_20)
endif()
message(STATUS "Kokkos ${BORNFLOW_KOKKOS_VERSION}, ${BORNFLOW_CXX_STANDARD}")
