// SPDX-License-Identifier: Apache-2.0
#include "query/exec/intersection_leg.h"

#include <algorithm>

namespace elegraph::query::exec {

IntersectionLeg::IntersectionLeg(State& state, const plan::IntersectLeg& leg)
    : state_(state), adjacency_(state, leg.types, leg.direction) {}

void IntersectionLeg::forget() {
  adjacency_.refresh();
  unmark();
  node_ = NodeId();
  lists_.clear();
  size_ = 0;
  bits_.resize(size_t(state_.reader.node_chunks()) * kChunkRows / 64);
  twice_.resize(bits_.size());
}

void IntersectionLeg::unmark() {
  if (!marked_) return;
  for (uint32_t word : words_) bits_[word] = twice_[word] = 0;
  words_.clear();
  marked_ = twice_any_ = thrice_any_ = false;
}

void IntersectionLeg::move_to(NodeId node) {
  if (node == node_) return;
  unmark();
  node_ = node;
  lists_.clear();
  size_ = 0;
  for (uint32_t i = 0; i < adjacency_.lists(); i++) read(i);
}

void IntersectionLeg::read(uint32_t list) {
  AdjacencyLists::List read = adjacency_.read(node_, list);
  const storage::Neighbors& n = read.neighbors;
  if (n.count == 0) return;
  size_ += n.count;
  if (n.sorted)
    lists_.push_back({n.nodes, n.rels, n.count, 0, read.skip_loops});
  else
    sort(n, list), lists_.back().skip_loops = read.skip_loops;
}

// A list with recent changes; few are.
void IntersectionLeg::sort(const storage::Neighbors& n, uint32_t list) {
  if (sorted_.size() < adjacency_.lists()) sorted_.resize(adjacency_.lists());
  Sorted& s = sorted_[list];
  s.pairs.clear(), s.nodes.clear(), s.rels.clear();
  for (uint32_t i = 0; i < n.count; i++) s.pairs.push_back(uint64_t(n.nodes[i].value) << 32 | n.rels[i].value);
  std::sort(s.pairs.begin(), s.pairs.end());
  for (uint64_t p : s.pairs) s.nodes.push_back(NodeId(uint32_t(p >> 32))), s.rels.push_back(RelId(uint32_t(p)));
  lists_.push_back({s.nodes.data(), s.rels.data(), n.count, 0, false});
}

void IntersectionLeg::mark(LabelFilter& labels) {
  marked_ = true;
  for_each_list([&](const NodeId* nodes, uint32_t count, NodeId left_out) {
    for (uint32_t i = 0; i < count; i++) {
      NodeId to = nodes[i];
      if (to == left_out || (!labels.trivial() && !labels.matches(to))) continue;
      uint64_t& word = bits_[to.value / 64];
      uint64_t bit = uint64_t{1} << (to.value % 64);
      if (word == 0) words_.push_back(to.value / 64);
      uint64_t again = word & bit;
      word |= bit;
      thrice_any_ |= (twice_[to.value / 64] & again) != 0;
      twice_[to.value / 64] |= again;
      twice_any_ |= again != 0;
    }
  });
}

bool IntersectionLeg::reaches(NodeId to) {
  if (marked_) return has_mark(to);
  for (List& l : lists_) {
    if (l.skip_loops && to == node_) continue;
    // Gallops from where the last question ended.
    uint32_t at = l.cursor;
    if (at >= l.count || l.nodes[at] > to) at = 0;
    uint32_t step = 1, from = at;
    while (at + step < l.count && l.nodes[at + step] < to) from = at + step, step *= 2;
    uint32_t end = std::min(l.count, at + step + 1);
    l.cursor = uint32_t(std::lower_bound(l.nodes + from, l.nodes + end, to) - l.nodes);
    if (l.cursor < l.count && l.nodes[l.cursor] == to) return true;
  }
  return false;
}

uint64_t IntersectionLeg::count(NodeId to) const {
  uint64_t n = 0;
  for (const List& l : lists_) {
    if (l.skip_loops && to == node_) continue;
    auto [first, last] = std::equal_range(l.nodes, l.nodes + l.count, to);
    n += uint64_t(last - first);
  }
  return n;
}

void IntersectionLeg::relationships(NodeId to, std::vector<RelId>& out) const {
  for (const List& l : lists_) {
    if (l.skip_loops && to == node_) continue;
    auto [first, last] = std::equal_range(l.nodes, l.nodes + l.count, to);
    out.insert(out.end(), l.rels + (first - l.nodes), l.rels + (last - l.nodes));
  }
}

}  // namespace elegraph::query::exec
