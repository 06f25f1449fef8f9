# SPDX-License-Identifier: Apache-2.0
# Profile-guided optimisation: which functions and branches are the frequent ones, as counted on the benchmark's kinds of
# statements (`./dev profile`), kept for the compiler that wrote it. docs/decisions/profile.md.
set(ELEGRAPH_PROFILE use CACHE STRING "Profile-guided optimisation: use, off, or generate (a build that counts)")
set(profile ${CMAKE_SOURCE_DIR}/cmake/elegraph.profdata)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile})
if(NOT ELEGRAPH_PROFILE MATCHES "^(use|off|generate)$")
  message(FATAL_ERROR "ELEGRAPH_PROFILE is use, off or generate, not \"${ELEGRAPH_PROFILE}\"")
endif()

# Names of functions that are local to a file begin with the file's name, not its path, so that they are the same in every checkout.
set(profile_names -mllvm -static-func-full-module-prefix=false)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19
   AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20 AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT ELEGRAPH_SANITIZE)
  if(ELEGRAPH_PROFILE STREQUAL "generate")
    add_compile_options(-fprofile-generate ${profile_names})
    add_link_options(-fprofile-generate)
  elseif(ELEGRAPH_PROFILE STREQUAL "use" AND EXISTS ${profile})
    # Code that has changed since is compiled as if it had never been counted.
    file(SHA256 ${profile} profile_hash) # another profile is another command line, so that all is compiled again
    string(SUBSTRING ${profile_hash} 0 12 profile_hash)
    add_compile_definitions(ELEGRAPH_PROFILE_HASH=0x${profile_hash})
    file(RELATIVE_PATH profile_path ${CMAKE_BINARY_DIR} ${profile}) # relative, so that every checkout has the same command lines
    add_compile_options(-fprofile-use=${profile_path} ${profile_names} -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date
                        -Wno-backend-plugin)
  endif()
elseif(ELEGRAPH_PROFILE STREQUAL "generate")
  message(FATAL_ERROR "A build that counts takes clang 19, RelWithDebInfo and no sanitizer")
endif()
