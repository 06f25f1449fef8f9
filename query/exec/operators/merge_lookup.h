// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/expressions/local_rows.h"
#include "query/exec/operator.h"

namespace elegraph::query::exec {

class StoredRows;

// Finds the nodes for a MERGE of one node that no index serves, once it has scanned for some rows in vain: by a hash table
// of those that there are, in which it is told of what it makes itself. What others in the statement write meanwhile does
// not meet what MERGE reads: the planner keeps such apart (kEager).
class MergeLookup {
 public:
  // Null where the pattern is another one, or what MERGE sets may change other nodes' keys.
  static std::unique_ptr<MergeLookup> make(const plan::PhysicalNode& merge, BuildContext& inner,
                                           const std::vector<plan::Slot>& outer);
  void restart();
  // Adds the row's matches to `out`. False: scan for it.
  bool find(const Batch& outer, uint32_t row, StoredRows& out);
  // The nodes in `rows` are new, or have been changed.
  void note(const Batch& rows);

 private:
  struct Pattern {
    const plan::PhysicalNode* scan = nullptr;
    std::vector<plan::BoundPtr> conditions, of_node, of_row;
  };
  static bool is_pattern(const plan::PhysicalNode& merge, Pattern& out);
  static void add_condition(const plan::BoundPtr& e, Pattern& out);
  static bool keeps_others(const std::vector<plan::SetOperation>& sets, plan::Slot node, const Pattern& pattern);

  MergeLookup(const Pattern& pattern, BuildContext& inner, const std::vector<plan::Slot>& outer);
  void build();
  void add(const Batch& rows);
  void account();

  State& state_;
  plan::Slot slot_;
  OperatorPtr scan_;
  std::vector<EvaluatorPtr> conditions_, of_node_, of_row_;
  LocalRows row_, candidates_;
  std::unordered_multimap<uint64_t, NodeId> nodes_;  // by their keys; of those that are alike in the scan's order
  MemoryAccount memory_;
  uint32_t scanned_ = 0;  // rows that were scanned for
  bool built_ = false;
  std::vector<Value> found_;
};

}  // namespace elegraph::query::exec
