// SPDX-License-Identifier: Apache-2.0
#include "query/exec/search_side.h"

#include <algorithm>

namespace elegraph::query::exec {

void ReachedNodes::clear() {
  used_ = 0;
  if (entries_.size() > 64 * kFirst) entries_.assign(kFirst, {}), entries_.shrink_to_fit();
  if (++epoch_ == 0) std::fill(entries_.begin(), entries_.end(), Entry{}), epoch_ = 1;
}

void ReachedNodes::grow() {
  std::vector<Entry> old(entries_.size() * 4);
  old.swap(entries_);
  for (const Entry& e : old) {
    if (e.epoch != epoch_) continue;
    size_t i = place(e.node);
    while (entries_[i].epoch == epoch_) i = (i + 1) & (entries_.size() - 1);
    entries_[i] = e;
  }
}

ReachedNodes::Entry& ReachedNodes::at(NodeId node, uint32_t depth, bool& added) {
  if (used_ * 2 >= entries_.size()) grow();
  size_t i = place(node);
  while (entries_[i].epoch == epoch_ && entries_[i].node != node) i = (i + 1) & (entries_.size() - 1);
  Entry& e = entries_[i];
  added = e.epoch != epoch_;
  if (added) e = {node, epoch_, depth, kNoLink}, used_++;
  return e;
}

void SearchSide::start(NodeId node) {
  reached_.clear(), links_.clear();
  frontier_.assign(1, node), next_.clear();
  position_ = 0;
  depth_ = 0;
  bool added;
  reached_.at(node, 0, added);
  lists_.refresh();
}

uint64_t SearchSide::bytes() const {
  return reached_.bytes() + links_.capacity() * sizeof(Link) + (frontier_.capacity() + next_.capacity()) * sizeof(NodeId);
}

void SearchSide::prefetch() const {
  constexpr size_t kHeaderAhead = 8, kListAhead = 4;
  if (position_ + kHeaderAhead < frontier_.size()) lists_.prefetch_header(frontier_[position_ + kHeaderAhead]);
  if (position_ + kListAhead < frontier_.size()) lists_.prefetch_list(frontier_[position_ + kListAhead]);
}

bool SearchSide::reach(Hop to, const SearchSide& other, bool all, std::vector<NodeId>& met) {
  bool added;
  ReachedNodes::Entry& entry = reached_.at(to.node, depth_ + 1, added);
  if (!added && (!all || entry.depth != depth_ + 1)) return false;
  links_.push_back({to.from, to.rel, entry.link});
  entry.link = uint32_t(links_.size() - 1);
  if (!added) return false;
  next_.push_back(to.node);
  if (!other.reached_.find(to.node)) return false;
  met.push_back(to.node);
  return !all;
}

bool SearchSide::expand(NodeId from, const SearchSide& other, bool all, std::vector<NodeId>& met) {
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    const storage::Neighbors n = lists_.read(from, l).neighbors;
    state_.touch(n.count + 1), work_ += n.count + 1;
    for (uint32_t i = 0; i < n.count; i++)
      if (reach({n.nodes[i], n.rels[i], from}, other, all, met)) return true;
  }
  return false;
}

// With conditions: those of many nodes are asked for together.
bool SearchSide::expand_some(const SearchSide& other, EdgeFilter& filter, bool all, std::vector<NodeId>& met) {
  constexpr size_t kTogether = 1024;
  edges_.clear();
  for (; position_ < frontier_.size() && edges_.size() < kTogether; position_++) {
    prefetch();
    const NodeId from = frontier_[position_];
    for (uint32_t l = 0; l < lists_.lists(); l++) {
      const storage::Neighbors n = lists_.read(from, l).neighbors;
      for (uint32_t i = 0; i < n.count; i++) edges_.push_back({n.nodes[i], n.rels[i], from});
    }
  }
  state_.touch(edges_.size() + 1), work_ += edges_.size() + 1;
  filter.filter(edges_, 0, false);
  return std::any_of(edges_.begin(), edges_.end(), [&](const Hop& hop) { return reach(hop, other, all, met); });
}

bool SearchSide::widen(const SearchSide& other, EdgeFilter& filter, bool all, std::vector<NodeId>& met) {
  while (position_ < frontier_.size()) {
    if (!filter.trivial() || position_ % 64 == 63) state_.check_interrupt();
    if (position_ && state_.out_of_budget()) return false;
    if (!filter.trivial()) {
      if (expand_some(other, filter, all, met)) break;
      continue;
    }
    prefetch();
    if (expand(frontier_[position_++], other, all, met)) break;
  }
  end_level();
  return true;
}

void SearchSide::end_level() {
  depth_++;
  position_ = 0;
  frontier_.swap(next_);
  next_.clear();
}

// With a stack of its own: a path may be longer than the thread's stack is deep.
bool SearchSide::Trails::next() {
  if (!started_) return started_ = true, descend(side_.reached_.find(node_)->link), true;
  while (!links_.empty()) {
    const uint32_t other = side_.links_[links_.back()].next;
    links_.pop_back(), trail_.pop_back();
    if (other != ReachedNodes::kNoLink) return descend(other), true;
  }
  return false;
}

void SearchSide::Trails::descend(uint32_t link) {
  while (link != ReachedNodes::kNoLink) {
    const Link& l = side_.links_[link];
    links_.push_back(link), trail_.push_back(l.rel);
    link = side_.reached_.find(l.from)->link;
  }
}

}  // namespace elegraph::query::exec
