// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/node_set.h"

namespace elegraph::query::exec {

// Which nodes lie on a cycle of such relationships: those of a strongly connected component of several nodes, or with a
// loop (Tarjan, Depth-first search and linear graph algorithms, 1972). What one question has seen answers the next ones, so
// that all nodes together take one look at each relationship, where a search for each takes what it leads to.
//
// Keeps ids only, so that it may rest between two calls. One thread at a time.
class CycleNodes {
 public:
  // `lists` in one direction.
  CycleNodes(State& state, AdjacencyLists& lists) : state_(state), lists_(lists), memory_(state) {}

  void restart();
  // False: the budget is spent, call again with the same node.
  bool find(NodeId node, bool& on_cycle);

 private:
  static constexpr uint32_t kClosed = ~0u;  // the component is known
  struct Frame {
    NodeId node;
    uint32_t low;    // the least order that its subtree leads to
    size_t targets;  // its own that are left are targets_ from here on
  };

  void enter(NodeId node);
  void leave();
  void close(NodeId root);
  void count_memory();

  State& state_;
  AdjacencyLists& lists_;
  MemoryAccount memory_;
  std::vector<uint32_t> order_;  // by node, in which they were first seen, from 1 on; 0: not yet
  uint32_t seen_ = 0;
  std::vector<Frame> frames_;
  std::vector<NodeId> targets_, open_;  // open_: seen, and of no known component
  NodeSet on_cycle_;
};

}  // namespace elegraph::query::exec
