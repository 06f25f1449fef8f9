// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/columns.h"

namespace elegraph::query::exec {

// A copy of (the rest of) a batch that outlives its producer and the RCU section. Memory is reused.
class HeldBatch {
 public:
  // Copies the rows from number `from` on of those of `slots` that the batch carries. The copy's rows are 0, 1, ....
  void hold(const Batch& batch, uint32_t from, const std::vector<plan::Slot>& slots);
  const Batch& batch() const { return batch_; }

 private:
  Batch batch_;
  std::vector<std::unique_ptr<Vector>> columns_;  // parallel to the slots of hold()
};

}  // namespace elegraph::query::exec
