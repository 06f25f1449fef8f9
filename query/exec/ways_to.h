// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/node_set.h"

namespace elegraph::query::exec {

// The nodes from which walks lead to a given one, and in how many steps: what a search for trails to it need not leave.
// They are looked for, from the end backwards, once the search has taken as much work, and again when that has grown, as
// most end before. Where those of all steps are too many, those of the last ones are known, at which most of a search's
// work is.
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
  // In up to so many steps.
  bool may_lead_there(NodeId node, size_t steps) const {
    if (steps >= levels_.size()) return !known_ || nodes_.contains(node.value);
    for (size_t s = 0; s <= steps; s++)
      if (levels_[s].contains(node.value)) return true;
    return false;
  }

 private:
  void look();
  bool flood(size_t most);
  bool read_level(size_t most, size_t& read);

  State& state_;
  AdjacencyLists lists_;
  MemoryAccount memory_;
  size_t max_;
  NodeId end_;
  size_t work_ = 0, next_look_ = 0;
  static constexpr size_t kMostLevels = 8;
  bool known_ = false;  // all of them are in nodes_
  NodeSet nodes_;
  std::vector<NodeSet> levels_;  // [s]: those that lead there in s steps, and in no fewer
  std::vector<NodeId> frontier_, next_;
};

}  // namespace elegraph::query::exec
