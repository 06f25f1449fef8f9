// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "storage/error.h"

// Numbers of rows that one stands for (Operator::next_weighted()). A few joins without conditions make more of them than an
// integer holds without a row of each. Error 22003 there, as of a count.
namespace elegraph::query::exec {

[[noreturn]] inline void too_many_rows() {
  throw Error(sqlstate::kNumericOutOfRange, "integer out of range")
      .with_detail("There are more than 9223372036854775807 rows.");
}

inline uint64_t times(uint64_t a, uint64_t b) {
  int64_t out;
  if (__builtin_mul_overflow(a, b, &out)) too_many_rows();
  return uint64_t(out);
}

inline uint64_t plus(uint64_t a, uint64_t b) {
  int64_t out;
  if (__builtin_add_overflow(a, b, &out)) too_many_rows();
  return uint64_t(out);
}

}  // namespace elegraph::query::exec
