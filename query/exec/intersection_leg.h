// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/adjacency.h"

namespace elegraph::query::exec {

// The adjacency of one bound node of an intersection: its lists, sorted, with ways to ask them for a node. A node that
// stays the same over several rows has its neighbours marked in a bitmap, so that each question is one bit.
//
// Lists refer to the store: forget() before they are used in another RCU section.
class IntersectionLeg {
 public:
  IntersectionLeg(State& state, const plan::IntersectLeg& leg);

  // Takes up relationship types that are new, and no node.
  void forget();
  // Reads the lists of `node`, unless it has them. REQUIRES: valid.
  void move_to(NodeId node);
  NodeId node() const { return node_; }
  uint64_t size() const { return size_; }

  // Marks the neighbours that have the labels. The marks stay until move_to() another node.
  void mark(LabelFilter& labels);
  bool marked() const { return marked_; }
  bool has_mark(NodeId node) const { return has(bits_, node); }
  // How many relationships lead to the node, by its marks. REQUIRES: marks_count().
  uint64_t marks(NodeId node) const { return has(bits_, node) + uint64_t(twice_any_ && has(twice_, node)); }
  // No more than two relationships lead to any of the marked nodes: in both directions, say.
  bool marks_count() const { return marked_ && !thrice_any_; }
  bool marks_are_single() const { return marked_ && !twice_any_; }

  // Whether there is a relationship to `to`; quick for ascending questions.
  bool reaches(NodeId to);
  uint64_t count(NodeId to) const;  // of relationships
  void relationships(NodeId to, std::vector<RelId>& out) const;

  // Calls f(nodes, count, left_out) on each list; `left_out` among its nodes does not count (invalid: all do).
  template <class F>
  void for_each_list(F&& f) const {
    for (const List& l : lists_) f(l.nodes, l.count, l.skip_loops ? node_ : NodeId());
  }
  void prefetch_header(NodeId node) const { adjacency_.prefetch_header(node); }
  void prefetch_list(NodeId node) const { adjacency_.prefetch_list(node); }

 private:
  struct List {
    const NodeId* nodes = nullptr;
    const RelId* rels = nullptr;
    uint32_t count = 0;
    uint32_t cursor = 0;
    bool skip_loops = false;
  };
  // Own memory of a list that the store gave unsorted.
  struct Sorted {
    std::vector<uint64_t> pairs;
    std::vector<NodeId> nodes;
    std::vector<RelId> rels;
  };

  static bool has(const std::vector<uint64_t>& bits, NodeId node) { return bits[node.value / 64] >> (node.value % 64) & 1; }
  void read(uint32_t list);
  void sort(const storage::Neighbors& n, uint32_t list);
  void unmark();

  State& state_;
  AdjacencyLists adjacency_;
  NodeId node_;
  std::vector<List> lists_;
  std::vector<Sorted> sorted_;  // by list
  uint64_t size_ = 0;
  std::vector<uint64_t> bits_, twice_;  // by node: one relationship, a second one
  std::vector<uint32_t> words_;         // those of bits_ that are not 0
  bool marked_ = false, twice_any_ = false, thrice_any_ = false;
};

}  // namespace elegraph::query::exec
