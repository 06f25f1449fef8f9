// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "query/exec/operator.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

// Rows of some slots that were copied, to be given out again in their order.
class StoredRows {
 public:
  StoredRows(State& state, std::vector<plan::Slot> slots)
      : state_(state), slots_(std::move(slots)), store_(state, uint32_t(slots_.size())) {}

  void append(const Batch& batch) {
    columns_.clear();
    for (plan::Slot s : slots_) columns_.push_back(s < batch.columns.size() ? batch.columns[s] : nullptr);
    store_.append(columns_, Rows::of(batch));
  }
  void clear() {
    store_.clear();
    block_ = 0;
  }
  uint64_t size() const { return store_.size(); }

  Step next(const Batch*& out) {
    if (block_ >= store_.blocks() || store_.block_rows(block_) == 0) return Step::kDone;
    out_.columns.assign(state_.columns, nullptr);
    for (uint32_t i = 0; i < slots_.size(); i++) out_.columns[slots_[i]] = &store_.column(block_, i);
    out_.count = store_.block_rows(block_++);
    return out = &out_, Step::kBatch;
  }

 private:
  State& state_;
  std::vector<plan::Slot> slots_;
  RowStore store_;
  uint32_t block_ = 0;
  std::vector<const Vector*> columns_;
  Batch out_;
};

}  // namespace elegraph::query::exec
