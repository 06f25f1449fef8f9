// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/rows.h"

namespace elegraph::query::exec {

// Where rows of one outer row (or one node) come together, the last one's in a batch may go on in the next.
class LastRows {
 public:
  // Those from number `open` on.
  Rows from(Rows rows, uint32_t open) {
    for (uint32_t i = open; i < rows.count; i++) rows_[i - open] = uint16_t(rows[i]);
    return {rows_, rows.count - open};
  }

 private:
  uint16_t rows_[Vector::kCapacity];
};

// The number among a batch's rows of the first one of its last outer row; there is a row.
inline uint32_t first_of_last(const Vector& outer, Rows rows) {
  const auto number = [&](uint32_t i) { return outer.data<int64_t>()[outer.at(rows[i])]; };
  const int64_t last = number(rows.count - 1);
  uint32_t open = rows.count;
  while (open > 0 && number(open - 1) == last) open--;
  return open;
}

}  // namespace elegraph::query::exec
