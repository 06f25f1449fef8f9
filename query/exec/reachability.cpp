// SPDX-License-Identifier: Apache-2.0
#include "query/exec/reachability.h"

#include <utility>

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
    if (!read_level()) return false;
    end_level(out);
  }
  return true;
}

bool Reachability::read_level() {
  if (position_ == 0) {
    level_.clear();
    level_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
  }
  for (; position_ < frontier_.size(); position_++) {
    if (position_ % kNodesBetweenLooks == 0) {
      state_.check_interrupt();
      if (state_.out_of_budget()) return false;
    }
    if (position_ + 8 < frontier_.size()) lists_.prefetch_header(frontier_[position_ + 8]);
    if (position_ + 4 < frontier_.size()) lists_.prefetch_list(frontier_[position_ + 4]);
    read_lists(frontier_[position_]);
  }
  position_ = 0;
  return true;
}

void Reachability::read_lists(NodeId node) {
  hops_.clear();
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    const storage::Neighbors n = lists_.read(node, l).neighbors;
    state_.touch(n.count + 1);
    if (filter_.trivial())
      level_.add_all({n.nodes, n.count});
    else
      for (uint32_t i = 0; i < n.count; i++) hops_.push_back({n.nodes[i], n.rels[i]});
  }
  filter_.filter(hops_, 0);
  for (const Hop& h : hops_) level_.add(h.node.value);
}

void Reachability::end_level(NodeSet& out) {
  add_ends(out);
  fresh_.clear();
  if (++depth_ < walk_.max) visited_.merge(level_, fresh_);
  std::swap(frontier_, fresh_);
  memory_.set(visited_.bytes() + level_.bytes() + (frontier_.capacity() + fresh_.capacity()) * sizeof(NodeId));
  if (frontier_.empty() && start_is_apart() && start_is_end(out)) out.add(start_.value);
}

bool Reachability::start_is_end(const NodeSet& ends) {
  if (walk_.elsewhere || walk_.min == 0 || ends.contains(start_.value)) return false;  // or it is there already
  return (labels_.trivial() || labels_.matches(start_)) && on_a_circle();
}

void Reachability::add_ends(NodeSet& out) {
  if (start_is_apart()) level_.remove(start_.value);
  if (labels_.trivial()) return out.merge(level_);
  for (const uint32_t id : level_.sorted())
    if (!out.contains(id) && labels_.matches(NodeId(id))) out.add(id);
}

// Whether a trail of at most walk_.max relationships leads from the start to the start. A shortest one is a circle, and all its nodes are half as
// far away at most: where two ways from the start meet that began with different relationships.
bool Reachability::on_a_circle() {
  branches_.clear();
  std::vector<NodeId> frontier{start_}, next;
  bool added = false;
  branches_.at(start_, 0, added);
  for (size_t depth = 0; 2 * depth < walk_.max && !frontier.empty(); depth++) {
    next.clear();
    for (const NodeId node : frontier) {
      state_.check_interrupt();
      const uint32_t branch = depth == 0 ? ReachedNodes::kNoLink : branches_.find(node)->link;
      for (uint32_t l = 0; l < lists_.lists(); l++) {
        const storage::Neighbors n = lists_.read(node, l).neighbors;
        state_.touch(n.count + 1);
        for (uint32_t i = 0; i < n.count; i++) {
          if (n.nodes[i] == node && depth > 0) continue;  // a loop elsewhere
          if (n.nodes[i] == start_) {
            // A loop, or a second relationship to a neighbour, which the start's own lists have shown.
            if (depth == 0) return true;
            continue;
          }
          const uint32_t own = depth == 0 ? n.rels[i].value : branch;
          ReachedNodes::Entry& there = branches_.at(n.nodes[i], uint32_t(depth + 1), added);
          if (added) {
            there.link = own;
            next.push_back(n.nodes[i]);
          } else if (there.link != own && depth + there.depth + 1 <= walk_.max) {
            return true;
          }
        }
      }
    }
    std::swap(frontier, next);
  }
  return false;
}

}  // namespace elegraph::query::exec
