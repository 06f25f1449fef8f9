// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/value.h"
#include "storage/vector.h"

namespace elegraph::index {

// Order-preserving, prefix-free byte strings of values: memcmp of two keys is the order of ORDER BY, and two
// keys are equal exactly where the values are equivalent (1 and 1.0, 0.0 and -0.0, NaN and NaN, equal
// instants in two zones). A composite key is the concatenation of its components' keys.
//
//   first byte   class             then
//   10           map               for each key, sorted: 01, key as text, value; 00 ends
//   14, 18       node, relationship  id, 4 bytes
//   1c           list              elements; 00 ends
//   20           path              for each node and relationship in turn: 01, id, 4 bytes; 00 ends
//   24           point             srid 4 bytes, then x, y, z, each 8 bytes
//   30, 34       datetime, local datetime  seconds 8 bytes (UTC for datetime), nanoseconds 4
//   38           date              days 8 bytes
//   3c, 40       time, local time  nanoseconds 8 bytes (of UTC for time)
//   44           duration          mean length in seconds 16 bytes, nanoseconds 4, months 8, days 8
//   50..5c       string, uuid, bytes, numeric  text
//   60           boolean           00 or 01
//   76..89       number            see below
//   90           NaN
//   f0           null
//
// Signed parts are big-endian with the sign bit flipped. Text is its bytes with 00 as 01 01 and 01 as 01 02;
// 00 ends it.
//
// A number is its sign and magnitude, so that dense integers differ in the last bytes only, ints and floats
// share one order, and integers past 2^53 stay exact. First byte 80 + n, n the bytes of the integer part (0
// .. 8); those bytes, big-endian; then 00 for an integral value, or 01 and the fraction as the 8 bytes of a
// double. From 2^64 on: 89 and the 8 bytes of the double. For negative numbers all bytes are inverted.
void append_key(std::string& out, const Value& value);
void append_key(std::string& out, int64_t value);
// Of a row that has a value.
void append_key(std::string& out, const Vector& column, uint32_t row);
std::string composite_key(std::span<const Value> values);

// Of the first `components` keys of a composite key, of values that properties have.
size_t composite_prefix_size(std::string_view key, size_t components);

// The most bytes that an integer's key takes, and the same as append_key into an array: returns the size.
inline constexpr uint32_t kIntegerKeyBytes = 10;
uint32_t integer_key(int64_t value, uint8_t* out);

// A string's key without its end: the prefix of the keys of all strings that start with `text`.
void append_string_prefix(std::string& out, std::string_view text);

// The first bytes of the keys that compare with `value` (its comparability class) are first .. last.
struct KeyClass {
  uint8_t first, last;
};
KeyClass key_class(const Value& value);

// The least byte string above all strings that start with `prefix`; empty where there is none.
std::string after_prefix(std::string prefix);

}  // namespace elegraph::index
