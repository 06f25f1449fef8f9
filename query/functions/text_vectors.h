// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "storage/vector.h"

// The VectorFunctions (query/functions/registry.h) of what functions do with columns of texts. Arguments behind the text
// have to be constant.
namespace elegraph::query {

bool upper_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);
bool lower_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);
bool trim_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);
bool ltrim_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);
bool rtrim_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);
bool replace_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);
bool reverse_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);
bool char_length_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);

}  // namespace elegraph::query
