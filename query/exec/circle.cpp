// SPDX-License-Identifier: Apache-2.0
#include "query/exec/circle.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "query/exec/search_side.h"

namespace elegraph::query::exec {

namespace {

// A breadth-first search whose nodes know, in their `link`, the relationship that it left the start by on the way there.
class Branches {
 public:
  Branches(NodeId start, size_t max) : start_(start), max_(max), frontier_{start} { nodes_.at(start, 0, added_); }

  bool exhausted() const { return frontier_.empty() || 2 * depth_ >= max_; }
  const std::vector<NodeId>& frontier() const { return frontier_; }
  void next_level() {
    std::swap(frontier_, next_);
    next_.clear();
    depth_++;
  }

  // True: that relationship, which does not lead to the start, closes a circle through it. What leads home the start's own
  // lists have shown.
  bool meets(NodeId from, NodeId to, RelId rel) {
    if (to == from) return false;
    const uint32_t branch = depth_ == 0 ? rel.value : nodes_.find(from)->link;
    ReachedNodes::Entry& there = nodes_.at(to, uint32_t(depth_ + 1), added_);
    if (!added_) return there.link != branch && depth_ + there.depth + 1 <= max_;
    there.link = branch;
    next_.push_back(to);
    return false;
  }

 private:
  NodeId start_;
  size_t max_, depth_ = 0;
  bool added_ = false;
  ReachedNodes nodes_;
  std::vector<NodeId> frontier_, next_;
};

// Whether one of the relationships that leave the node leads back to it.
bool has_loop(EdgeFilter& filter, const std::vector<Hop>& hops, NodeId node) {
  std::vector<Hop> loops;
  std::ranges::copy_if(hops, std::back_inserter(loops), [&](const Hop& h) { return h.node == node; });
  filter.filter(loops, 0, true);
  return !loops.empty();
}

}  // namespace

bool on_a_circle(State& state, AdjacencyLists& lists, EdgeFilter& filter, NodeId node, size_t max) {
  std::vector<Hop> hops;
  for (Branches branches(node, max); !branches.exhausted(); branches.next_level())
    for (const NodeId from : branches.frontier()) {
      state.check_interrupt();
      hops.clear();
      for (uint32_t l = 0; l < lists.lists(); l++) {
        const storage::Neighbors n = lists.read(from, l).neighbors;
        state.touch(n.count + 1);
        for (uint32_t i = 0; i < n.count; i++) hops.push_back({n.nodes[i], n.rels[i], from});
      }
      if (from == node && has_loop(filter, hops, node)) return true;
      std::erase_if(hops, [&](const Hop& h) { return h.node == node; });
      filter.filter_inner(hops, 0);
      if (std::ranges::any_of(hops, [&](const Hop& h) { return branches.meets(from, h.node, h.rel); })) return true;
    }
  return false;
}

}  // namespace elegraph::query::exec
