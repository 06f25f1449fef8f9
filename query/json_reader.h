// SPDX-License-Identifier: Apache-2.0
#pragma once

// RapidJSON's event reader. Its empty stack adds an offset to a null pointer, which the undefined-behaviour
// sanitizer reports though nothing is read there: the check is off for the library's own code, and only for that.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif
