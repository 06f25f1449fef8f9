// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/value.h"

// Readers of scalars' texts as PostgreSQL's input functions take them (surrounding white space is skipped).
// The optional ones give nothing where the text does not read; range faults are Error 22003.
namespace elegraph::query {

std::string_view trim_spaces(std::string_view s);
std::optional<bool> read_bool(std::string_view text);     // t, true, yes, on, 1, ... any case
std::optional<int64_t> read_int(std::string_view text);   // decimal, 0x, 0o, 0b
std::optional<double> read_float(std::string_view text);  // NaN and infinities too
Value parse_bytes(std::string_view text);                 // \x00ff or the escape form; 22P02
Value parse_numeric(std::string_view text);               // 22P02
Value parse_uuid(std::string_view text);                  // 22P02; canonical lower case

}  // namespace elegraph::query
