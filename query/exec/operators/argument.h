// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/operator.h"

namespace elegraph::query::exec {

// Of a subplan that runs for many outer rows at once: what belongs to those of which no more rows are wanted.
class UnwantedRows {
 public:
  explicit UnwantedRows(const BuildContext& build)
      : wanted_from_(build.wanted_from), slot_(build.argument ? build.argument->row_slot : plan::kNoSlot) {}
  bool has_number(uint32_t outer) const { return wanted_from_ && outer < *wanted_from_; }
  bool has(const Batch& in, uint32_t row) const {
    if (!wanted_from_) return false;
    const Vector& numbers = in.column(slot_);
    return has_number(uint32_t(numbers.data<int64_t>()[numbers.at(row)]));
  }

 private:
  const uint32_t* wanted_from_;
  plan::Slot slot_;
};

// One row of an Argument as a batch of constants: for leaves and for operators that evaluate expressions over the
// outer row. Only the slots in `needed` are copied.
class OuterRow {
 public:
  OuterRow(State& state, const Argument* argument, std::vector<plan::Slot> needed)
      : state_(state), argument_(argument), needed_(std::move(needed)) {}

  void restart();
  // Steps to the next row; false after the last. Without an argument there is one empty row.
  bool next();
  uint32_t number() const { return row_ - 1; }  // of the current row among the argument's
  const Batch& batch() const { return batch_; }

 private:
  void set(plan::Slot slot, const Value& v);

  State& state_;
  const Argument* argument_;
  std::vector<plan::Slot> needed_;
  std::vector<std::unique_ptr<Vector>> constants_;  // by slot
  Batch batch_;
  uint32_t row_ = 0;
};

}  // namespace elegraph::query::exec
