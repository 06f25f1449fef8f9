// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/edge_filter.h"

namespace elegraph::query::exec {

// The nodes at which walks of one or more relationships from a node end, each once and the nearest first: a breadth-first
// search that gives what it finds as it goes. As in Reachability the start is an end of walks in both directions where a
// circle leads through it.
//
// Keeps ids only, so that it may rest between two calls. One thread at a time.
class NearestEnds {
 public:
  // `max` relationships at most, and one at least. `filter` is of the steps; see Reachability.
  NearestEnds(State& state, AdjacencyLists& lists, EdgeFilter& filter, size_t max)
      : state_(state), lists_(lists), filter_(filter), memory_(state), max_(max) {}

  // `start_counts`: the start may be an end.
  void enter(NodeId start, bool start_counts);
  void leave();
  bool running() const { return !queue_.empty(); }
  // False where there are no more; it does not run any longer then.
  bool next(NodeId& end);

 private:
  bool read_next();
  bool is_new(NodeId node);

  State& state_;
  AdjacencyLists& lists_;
  EdgeFilter& filter_;
  MemoryAccount memory_;
  size_t max_;
  NodeId start_;
  bool start_is_due_ = false;
  NodeSet visited_;
  std::vector<NodeId> queue_;  // as they were found; from next_node_ on their lists have yet to be read
  size_t next_node_ = 0, level_end_ = 0, depth_ = 0;
  std::vector<Hop> edges_;  // of the node before next_node_, which is `depth_` away from the start
  size_t next_edge_ = 0;
};

}  // namespace elegraph::query::exec
