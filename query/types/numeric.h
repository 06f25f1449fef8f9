// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// PostgreSQL's binary numeric: int16 digits, weight, sign, display scale, then digits in base 10000. Values are
// kept as their decimal text (storage/value.h, kNumeric).
namespace elegraph::query::types {

// Appends the binary form of decimal text ("-12.50", "1e5", "NaN", "Infinity"). Error 22P02 when it is none.
void append_numeric(std::string& out, std::string_view text);

// The decimal text of a binary numeric. Error 22P03 when it is none.
std::string numeric_text(std::string_view bytes);

}  // namespace elegraph::query::types
