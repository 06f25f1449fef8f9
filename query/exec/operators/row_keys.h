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

}  // namespace elegraph::query::exec
