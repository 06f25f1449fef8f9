// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "query/exec/operators/row_keys.h"
#include "query/exec/rows.h"

namespace elegraph::query::exec {

// The first ones, as ORDER BY has them, of few rows of a batch at a time: of those that belong together. Equal rows stay as
// they came.
class RowPicker {
 public:
  explicit RowPicker(std::span<const KeyOrder> orders) : orders_(orders) {}
  // The keys of a batch's rows, which stay until the next call.
  void take(std::span<const Vector* const> keys, Rows rows);
  // The first `wanted` of the rows with the numbers from `begin` to `end` - 1, to `out`; how many these are.
  uint32_t pick(uint32_t begin, uint32_t end, uint64_t wanted, uint16_t* out);

 private:
  // A row by its number, with the front of its first key, where keys have such.
  struct Row {
    uint64_t front;
    uint32_t number;
  };

  template <class Front>
  void fill(const Vector& key, Front front);
  bool before(const Row& a, const Row& b) const;

  std::span<const KeyOrder> orders_;
  std::span<const Vector* const> keys_;
  Rows rows_;
  bool exact_ = false;  // of fronts that are not those of nulls
  std::vector<Row> all_;
};

}  // namespace elegraph::query::exec
