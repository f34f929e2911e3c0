# Finds every dependency. A failure says what to install.

find_package(MPI COMPONENTS CXX)
if(NOT MPI_CXX_FOUND)
  message(FATAL_ERROR "No MPI found. Install libopenmpi-dev and openmpi-bin, or load your site's MPI module.")
endif()

include(kokkos_target)

find_package(PkgConfig REQUIRED)
pkg_search_module(PETSC IMPORTED_TARGET PETSc petsc petsc-real)
if(NOT PETSC_FOUND OR PETSC_VERSION VERSION_LESS 3.18)
  message(FATAL_ERROR "PETSc >= 3.18 is needed (found '${PETSC_VERSION}'). Install petsc-dev, "
                      "or add your PETSc's lib/pkgconfig to PKG_CONFIG_PATH.")
endif()
if(Kokkos_ENABLE_HIP)   # of rocThrust PETSc's headers would take complex numbers, which bornflow has no use for
  set_property(TARGET PkgConfig::PETSC APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS PETSC_SKIP_COMPLEX)
endif()

pkg_search_module(FFTW IMPORTED_TARGET fftw3)
if(NOT FFTW_FOUND)
  message(FATAL_ERROR "No FFTW found. Install libfftw3-dev, or add your FFTW's lib/pkgconfig to PKG_CONFIG_PATH.")
endif()

set(HDF5_PREFER_PARALLEL TRUE)
find_package(HDF5 COMPONENTS C)
if(NOT HDF5_FOUND OR NOT HDF5_IS_PARALLEL)
  message(FATAL_ERROR "A parallel HDF5 >= 1.10 is needed; the one found (${HDF5_C_LIBRARIES}) is missing or serial. "
                      "Install libhdf5-openmpi-dev, or pass -DHDF5_ROOT=/path/to/parallel/hdf5.")
endif()
add_library(bornflow_hdf5 INTERFACE)
target_include_directories(bornflow_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(bornflow_hdf5 INTERFACE ${HDF5_C_LIBRARIES} MPI::MPI_CXX)

find_package(Boost 1.71 COMPONENTS program_options)
if(NOT Boost_PROGRAM_OPTIONS_FOUND)
  message(FATAL_ERROR "Boost.Program_options is missing. Install libboost-program-options-dev.")
endif()

find_package(BLAS)
if(NOT BLAS_FOUND)
  message(FATAL_ERROR "No BLAS found. Install libopenblas-dev.")
endif()

if(BORNFLOW_ONEDNN AND NOT BORNFLOW_DEVICE)   # flows are refused there, and nvcc 13.0 does not get through dnnl.hpp
  find_package(dnnl CONFIG QUIET)
endif()
if(TARGET DNNL::dnnl)
  set(BORNFLOW_HAVE_ONEDNN TRUE)
endif()
add_feature_info(oneDNN BORNFLOW_HAVE_ONEDNN "convolutions by oneDNN (otherwise Kokkos + BLAS)")
