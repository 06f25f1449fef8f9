// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "query/exec/held_batch.h"
#include "query/exec/operator.h"

namespace elegraph::query::exec {

// The child's batch that an operator works through row by row over several of its own batches.
class InputRows {
 public:
  void restart() { batch_ = nullptr, weights_ = nullptr, row_ = 0; }
  // Makes sure that there is a current row; kDone, kYield as the child says. `weighted`: it may stand for several that are
  // alike (Operator::next_weighted()).
  Step fill(Operator& child, bool weighted = false) {
    while (!batch_ || row_ >= batch_->count) {
      restart();
      Step s = weighted ? child.next_weighted(batch_, weights_) : child.next(batch_);
      if (s != Step::kBatch) return restart(), s;
    }
    return Step::kBatch;
  }
  bool has_row() const { return batch_ && row_ < batch_->count; }
  const Batch& batch() const { return *batch_; }
  uint32_t number() const { return row_; }            // among the batch's rows
  uint32_t row() const { return batch_->row(row_); }  // in its vectors
  void advance() { row_++; }
  // How many rows the current one stands for; of all of the batch, by rows of its vectors, or null where each is one.
  uint64_t weight() const { return weights_ ? weights_[row()] : 1; }
  const uint64_t* weights() const { return weights_; }

  // REQUIRED before the operator returns a batch while has_row(): copies what is left.
  void keep_rest(const std::vector<plan::Slot>& slots) {
    if (!has_row()) {
      batch_ = nullptr, weights_ = nullptr;
      return;
    }
    if (batch_ == &held_.batch()) return;
    if (weights_) hold_weights();
    held_.hold(*batch_, row_, slots);
    batch_ = &held_.batch();
    row_ = 0;
  }

 private:
  void hold_weights() {
    std::vector<uint64_t> held;
    for (uint32_t i = row_; i < batch_->count; i++) held.push_back(weights_[batch_->row(i)]);
    held_weights_ = std::move(held);
    weights_ = held_weights_.data();
  }

  const Batch* batch_ = nullptr;
  const uint64_t* weights_ = nullptr;
  uint32_t row_ = 0;
  HeldBatch held_;
  std::vector<uint64_t> held_weights_;
};

}  // namespace elegraph::query::exec
