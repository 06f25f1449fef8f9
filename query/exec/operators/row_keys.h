// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "query/exec/row_store.h"
#include "query/plan/physical.h"

namespace elegraph::query::exec {

// Compares rows of a store by its first columns, as ORDER BY has it. `keys` belongs to the plan.
class RowOrder {
 public:
  RowOrder(const RowStore& store, const std::vector<plan::SortKey>& keys) : store_(store), keys_(keys) {}
  bool operator()(uint32_t a, uint32_t b) const { return compare(a, b) < 0; }
  int compare(uint32_t a, uint32_t b) const;

 private:
  int compare_key(uint32_t key, uint32_t a, uint32_t b) const;

  const RowStore& store_;
  const std::vector<plan::SortKey>& keys_;
};

// A row and the front of its first key, as a number: of two rows with different numbers the lesser one comes first, and
// most comparisons of a sort end there, without a look at the row. Equal numbers say nothing.
struct KeyedRow {
  uint64_t front;
  uint32_t row;
};
std::vector<KeyedRow> keyed_rows(const RowStore& store, const plan::SortKey& key);

}  // namespace elegraph::query::exec
