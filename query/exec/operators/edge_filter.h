// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/expressions/local_rows.h"

namespace elegraph::query::exec {

// A relationship and the node it leads to; where many nodes' are looked at together, or those that it leaves are asked
// something, also the one that it leaves.
struct Hop {
  NodeId node;
  RelId rel;
  NodeId from = {};
};

// The predicates of a variable-length pattern on its single relationships (node.slot3) and on the nodes that they lead to
// (node.hop_node), with the outer row's slots.
class EdgeFilter {
 public:
  EdgeFilter(const plan::PhysicalNode& node, BuildContext& build);
  void restart();
  bool trivial() const { return relationships_.predicates.empty() && nodes_.predicates.empty() && !asks_pairs(); }
  // Whether there are predicates on a relationship and the one before it (node.slots), too.
  bool asks_pairs() const { return !pairs_.predicates.empty(); }
  // For the next filter() calls.
  void set_outer(const Batch& batch, uint32_t row);
  // Removes what does not fit from edges[from ..]. `first`: they leave the node where the walk begins.
  void filter(std::vector<Hop>& edges, size_t from, bool first);
  // The same where both ends of each are inner nodes of the walk, or are its beginning.
  void filter_inner(std::vector<Hop>& edges, size_t from);
  // Those that do not fit to the relationship that the walk came by.
  void filter_behind(RelId before, std::vector<Hop>& edges, size_t from);

 private:
  struct Part {
    Part(const std::vector<plan::BoundPtr>& expressions, plan::Slot element, BuildContext& build);
    template <class ValueOf>
    void filter(std::vector<Hop>& edges, size_t from, const ValueOf& value_of);

    std::vector<EvaluatorPtr> predicates;
    LocalRows local;
    std::vector<Value> values;
  };
  Part relationships_, nodes_, pairs_;
  plan::Slot before_;
  bool inner_nodes_;  // PhysicalNode::inner_nodes
};

}  // namespace elegraph::query::exec
