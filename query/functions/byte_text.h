// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Text forms of scalars that several writers of this folder share. Pure functions that append.
namespace elegraph::query {

inline constexpr size_t kLongestNumber = 32;  // characters of any text below
// v's shortest digits where it is none of 0, and no more than six behind the point and 15 in all do. Null where it takes
// std::to_chars.
char* write_short_decimals(char* to, double v);
// As append_float and append_integer; what they return is the end.
char* write_float(char* to, double v);
char* write_integer(char* to, int64_t v);
void append_integer(std::string& out, int64_t v);
void append_float_plain(std::string& out, double v);        // as PostgreSQL prints float8: 1, 0.5, 1e+20
bool append_special_float(std::string& out, double v);      // NaN, Infinity, -Infinity; false for others
void append_hex(std::string& out, std::string_view bytes);  // \x00ff
void append_json_string(std::string& out, std::string_view s);

}  // namespace elegraph::query
