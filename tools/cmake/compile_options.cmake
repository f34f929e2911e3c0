# One interface target carries what every target of the project compiles with.
#
# Not -ffast-math: reassociation would make results depend on how a loop is cut into boxes, and they must not. The two
# -fno flags only drop errno and trap semantics, without which GCC does not vectorise.
#
# Of HIP only the host's side gets -fopenmp-simd: for a device clang would take it for OpenMP, and keep variables in memory
# that OpenMP's own runtime hands out.
set(bornflow_simd_option -fopenmp-simd)
if(Kokkos_ENABLE_HIP)
  set(bornflow_simd_option "SHELL:-Xarch_host -fopenmp-simd")
endif()
add_library(bornflow_options INTERFACE)
target_compile_features(bornflow_options INTERFACE ${BORNFLOW_CXX_STANDARD})
target_compile_options(bornflow_options INTERFACE -Wall -Wextra -fno-math-errno -fno-trapping-math
  "${bornflow_simd_option}"
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<STREQUAL:${BORNFLOW_CXX_STANDARD},cxx_std_20>>:-Wno-restrict>   # of std::string: GCC bug 105651
  $<$<BOOL:${BORNFLOW_DEVICE}>:-Wno-unknown-pragmas>   # `unroll` is meant for the compiler of the device
  $<$<BOOL:${BORNFLOW_WERROR}>:-Werror>
  $<$<BOOL:${BORNFLOW_NATIVE}>:-march=native -mtune=native>
  $<$<CONFIG:Release>:-O3>)
target_include_directories(bornflow_options INTERFACE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}")
target_include_directories(bornflow_options SYSTEM INTERFACE
  $<TARGET_PROPERTY:Kokkos::kokkos,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(bornflow_options INTERFACE MPI::MPI_CXX Kokkos::kokkos)
