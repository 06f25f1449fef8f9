// SPDX-License-Identifier: Apache-2.0
#include "query/exec/reachability.h"

#include <utility>

#include "query/exec/circle.h"

namespace elegraph::query::exec {

void Reachability::restart() {
  visited_.clear(), level_.clear();
  frontier_.clear();
  depth_ = position_ = 0;
  memory_.release();
}

// What an earlier search that had no limit has visited, it has left by all its ways.
void Reachability::add_start(NodeId start, NodeSet& out) {
  if (frontier_.empty()) {
    const bool goes_on = walk_.max == SIZE_MAX && takes_many() && !state_.wrote;
    if (!goes_on) visited_.clear();
    visited_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
    depth_ = position_ = 0;
  }
  if (walk_.min == 0 && !walk_.elsewhere && (labels_.trivial() || labels_.matches(start))) out.add(start.value);
  start_ = start;
  if (walk_.max > 0 && visited_.add(start.value)) frontier_.push_back(start);
}

bool Reachability::run(NodeSet& out) {
  while (!frontier_.empty()) {
    if (!read_level(out)) return false;
    end_level(out);
  }
  return true;
}

bool Reachability::read_level(NodeSet& out) {
  if (position_ == 0) {
    const uint64_t universe = uint64_t(state_.reader.node_chunks()) * kChunkRows;
    sparse_ = frontier_.size() < universe / kSparse;
    fresh_.clear(), level_.clear();
    if (!sparse_) level_.set_universe(universe);
  }
  for (; position_ < frontier_.size(); position_++) {
    if (position_ % kNodesBetweenLooks == 0) {
      state_.check_interrupt();
      if (state_.out_of_budget()) return false;
    }
    if (position_ + 8 < frontier_.size()) lists_.prefetch_header(frontier_[position_ + 8]);
    if (position_ + 4 < frontier_.size()) lists_.prefetch_list(frontier_[position_ + 4]);
    read_lists(frontier_[position_], out);
  }
  position_ = 0;
  return true;
}

void Reachability::read_lists(NodeId node, NodeSet& out) {
  hops_.clear();
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    const storage::Neighbors n = lists_.read(node, l).neighbors;
    state_.touch(n.count + 1);
    if (!filter_.trivial())
      for (uint32_t i = 0; i < n.count; i++) hops_.push_back({n.nodes[i], n.rels[i], node});
    else if (sparse_)
      for (uint32_t i = 0; i < n.count; i++) reach(n.nodes[i], out);
    else
      level_.add_all({n.nodes, n.count});
  }
  filter_.filter(hops_, 0, depth_ == 0);
  for (const Hop& h : hops_)
    if (sparse_)
      reach(h.node, out);
    else
      level_.add(h.node.value);
}

void Reachability::reach(NodeId node, NodeSet& out) {
  if (!(start_is_apart() && node == start_) && (labels_.trivial() || (!out.contains(node.value) && labels_.matches(node))))
    out.add(node.value);
  if (depth_ + 1 < walk_.max && visited_.add(node.value)) fresh_.push_back(node);
}

void Reachability::end_level(NodeSet& out) {
  if (!sparse_) {
    add_ends(out);
    if (depth_ + 1 < walk_.max) visited_.merge(level_, fresh_);
  }
  depth_++;
  std::swap(frontier_, fresh_);
  memory_.set(visited_.bytes() + level_.bytes() + (frontier_.capacity() + fresh_.capacity()) * sizeof(NodeId));
  if (frontier_.empty() && start_is_apart() && start_is_end(out)) out.add(start_.value);
}

bool Reachability::start_is_end(const NodeSet& ends) {
  if (walk_.elsewhere || walk_.min == 0 || ends.contains(start_.value)) return false;  // or it is there already
  return (labels_.trivial() || labels_.matches(start_)) && on_a_circle(state_, lists_, filter_, start_, walk_.max);
}

void Reachability::add_ends(NodeSet& out) {
  if (start_is_apart()) level_.remove(start_.value);
  if (labels_.trivial()) return out.merge(level_);
  for (const uint32_t id : level_.sorted())
    if (!out.contains(id) && labels_.matches(NodeId(id))) out.add(id);
}

}  // namespace elegraph::query::exec
