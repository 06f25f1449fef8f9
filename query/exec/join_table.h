// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/group_table.h"
#include "query/exec/operator.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

// The rows of a batch whose keys may join, and the keys.
class JoinKeys {
 public:
  JoinKeys(const std::vector<plan::BoundPtr>& keys, BuildContext& build) : keys_(make_evaluators(keys, build)) {}
  void restart() { restart_all(keys_); }
  // `rows`: room for their numbers.
  Rows evaluate(const Batch& in, uint16_t* rows);
  std::span<const Vector* const> columns() const { return columns_; }  // of the last evaluate()

 private:
  std::vector<EvaluatorPtr> keys_;
  std::vector<const Vector*> columns_;
};

// The right side of a hash join by its keys (PhysicalNode::expressions2). Keys join where `=` is true of them: what does
// not equal itself (null, NaN, lists that have such an element) joins nothing.
//
// Thread-safety: once it is complete, of all that only reads.
class JoinTable {
 public:
  // What is kept beside the keys.
  enum class Keep : uint8_t { kNothing, kCounts, kRows };
  JoinTable(const plan::PhysicalNode& node, BuildContext& build, Keep keep);

  void restart();
  // Takes all rows of the right side. kDone: it has them.
  Step fill(Operator& right);
  bool complete() const { return complete_; }

  // The group of each of the rows, kNone for those that join nothing.
  static constexpr uint32_t kNone = GroupTable::kNone;
  void find(std::span<const Vector* const> keys, Rows rows, uint32_t* groups) { table_.find(keys, rows, groups); }
  bool empty() const { return table_.size() == 0; }
  uint32_t groups() const { return uint32_t(table_.size()); }

  uint64_t count(uint32_t group) const { return group == kNone ? 0 : counts_[group]; }  // not of kNothing
  // The rows of a group, in the order that they came in, up to kNone.
  uint32_t first(uint32_t group) const { return group == kNone ? kNone : head_[group]; }
  uint32_t next(uint32_t row) const { return next_[row]; }
  // How many rows that are alike in slots() it stands for.
  uint64_t weight(uint32_t row) const { return weights_.empty() ? 1 : weights_[row]; }
  bool is_weighted() const { return !weights_.empty(); }

  // The columns of the rows: what is read above of the right side's, and by the join.
  const std::vector<plan::Slot>& slots() const { return slots_; }
  // kNone gives null.
  void gather(uint32_t column, const uint32_t* rows, uint32_t count, Vector& out) const {
    rows_.gather(column, rows, count, out);
  }

 private:
  void add(const Batch& in, const uint64_t* weights);
  Rows first_of_group(Rows rows, const uint32_t* groups, const uint64_t* weights, uint16_t* first);
  void add_rows(const Batch& in, Rows rows, const uint32_t* groups, const uint64_t* weights);

  State& state_;
  Keep keep_;
  bool alike_;  // rows with equal keys are alike in slots()
  JoinKeys keys_;
  std::vector<plan::Slot> slots_;
  GroupTable table_;
  RowStore rows_;
  MemoryAccount memory_;
  std::vector<uint32_t> head_, tail_;  // by group: its first and last row
  std::vector<uint32_t> next_;         // by row: the next of the same group
  std::vector<uint64_t> weights_;      // by row; empty where each is one
  std::vector<uint64_t> counts_;       // by group
  bool complete_ = false;
  std::vector<const Vector*> columns_;
};

// The operators of a hash join's right side with the table that their rows go to. In a subplan the table stays from run to
// run, where the right side reads nothing of the outer row and nothing is written in between.
class JoinBuild {
 public:
  JoinBuild(const plan::PhysicalNode& node, BuildContext& build, JoinTable::Keep keep);
  void restart() {
    if (!stays_ || !table_.complete() || run_ != state_.run) begin();
  }
  // kDone: the table is complete.
  Step fill() {
    if (stays_ && run_ != state_.run) begin();
    return table_.complete() ? Step::kDone : table_.fill(*right_);
  }
  JoinTable& table() { return table_; }
  // It may be made before the pipeline has any rows.
  bool is_apart() const { return stays_ || !in_subplan_; }

 private:
  void begin() {
    right_->restart(), table_.restart();
    run_ = state_.run;
  }

  State& state_;
  bool in_subplan_, stays_ = false;
  uint64_t run_ = ~0ull;  // of the statement, for which the table is
  OperatorPtr right_;
  JoinTable table_;
};

// Those of a pipeline, by the numbers of their joins. Copies of the pipeline that run side by side do not make them once
// more: they are complete before the first copy is made.
class JoinBuilds {
 public:
  void add(uint32_t node, JoinBuild& build) { all_.emplace_back(node, &build); }
  JoinBuild* find(uint32_t node) const {
    for (const auto& [number, build] : all_)
      if (number == node) return build;
    return nullptr;
  }
  // The time is that of the joins and of all above them up to `root`, the pipeline, as where they fill their tables
  // themselves.
  Step fill_all(State& state, const plan::PhysicalNode& root) const;

 private:
  std::vector<std::pair<uint32_t, JoinBuild*>> all_;
};

// What an operator has of its right side: one of its own, or, in a copy, the pipeline's.
class JoinProbe {
 public:
  JoinProbe(const plan::PhysicalNode& node, BuildContext& build, JoinTable::Keep keep);
  void restart() {
    keys_.restart();
    if (own_) own_->restart();
  }
  Step fill() { return build_->fill(); }
  const JoinTable& table() const { return build_->table(); }
  // The group of each row of a left batch, by the row's number; kNone for those that join nothing.
  void find(const Batch& left, uint32_t* groups);

 private:
  JoinKeys keys_;
  std::unique_ptr<JoinBuild> own_;
  JoinBuild* build_;
};

}  // namespace elegraph::query::exec
