// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/node_set.h"

namespace elegraph::query::exec {

// The nodes from which walks lead to a given one: what a search for trails to it need not leave. They are looked for, from
// the end backwards, once the search has taken as much work, and again when that has grown, as most end before.
//
// One thread at a time.
class WaysTo {
 public:
  WaysTo(const plan::PhysicalNode& node, State& state)
      : state_(state),
        lists_(state, node.types, reverse(node.direction)),
        memory_(state),
        max_(node.max_hops < 0 ? SIZE_MAX : size_t(node.max_hops)) {}

  void refresh() { lists_.refresh(); }
  void forget() { end_ = NodeId(); }
  void enter(NodeId end);
  // After so much more of the search.
  void spend(size_t work) {
    work_ += work;
    if (!known_ && work_ >= next_look_) look();
  }
  bool may_lead_there(NodeId node) const { return !known_ || nodes_.contains(node.value); }

 private:
  void look();
  bool flood(size_t most);

  State& state_;
  AdjacencyLists lists_;
  MemoryAccount memory_;
  size_t max_;
  NodeId end_;
  size_t work_ = 0, next_look_ = 0;
  bool known_ = false;
  NodeSet nodes_;
  std::vector<NodeId> frontier_, next_;
};

}  // namespace elegraph::query::exec
