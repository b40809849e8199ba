# One place for the flags, and three functions that every folder uses. A target sees the whole tree as include root,
# but links only what it names, so that a call across a wall is an undefined symbol; tests/layering_test.sh names the include.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# Three quarters of a file's compile time is the parsing of Abseil's, Protocol Buffers' and gRPC's headers. ccache and
# precompiled headers do not go together; the sanitizers' build goes without the latter, so that it notices a missing
# include.
option(VERVET_PCH "Precompile the libraries' headers" ON)
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT VERVET_PCH AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(vervet_flags INTERFACE)
target_compile_options(vervet_flags INTERFACE -pthread -Wall -Wextra -Wno-unused-parameter -fno-omit-frame-pointer
  $<$<BOOL:${VERVET_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # GCC 12 sees overlapping, endless and misplaced copies inside std::string (GCC bugs 105651, 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>)
target_compile_definitions(vervet_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
target_include_directories(vervet_flags INTERFACE "${PROJECT_SOURCE_DIR}")
if(VERVET_SANITIZE)
  target_compile_options(vervet_flags INTERFACE -fsanitize=${VERVET_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(vervet_flags INTERFACE -fsanitize=${VERVET_SANITIZE})
endif()

# A target takes the precompiled headers of its kind: GRPC where it links gRPC (whose headers carry static objects),
# TEST for tests without gRPC, GRPC_TEST for those with it, ENGINE for everything else.
set(VERVET_PCH_ENGINE <algorithm> <cstdint> <functional> <map> <memory> <optional> <set> <string> <utility> <vector>
  <absl/container/flat_hash_map.h> <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h>
  <absl/strings/str_format.h> <absl/strings/string_view.h> <absl/time/time.h> <absl/types/span.h>
  <google/protobuf/message.h>)
set(VERVET_PCH_TEST ${VERVET_PCH_ENGINE} <gmock/gmock.h> <gtest/gtest.h>)
set(VERVET_PCH_GRPC ${VERVET_PCH_ENGINE} <grpcpp/grpcpp.h>)
set(VERVET_PCH_GRPC_TEST ${VERVET_PCH_TEST} <grpcpp/grpcpp.h>)
if(VERVET_PCH)
  file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "int main() {}\n")
  foreach(kind ENGINE TEST GRPC GRPC_TEST)
    # Programs are compiled with -fPIE, libraries with -fPIC, and precompiled headers must be as their users.
    if(kind MATCHES TEST)
      add_executable(vervet_pch_${kind} ${CMAKE_BINARY_DIR}/pch.cc)
      set_target_properties(vervet_pch_${kind} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/CMakeFiles")
    else()
      add_library(vervet_pch_${kind} OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
    endif()
    target_link_libraries(vervet_pch_${kind} PRIVATE vervet_flags protobuf::libprotobuf Threads::Threads)
    if(kind MATCHES TEST)
      target_link_libraries(vervet_pch_${kind} PRIVATE GTest::gmock)
    endif()
    if(kind MATCHES GRPC AND NOT VERVET_ENGINE_ONLY)
      target_link_libraries(vervet_pch_${kind} PRIVATE gRPC::grpc++)
    endif()
    if(NOT (kind MATCHES GRPC AND VERVET_ENGINE_ONLY))
      target_precompile_headers(vervet_pch_${kind} PRIVATE ${VERVET_PCH_${kind}})
    endif()
  endforeach()
endif()
function(vervet_precompiled name kind)
  if(VERVET_PCH)
    target_precompile_headers(${name} REUSE_FROM vervet_pch_${kind})
  endif()
endfunction()

# vervet_library(NAME [GRPC] [SOURCES ...] [DEPS ...])
function(vervet_library name)
  cmake_parse_arguments(ARG "GRPC" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC vervet_flags ${ARG_DEPS})
    if(ARG_GRPC)
      vervet_precompiled(${name} GRPC)
    else()
      vervet_precompiled(${name} ENGINE)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE vervet_flags ${ARG_DEPS})
  endif()
endfunction()

# vervet_binary(NAME [SOURCES ...] [DEPS ...])
function(vervet_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vervet_flags ${ARG_DEPS})
endfunction()

# vervet_test(NAME [GRPC] [SOURCES ...] [DEPS ...] [LABELS ...] [TIMEOUT seconds]): one GoogleTest binary, one ctest entry.
function(vervet_test name)
  cmake_parse_arguments(ARG "GRPC" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  if(ARG_GRPC)
    vervet_precompiled(${name} GRPC_TEST)
  else()
    vervet_precompiled(${name} TEST)
  endif()
  target_link_libraries(${name} PRIVATE vervet_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests-bin")
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
endfunction()
