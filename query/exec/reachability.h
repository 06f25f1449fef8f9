// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/edge_filter.h"

namespace elegraph::query::exec {

// The nodes at which walks of at most so many relationships end: a breadth-first search by levels from all its starts at
// once. A shortest walk repeats nothing, so that these are the ends of all trails (no relationship twice) too. The one end
// that this does not tell is the start of walks in both directions, where there and back over one relationship comes home:
// it is an end where a circle leads through it.
//
// It rests where the budget is spent. One thread at a time.
class Reachability {
 public:
  struct Walk {
    size_t min, max;  // relationships; min is 0 or 1
    bool elsewhere;   // its start is no end of it
  };
  // `filter` is of the walk's steps (see on_a_circle()), `labels` of its end.
  Reachability(State& state, AdjacencyLists& lists, EdgeFilter& filter, LabelFilter& labels, Walk walk)
      : state_(state), lists_(lists), filter_(filter), labels_(labels), memory_(state), walk_(walk) {}

  // Whether the search can have starts of several rows. Else run() must have ended before the next start.
  bool takes_many() const { return filter_.trivial() && !start_is_apart(); }
  // Forgets what was reached: the snapshot or the statement is another one.
  void restart();
  void add_start(NodeId start, NodeSet& out);
  bool running() const { return !frontier_.empty(); }
  // Adds the ends to `out`. False: the budget is spent, call again.
  bool run(NodeSet& out);

 private:
  static constexpr size_t kNodesBetweenLooks = 64;
  static constexpr uint64_t kSparse =
      2048;  // nodes of the graph for one of a level, from which on a set is not worth going through

  bool read_level(NodeSet& out);
  void read_lists(NodeId node, NodeSet& out);
  void reach(NodeId node, NodeSet& out);
  void end_level(NodeSet& out);
  void add_ends(NodeSet& out);
  bool start_is_apart() const { return walk_.elsewhere || lists_.direction() == Direction::kBoth; }
  bool start_is_end(const NodeSet& ends);

  State& state_;
  AdjacencyLists& lists_;
  EdgeFilter& filter_;
  LabelFilter& labels_;
  MemoryAccount memory_;
  Walk walk_;
  size_t depth_ = 0, position_ = 0;  // position_: of the frontier's nodes
  NodeId start_;                     // the last one
  NodeSet visited_, level_;          // level_: all that the frontier's lists lead to, where that is not sparse
  bool sparse_ = false;              // few nodes: each is looked at as it comes
  std::vector<NodeId> frontier_, fresh_;
  std::vector<Hop> hops_;
};

}  // namespace elegraph::query::exec
