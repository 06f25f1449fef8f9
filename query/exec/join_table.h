// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/group_table.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

// The right side of a hash join by its keys (PhysicalNode::expressions2). Keys join where `=` is true of them: what does
// not equal itself (null, NaN, lists that have such an element) joins nothing.
class JoinTable {
 public:
  // What is kept beside the keys.
  enum class Keep : uint8_t { kNothing, kCounts, kRows };
  JoinTable(const plan::PhysicalNode& node, BuildContext& build, Keep keep);

  void restart();
  // Takes all rows of the right side. kDone: it has them.
  Step fill(Operator& right);
  bool complete() const { return complete_; }

  // The group of each row of a left batch, by the row's number; kNone for those that join nothing.
  static constexpr uint32_t kNone = GroupTable::kNone;
  void find(const Batch& left, uint32_t* groups);

  uint64_t count(uint32_t group) const { return group == kNone ? 0 : counts_[group]; }
  // The rows of a group, in the order that they came in, up to kNone.
  uint32_t first(uint32_t group) const { return group == kNone ? kNone : head_[group]; }
  uint32_t next(uint32_t row) const { return next_[row]; }

  // The columns of the rows: what is read above of the right side's, and by the join.
  const std::vector<plan::Slot>& slots() const { return slots_; }
  // kNone gives null.
  void gather(uint32_t column, const uint32_t* rows, uint32_t count, Vector& out) const {
    rows_.gather(column, rows, count, out);
  }

 private:
  void add(const Batch& in);
  void add_rows(const Batch& in, Rows rows, const uint32_t* groups);
  Rows with_keys(const Batch& in, std::vector<EvaluatorPtr>& keys, uint16_t* rows);

  State& state_;
  Keep keep_;
  std::vector<EvaluatorPtr> left_keys_, right_keys_;
  std::vector<plan::Slot> slots_;
  GroupTable table_;
  RowStore rows_;
  MemoryAccount memory_;
  std::vector<uint32_t> head_, tail_;  // by group: its first and last row
  std::vector<uint32_t> next_;         // by row: the next of the same group
  std::vector<uint64_t> counts_;       // by group
  bool complete_ = false;
  std::vector<const Vector*> columns_;
};

}  // namespace elegraph::query::exec
