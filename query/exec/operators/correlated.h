// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/input_rows.h"
#include "query/exec/operator.h"

namespace elegraph::query::exec {

// Whether a subplan may run for many outer rows at once: all of its operators treat each row by itself, or the rows of each
// outer one, in order, and can carry the row's number through.
bool runs_batched(const plan::PhysicalNode& right);

// Whether it gives the same rows whenever it runs, as it reads nothing of an outer row, unless something is written.
bool stands_alone(const plan::PhysicalNode& node);

// Whether it gives the same rows for the same outer row, unless something is written.
bool is_repeatable(const plan::PhysicalNode& node);

// The left rows of an operator with a subplan, and the subplan's runs: one run for a whole left batch where the
// subplan allows it, one for each row where not. Batches of the subplan carry their left row's number in row_slot().
class Correlated {
 public:
  Correlated(const plan::PhysicalNode& node, BuildContext& build, std::vector<plan::Slot> held);

  void restart();
  // Starts the subplan for the next left rows if it is not running. kBatch: it is running.
  // `weighted`: left rows may stand for several that are alike.
  Step begin(bool weighted = false);
  // The subplan's next rows. On kDone end() must follow; on kYield the left rows have been kept.
  Step next(const Batch*& out);
  Step next_weighted(const Batch*& out, const uint64_t*& weights);
  // The run is over: on to the next left rows. Whether there are more in the same left batch.
  bool end();
  // REQUIRED before the operator returns a batch during a run.
  void keep();

  // The left rows of this run: logical numbers 0 .. count()-1, as row_of() gives them.
  uint32_t count() const { return batched_ ? left_.batch().count : 1; }
  const Batch& left() const { return left_.batch(); }
  uint32_t left_row(uint32_t number) const { return batched_ ? left_.batch().row(number) : left_.row(); }
  // How many rows it stands for, by its row in left().
  uint64_t left_weight(uint32_t row) const { return left_.weights() ? left_.weights()[row] : 1; }
  const uint64_t* left_weights() const { return left_.weights(); }
  // The number of the left row that a row of the subplan's batch belongs to.
  uint32_t number_of(const Batch& right, uint32_t row) const {
    if (!batched_) return 0;
    const Vector& numbers = *right.columns[row_slot_];
    return uint32_t(numbers.data<int64_t>()[numbers.at(row)]);
  }

 private:
  void point();

  std::vector<plan::Slot> held_;
  OperatorPtr child_, subplan_;
  Argument argument_;
  InputRows left_;
  uint16_t row_ = 0;
  plan::Slot row_slot_ = plan::kNoSlot;
  bool batched_;
  bool running_ = false;
};

}  // namespace elegraph::query::exec
