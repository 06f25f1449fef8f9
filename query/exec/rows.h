// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "query/exec/batch.h"

namespace elegraph::query::exec {

// The rows of a batch's vectors that an expression is asked for: rows[0 .. count-1], or 0 .. count-1 where `rows` is
// null. Always ascending. Does not own the list.
struct Rows {
  const uint16_t* rows = nullptr;
  uint32_t count = 0;

  static Rows of(const Batch& batch) { return {batch.selection, batch.count}; }
  uint32_t operator[](uint32_t i) const { return rows ? rows[i] : i; }
  // One past the last row.
  uint32_t extent() const { return rows ? (count ? rows[count - 1] + 1u : 0) : count; }
  // Whether a loop over 0 .. extent() costs less than one over the list; only for kernels that cannot fail and
  // that do not follow pointers, since rows outside the list hold anything.
  bool dense() const { return !rows || extent() <= count * 4; }
};

template <class F>
void for_rows(Rows rows, F&& f) {
  if (rows.rows)
    for (uint32_t i = 0; i < rows.count; i++) f(uint32_t(rows.rows[i]));
  else
    for (uint32_t i = 0; i < rows.count; i++) f(i);
}

}  // namespace elegraph::query::exec
