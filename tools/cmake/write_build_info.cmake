# Script mode: asks git for the hash and rewrites OUTPUT only when something changed.
execute_process(COMMAND git -C "${SOURCE_DIR}" describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE rc)
if(NOT rc EQUAL 0)
  set(hash "unknown")
endif()
set(text "#pragma once
#define BORNFLOW_VERSION \"${VERSION}\"
#define BORNFLOW_GIT_HASH \"${hash}\"
#define BORNFLOW_BUILD_TYPE \"${BUILD_TYPE}\"
#define BORNFLOW_COMPILER \"${COMPILER}\"
#define BORNFLOW_NATIVE \"${NATIVE}\"
#define BORNFLOW_FFTW \"${FFTW}\"
#define BORNFLOW_CONVOLUTIONS \"${CONVOLUTIONS}\"
")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" old)
endif()
if(NOT "${old}" STREQUAL "${text}")
  file(WRITE "${OUTPUT}" "${text}")
endif()
