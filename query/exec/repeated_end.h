// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/sorted_nodes.h"

namespace elegraph::query::exec {

// The lists of a node that is an end of several rows in a row: read once, and searched whatever the other end's are like,
// which would have to be fetched. Where there are many such rows, a bit map (a Bloom filter with one hash) tells most of
// the ends that are in none of the lists.
//
// Thread-safety: one thread at a time, within one read section between two forget().
class RepeatedEnd {
 public:
  RepeatedEnd(State& state, const AdjacencyLists& lists) : state_(state), from_(lists) {}

  // REQUIRED where the lists may lie elsewhere now.
  void forget() {
    node_ = NodeId(), read_ = false;
    if (state_.wrote || state_.run != filter_run_) filtered_ = NodeId(), filter_asked_ = 0;
  }
  // Tells the node of the next row. Whether its lists are to be searched: it is the one before's, and they are sorted.
  bool next(NodeId node) {
    if (node != node_) {
      node_ = node, read_ = false;
      return false;
    }
    if (!read_) read();
    return sorted_;
  }
  template <class F>
  void find(NodeId other, F&& f) {
    if (node_ != filtered_) count_for_filter();
    for (uint32_t l = 0; l < lists_.size(); l++) {
      if (skips_loops(l) && other == node_) continue;
      for_those_to(lists_[l], other, f);
    }
  }
  // Whether it is known that the node's lists do not have the other one. Does not need the lists.
  bool has_not(NodeId node, NodeId other) const { return node == filtered_ && !may_have(other); }
  bool has_filter() const { return filtered_.valid(); }

 private:
  static constexpr uint64_t kWorthFilter = 64, kBitsEach = 16, kMostBits = 1 << 20;

  bool skips_loops(uint32_t list) const {
    return from_.direction() == Direction::kBoth && from_.direction_of(list) == Direction::kIn;
  }
  void read() {
    read_ = sorted_ = true;
    scratch_.resize(from_.lists());
    lists_.clear();
    for (uint32_t l = 0; l < from_.lists(); l++) {
      lists_.push_back(state_.reader.neighbors(node_, from_.direction_of(l), from_.type_of(l), scratch_[l]));
      sorted_ = sorted_ && lists_.back().sorted;
    }
  }

  uint64_t bit(NodeId node) const { return (node.value * 0x9E3779B97F4A7C15u) >> shift_; }
  bool may_have(NodeId node) const { return filter_[bit(node) / 64] >> (bit(node) % 64) & 1; }
  // For the node of many searches.
  void count_for_filter() {
    if (node_ != filter_wanted_) filter_wanted_ = node_, filter_asked_ = 0;
    uint64_t entries = 0;
    for (const storage::Neighbors& n : lists_) entries += n.count;
    if (state_.wrote || ++filter_asked_ < kWorthFilter + entries / kBitsEach) return;
    const uint64_t bits = std::bit_ceil(std::clamp<uint64_t>(kBitsEach * entries, 64, kMostBits));
    shift_ = uint32_t(64 - std::countr_zero(bits));
    filter_.assign(bits / 64, 0);
    for (const storage::Neighbors& n : lists_)
      for (uint32_t i = 0; i < n.count; i++) filter_[bit(n.nodes[i]) / 64] |= 1ull << (bit(n.nodes[i]) % 64);
    filtered_ = node_, filter_run_ = state_.run;
  }

  State& state_;
  const AdjacencyLists& from_;
  NodeId node_;
  bool read_ = false, sorted_ = false;
  std::vector<storage::NeighborScratch> scratch_;
  std::vector<storage::Neighbors> lists_;
  NodeId filtered_, filter_wanted_;  // whose filter it is; who may get one
  uint64_t filter_run_ = 0, filter_asked_ = 0;
  std::vector<uint64_t> filter_;
  uint32_t shift_ = 0;  // of a hash to a number of a bit
};

}  // namespace elegraph::query::exec
