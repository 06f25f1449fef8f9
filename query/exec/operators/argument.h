// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/operator.h"

namespace elegraph::query::exec {

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
