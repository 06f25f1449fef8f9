// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "storage/value.h"

// The pieces of comparison that several files of this folder share. Pure functions.
namespace elegraph::query {

// A number as an exact integer or else a double; kNumeric reads its text.
struct Number {
  bool integral;
  int64_t i;
  double d;
};
Number number_of(const Value& v);
bool is_numeric(Type type);  // kInt, kFloat, kNumeric

// -1, 0, 1 without rounding either side; b must not be NaN.
int compare_int_double(int64_t a, double b);
int compare_numbers(const Number& a, const Number& b);  // neither is NaN

// Two values of one temporal type, by instant (zoned) or local time; durations by their average length.
int compare_temporal(const Value& a, const Value& b);

}  // namespace elegraph::query
