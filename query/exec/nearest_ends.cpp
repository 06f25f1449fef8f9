// SPDX-License-Identifier: Apache-2.0
#include "query/exec/nearest_ends.h"

#include <utility>

#include "query/exec/circle.h"

namespace elegraph::query::exec {

void NearestEnds::enter(NodeId start, bool start_counts) {
  leave();
  start_ = start;
  start_is_due_ = start_counts;
  visited_.clear();
  visited_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows, NodeSet::Expect::kFew);
  visited_.add(start.value);
  queue_.assign(1, start);
  level_end_ = 1, depth_ = 0;
}

void NearestEnds::leave() {
  queue_.clear(), edges_.clear();
  next_node_ = next_edge_ = 0;
}

bool NearestEnds::next(NodeId& end) {
  do {
    while (next_edge_ < edges_.size())
      if (is_new(end = edges_[next_edge_++].node)) return true;
  } while (read_next());
  if (std::exchange(start_is_due_, false) && lists_.direction() == Direction::kBoth &&
      on_a_circle(state_, lists_, filter_, start_, max_))
    return end = start_, true;
  return leave(), false;
}

bool NearestEnds::is_new(NodeId node) {
  if (node == start_) return lists_.direction() != Direction::kBoth && std::exchange(start_is_due_, false);
  if (!visited_.add(node.value)) return false;
  if (depth_ + 1 < max_) queue_.push_back(node);
  return true;
}

bool NearestEnds::read_next() {
  if (next_node_ == level_end_) {
    if (level_end_ == queue_.size()) return false;
    level_end_ = queue_.size(), depth_++;
    memory_.set(visited_.bytes() + queue_.capacity() * sizeof(NodeId));
  }
  if (next_node_ + 8 < queue_.size()) lists_.prefetch_header(queue_[next_node_ + 8]);
  if (next_node_ + 4 < queue_.size()) lists_.prefetch_list(queue_[next_node_ + 4]);
  const NodeId node = queue_[next_node_++];
  edges_.clear(), next_edge_ = 0;
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    const storage::Neighbors n = lists_.read(node, l).neighbors;
    for (uint32_t i = 0; i < n.count; i++) edges_.push_back({n.nodes[i], n.rels[i], node});
  }
  state_.touch(edges_.size() + 1);
  filter_.filter(edges_, 0, depth_ == 0);
  return true;
}

}  // namespace elegraph::query::exec
