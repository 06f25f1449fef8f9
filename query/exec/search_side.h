// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/operators/edge_filter.h"

namespace elegraph::query::exec {

// What a search has reached, by node: open addressing, emptied in O(1).
class ReachedNodes {
 public:
  static constexpr uint32_t kNoLink = ~0u;
  struct Entry {
    NodeId node;
    uint32_t epoch = 0;
    uint32_t depth = 0;
    uint32_t link = kNoLink;
  };

  ReachedNodes() : entries_(kFirst) {}
  void clear();
  const Entry* find(NodeId node) const {
    for (size_t i = place(node);; i = (i + 1) & (entries_.size() - 1)) {
      if (entries_[i].epoch != epoch_) return nullptr;
      if (entries_[i].node == node) return &entries_[i];
    }
  }
  // The node's entry; `added` where it is new. Stays where it is until the next call.
  Entry& at(NodeId node, uint32_t depth, bool& added);
  uint64_t bytes() const { return entries_.size() * sizeof(Entry); }

 private:
  static constexpr size_t kFirst = 1024;
  size_t place(NodeId node) const { return size_t((node.value * 0x9E3779B97F4A7C15ull) >> 32) & (entries_.size() - 1); }
  void grow();

  std::vector<Entry> entries_;
  uint32_t epoch_ = 1;
  size_t used_ = 0;
};

// One side of a bidirectional breadth-first search: what was reached, how far it is, and over which relationships it was
// first reached (all of them at the same distance, for all shortest paths). Keeps ids only, so that it may rest between two
// calls. Not thread-safe.
class SearchSide {
 public:
  using Trail = std::vector<RelId>;

  SearchSide(State& state, const std::vector<std::string>& types, Direction direction)
      : state_(state), lists_(state, types, direction) {}

  void start(NodeId node);
  bool exhausted() const { return frontier_.empty(); }
  size_t width() const { return frontier_.size(); }
  uint32_t depth() const { return depth_; }
  uint32_t depth_of(NodeId reached) const { return reached_.find(reached)->depth; }
  bool reached(NodeId node) const { return reached_.find(node) != nullptr; }
  uint64_t work() const { return work_; }          // how many relationships it has looked at, and nodes, since it was made
  bool in_level() const { return position_ > 0; }  // a widen() was left half-way
  uint64_t bytes() const;

  // Goes one relationship further. The nodes reached now that `other` has too go to `met`; where not `all` are wanted
  // the first of them ends it. False: the budget is spent, call again.
  bool widen(const SearchSide& other, EdgeFilter& filter, bool all, std::vector<NodeId>& met);

  // The trails from a node back to the start, nearest relationship first: next() before each, the first too.
  class Trails {
   public:
    Trails(const SearchSide& side, NodeId node) : side_(side), node_(node) {}
    bool next();
    const Trail& trail() const { return trail_; }

   private:
    void descend(uint32_t link);

    const SearchSide& side_;
    NodeId node_;
    bool started_ = false;
    std::vector<uint32_t> links_;  // of trail_
    Trail trail_;
  };

 private:
  struct Link {
    NodeId from;
    RelId rel;
    uint32_t next;
  };

  void prefetch() const;
  // Whether the search may end.
  bool reach(Hop to, const SearchSide& other, bool all, std::vector<NodeId>& met);
  bool expand(NodeId from, const SearchSide& other, bool all, std::vector<NodeId>& met);
  bool expand_some(const SearchSide& other, EdgeFilter& filter, bool all, std::vector<NodeId>& met);
  void end_level();

  State& state_;
  AdjacencyLists lists_;
  ReachedNodes reached_;
  std::vector<Link> links_;
  std::vector<NodeId> frontier_, next_;
  size_t position_ = 0;  // of frontier_, in the level that is being widened
  std::vector<Hop> edges_;
  uint32_t depth_ = 0;
  uint64_t work_ = 0;
};

}  // namespace elegraph::query::exec
