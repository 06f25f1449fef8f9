// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "query/functions/registry.h"

namespace elegraph::query {

// The next 64 random bits of the statement, by xoshiro256** (Blackman and Vigna, 2018) over the four words of
// context.random_state; without a statement's state each thread has one of its own, seeded by the system.
uint64_t random_bits(const FunctionContext& context);
double random_double(const FunctionContext& context);  // [0, 1)

}  // namespace elegraph::query
