// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/held_batch.h"
#include "query/exec/operator.h"

namespace elegraph::query::exec {

// The child's batch that an operator works through row by row over several of its own batches.
class InputRows {
 public:
  void restart() { batch_ = nullptr, row_ = 0; }
  // Makes sure that there is a current row; kDone, kYield as the child says.
  Step fill(Operator& child) {
    while (!batch_ || row_ >= batch_->count) {
      batch_ = nullptr, row_ = 0;
      Step s = child.next(batch_);
      if (s != Step::kBatch) return batch_ = nullptr, s;
    }
    return Step::kBatch;
  }
  bool has_row() const { return batch_ && row_ < batch_->count; }
  const Batch& batch() const { return *batch_; }
  uint32_t number() const { return row_; }            // among the batch's rows
  uint32_t row() const { return batch_->row(row_); }  // in its vectors
  void advance() { row_++; }

  // REQUIRED before the operator returns a batch while has_row(): copies what is left.
  void keep_rest(const std::vector<plan::Slot>& slots) {
    if (!has_row()) {
      batch_ = nullptr;
      return;
    }
    if (batch_ == &held_.batch()) return;
    held_.hold(*batch_, row_, slots);
    batch_ = &held_.batch();
    row_ = 0;
  }

 private:
  const Batch* batch_ = nullptr;
  uint32_t row_ = 0;
  HeldBatch held_;
};

}  // namespace elegraph::query::exec
