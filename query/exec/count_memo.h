// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "storage/ids.h"

namespace elegraph::query::exec {

// Counts that were found for pairs of nodes of which one stays for a while, by the one that moves. Emptied in O(1) when
// the other moves on. One thread at a time.
class CountMemo {
 public:
  void forget() { node_ = NodeId(); }
  // The counts from here on are for `node` at the place `which`.
  void stay_at(size_t which, NodeId node) {
    if (node == node_ && which == which_) return;
    node_ = node, which_ = which;
    if (++epoch_ == 0) std::fill(entries_.begin(), entries_.end(), Entry{}), epoch_ = 1;
  }
  bool find(NodeId moving, uint64_t& count) const {
    if (moving.value >= entries_.size() || entries_[moving.value].epoch != epoch_) return false;
    count = entries_[moving.value].count;
    return true;
  }
  void put(NodeId moving, uint64_t count) {
    if (count > ~0u) return;
    if (moving.value >= entries_.size()) entries_.resize(moving.value + moving.value / 4 + 1024);
    entries_[moving.value] = {epoch_, uint32_t(count)};
  }
  uint64_t bytes() const { return entries_.size() * sizeof(Entry); }

 private:
  struct Entry {
    uint32_t epoch = 0, count = 0;
  };
  std::vector<Entry> entries_;
  uint32_t epoch_ = 0;
  NodeId node_;
  size_t which_ = 0;
};

}  // namespace elegraph::query::exec
