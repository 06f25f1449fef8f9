// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/operator.h"
#include "query/exec/operators/morsel_runs.h"
#include "query/exec/operators/presorted_runs.h"
#include "query/exec/operators/row_sorter.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

// The input side of a sort: runs the child to its end into a store. With a limit it keeps a few times the rows that are
// asked for and throws the others away (top-k). Where rows come in the order of the first keys it ends with the run of rows
// that the last wanted one is in. One per worker.
class SortInput {
 public:
  // `slots`: what is read of the sorted rows.
  SortInput(const plan::PhysicalNode& node, const std::vector<plan::Slot>& slots, BuildContext& build);

  void restart();
  // REQUIRED before the first step().
  void want(uint64_t rows) { rows_wanted_ = rows; }

  // Sink. kDone: all input is in; kYield: call again.
  Step run();
  // One batch of it.
  Step step();
  // Takes the rows of another one. Where copies of a pipeline have a morsel each, equal rows end up in the order of the
  // scan all the same; else the other one's come behind these.
  void append(SortInput& other);
  void finish() { sort_rows(); }

  // In their order, as many as are wanted.
  uint64_t rows() const { return order_.size(); }
  // Of the slot number `slot`, the values of the rows from `first` on.
  void gather(uint32_t slot, uint64_t first, uint32_t count, Vector& out) const {
    store_->gather(uint32_t(orders_.size()) + slot, order_.data() + first, count, out);
  }

 private:
  uint32_t columns() const { return uint32_t(orders_.size() + slots_.size()); }
  bool has_all_wanted() const {
    if (in_order()) return store_->size() >= rows_wanted_;
    return node_.presorted && runs_.ended() >= rows_wanted_;
  }
  // Rows come as they are wanted.
  bool in_order() const { return node_.presorted == keys_.size(); }
  void take(const Batch& in);
  Rows promising(const Vector& key, Rows rows);
  template <class Bound, class Cell>
  Rows not_behind(Rows rows, const Bound& bound, Cell cell);
  void sort_rows();
  void prune();

  const plan::PhysicalNode& node_;
  const std::vector<plan::Slot>& slots_;
  State& state_;
  OperatorPtr child_;
  std::vector<EvaluatorPtr> keys_;
  std::vector<KeyOrder> orders_;
  std::unique_ptr<RowStore> store_;  // the keys' columns, then the slots
  MorselRuns morsels_;               // of its rows
  MemoryAccount order_memory_;
  std::vector<uint32_t> order_;
  uint64_t rows_wanted_ = UINT64_MAX;
  PresortedRuns runs_;  // of the keys that rows come in the order of
  Value worst_;         // the first other key of the last row kept by prune()
  uint16_t promising_[Vector::kCapacity];
};

// The source side: gives sorted rows in batches.
class SortOutput {
 public:
  // `slots`: those of the SortInput.
  SortOutput(State& state, const std::vector<plan::Slot>& slots);
  void restart() { next_ = 0; }
  Step next(const SortInput& rows, const Batch*& out);

 private:
  State& state_;
  const std::vector<plan::Slot>& slots_;
  std::vector<std::unique_ptr<Vector>> columns_;
  uint64_t next_ = 0;
  Batch out_;
};

}  // namespace elegraph::query::exec
