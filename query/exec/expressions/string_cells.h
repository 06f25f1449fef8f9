// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/expressions/kernels.h"

// Equality of strings as it lies in their cells.
namespace elegraph::query::exec {

inline bool strings_against_constant(const Vector& a, const Vector& b) {
  return a.type() == Type::kString && b.type() == Type::kString && !a.constant() && b.constant() && !is_null_constant(b);
}

// Calls f with a function object that tells of a row whether its string is `c`. Cells of rows without a value hold
// anything: it follows no pointer of theirs. A string of up to kInline bytes is its two words.
template <class F>
auto with_string_constant(const Vector& v, const StringRef& c, F&& f) {
  const StringRef* x = v.strings();
  const auto [head, rest] = c.words();
  if (c.is_inline())
    return f([=](uint32_t row) {
      const auto words = x[row].words();
      return ((words[0] ^ head) | (words[1] ^ rest)) == 0;
    });
  return f([x, head, &c, &v](uint32_t row) { return x[row].words()[0] == head && v.valid(row) && x[row] == c; });
}

}  // namespace elegraph::query::exec
