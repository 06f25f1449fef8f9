// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "query/functions/byte_text.h"

// The text forms that are fast enough to matter: integers, floats, booleans, bytea.
namespace elegraph::query::types {

inline size_t write_int(char* to, int64_t v) { return size_t(std::to_chars(to, to + kLongestNumber, v).ptr - to); }

// Shortest text that reads back, in PostgreSQL's dress (float8out): fixed between 1e-4 and 1e15, else
// scientific with two exponent digits.
template <class F>
size_t write_float(char* to, F v) {
  auto word = [to](std::string_view w) { return w.copy(to, w.size()); };
  if (std::isnan(v)) return word("NaN");
  if (std::isinf(v)) return v > 0 ? word("Infinity") : word("-Infinity");
  if constexpr (sizeof(F) == 8)
    if (char* end = write_short_decimals(to, v)) return size_t(end - to);
  F size = std::fabs(v);
  bool fixed = v == 0 || (size >= F(1e-4) && size < (sizeof(F) == 8 ? F(1e15) : F(1e6)));
  auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  return size_t(std::to_chars(to, to + kLongestNumber, v, format).ptr - to);
}

inline void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  size_t at = out.size();
  out.resize(at + 2 + 2 * bytes.size());
  char* p = out.data() + at;
  *p++ = '\\', *p++ = 'x';
  for (char c : bytes) *p++ = kDigits[uint8_t(c) >> 4], *p++ = kDigits[uint8_t(c) & 15];
}

}  // namespace elegraph::query::types
