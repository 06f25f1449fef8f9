// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "index/tree_index.h"

namespace elegraph::index {

// Rows that the running statement of a transaction left, perhaps for a moment, without a property that a
// constraint requires: to be looked at again when the statement ends. Empty unless such constraints exist.
// Thread-safe: several bulk writers may work for one transaction.
class TouchedRows {
 public:
  struct Row {
    std::shared_ptr<const TreeIndex> constraint;
    uint32_t id;
  };
  void add(storage::Transaction& t, std::shared_ptr<const TreeIndex> constraint, uint32_t id);
  std::vector<Row> take(const storage::Transaction& t);

 private:
  // Shared with the rollback work of transactions.
  struct Rows {
    std::mutex mutex;
    std::unordered_map<const storage::Transaction*, std::vector<Row>> of;
  };
  std::shared_ptr<Rows> rows_ = std::make_shared<Rows>();
};

// Throws 23502 if the row is still there and lacks a property.
void check_required(const TreeIndex& constraint, uint32_t id);

}  // namespace elegraph::index
