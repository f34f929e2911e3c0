# Writes build_info_values.hpp into the build tree at every build, so that the git hash is never stale.
set(BORNFLOW_BUILD_INFO_DIR "${PROJECT_BINARY_DIR}/generated")
set(bornflow_convolutions "Kokkos, BLAS")
if(BORNFLOW_HAVE_ONEDNN)
  set(bornflow_convolutions "oneDNN ${dnnl_VERSION}")
endif()
add_custom_target(bornflow_build_info
  COMMAND ${CMAKE_COMMAND}
    -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DOUTPUT=${BORNFLOW_BUILD_INFO_DIR}/build_info_values.hpp
    -DVERSION=${PROJECT_VERSION} -DBUILD_TYPE=${CMAKE_BUILD_TYPE}
    "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
    "-DNATIVE=${BORNFLOW_NATIVE}" "-DFFTW=${FFTW_VERSION}" "-DCONVOLUTIONS=${bornflow_convolutions}"
    -P "${PROJECT_SOURCE_DIR}/tools/cmake/write_build_info.cmake"
  BYPRODUCTS ${BORNFLOW_BUILD_INFO_DIR}/build_info_values.hpp)
