// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/aggregates/accumulator.h"
#include "query/exec/evaluator.h"
#include "query/exec/group_table.h"
#include "query/exec/operator.h"

namespace elegraph::query::exec {

// What a grouping computes of its input's rows: keys, and the arguments of its aggregates.
struct GroupInputs {
  GroupInputs(const plan::PhysicalNode& node, BuildContext& build);
  void restart();

  std::vector<EvaluatorPtr> keys, args, args2;  // null where an aggregate has no such argument
};

// The groups of a kAggregate, by number in order of appearance, and the states of its aggregates for each. Without keys
// there is one group from the start. Thread-safety: one thread; workers have groups of their own that are merged at the
// end.
class Groups {
 public:
  Groups(const plan::PhysicalNode& node, State& state)
      : node_(node), state_(state), table_(uint32_t(node.expressions.size())) {}

  void restart();
  void clear();  // until restart(), it takes nothing
  void reuse();  // as restart(), with memory kept; where there was one before
  // `weights`, where it is not null: as Operator::next_weighted() gives them.
  void take(GroupInputs& inputs, const Batch& in, Rows rows, const uint64_t* weights = nullptr);
  void merge(Groups& other);
  void swap(Groups& other);  // of the same node; also with another worker's

  uint32_t size() const { return keyless() ? 1 : table_.size(); }
  Value key(uint32_t group, uint32_t k) const { return table_.key(group, k); }
  Value result(uint32_t group, uint32_t aggregate) { return accumulators_[aggregate]->finish(group); }
  uint64_t bytes() const;

 private:
  bool keyless() const { return node_.expressions.empty(); }
  void resize();

  const plan::PhysicalNode& node_;
  State& state_;
  GroupTable table_;
  std::vector<AccumulatorPtr> accumulators_;
  std::vector<const Vector*> columns_;
  std::vector<uint32_t> numbers_;  // of a batch's rows' groups
};

}  // namespace elegraph::query::exec
