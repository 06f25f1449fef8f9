# SPDX-License-Identifier: Apache-2.0
# Compiler and linker settings that every target shares.
add_library(elegraph_warnings INTERFACE)
target_compile_options(elegraph_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these for code in its own headers.
  target_compile_options(elegraph_warnings INTERFACE -Wno-error=maybe-uninitialized -Wno-error=stringop-overflow
                         -Wno-error=array-bounds -Wno-error=restrict -Wno-error=dangling-pointer)
endif()

add_compile_options(-fno-omit-frame-pointer)
if(ELEGRAPH_NATIVE)
  add_compile_options(-march=native)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Some hypervisors offer combinations of AVX10 features that clang 19 warns about.
    add_compile_options(-Wno-invalid-feature-combination)
  endif()
else()
  add_compile_options(-march=x86-64-v2 -mtune=generic)
endif()

if(ELEGRAPH_SANITIZE)
  add_compile_options(-fsanitize=${ELEGRAPH_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ELEGRAPH_SANITIZE})
  add_compile_definitions(ELEGRAPH_SANITIZED=1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/sanitizer_ignore.txt)
  endif()
endif()

if(ELEGRAPH_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link) # the libraries report what an input reached
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  find_program(LLD NAMES ld.lld-19 ld.lld)
  if(LLD)
    add_link_options(--ld-path=${LLD})
  endif()
endif()
