// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/evaluator.h"

namespace elegraph::query::exec {

// The batch that the body of a comprehension runs over: one outer row's slots as constants, and the list's elements
// as a column of their own, up to 2048 at a time.
class LocalRows {
 public:
  LocalRows(std::vector<plan::Slot> outer, plan::Slot element, State& state)
      : outer_(std::move(outer)), element_(element), state_(state) {}

  void set_outer(const Batch& batch, uint32_t row);
  // items[from .. to]; answers how many rows that makes.
  uint32_t set_elements(const std::vector<Value>& items, size_t from, size_t to = SIZE_MAX);
  // A slot beside that has one value.
  void set_constant(plan::Slot slot, const Value& v);
  const Batch& batch() const { return batch_; }
  Rows rows() const { return {nullptr, batch_.count}; }

 private:
  Vector& column(plan::Slot slot);

  std::vector<plan::Slot> outer_;
  plan::Slot element_;
  State& state_;
  std::vector<std::pair<plan::Slot, std::unique_ptr<Vector>>> columns_;
  Batch batch_;
};

}  // namespace elegraph::query::exec
