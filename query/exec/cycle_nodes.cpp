// SPDX-License-Identifier: Apache-2.0
#include "query/exec/cycle_nodes.h"

#include <algorithm>

namespace elegraph::query::exec {

void CycleNodes::restart() {
  order_.clear(), frames_.clear(), targets_.clear(), open_.clear();
  on_cycle_.clear();
  seen_ = 0;
  memory_.release();
}

bool CycleNodes::find(NodeId node, bool& on_cycle) {
  constexpr uint32_t kBetweenLooks = 1024;
  if (order_.empty()) {
    const uint64_t universe = uint64_t(state_.reader.node_chunks()) * kChunkRows;
    order_.resize(universe);
    on_cycle_.set_universe(universe);
    count_memory();
  }
  if (frames_.empty() && order_[node.value] == 0) enter(node);
  for (uint32_t steps = 1; !frames_.empty(); steps++) {
    if (steps % kBetweenLooks == 0) {
      count_memory();
      state_.check_interrupt();
      if (state_.out_of_budget()) return false;
    }
    Frame& top = frames_.back();
    if (targets_.size() == top.targets) {
      leave();
      continue;
    }
    const NodeId target = targets_.back();
    targets_.pop_back();
    const uint32_t order = order_[target.value];
    if (order == 0)
      enter(target);
    else if (order != kClosed)
      top.low = std::min(top.low, order);
  }
  on_cycle = on_cycle_.contains(node.value);
  return true;
}

void CycleNodes::enter(NodeId node) {
  order_[node.value] = ++seen_;
  open_.push_back(node);
  frames_.push_back({node, seen_, targets_.size()});
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    const storage::Neighbors n = lists_.read(node, l).neighbors;
    state_.touch(n.count + 1);
    for (uint32_t i = 0; i < n.count; i++)
      if (n.nodes[i] == node)
        on_cycle_.add(node.value);
      else
        targets_.push_back(n.nodes[i]);
  }
}

void CycleNodes::leave() {
  const Frame left = frames_.back();
  frames_.pop_back();
  if (left.low == order_[left.node.value]) return close(left.node);
  frames_.back().low = std::min(frames_.back().low, left.low);
}

void CycleNodes::close(NodeId root) {
  const bool alone = open_.back() == root;
  NodeId node;
  do {
    node = open_.back();
    open_.pop_back();
    order_[node.value] = kClosed;
    if (!alone) on_cycle_.add(node.value);
  } while (node != root);
}

void CycleNodes::count_memory() {
  memory_.set(on_cycle_.bytes() + order_.capacity() * sizeof(uint32_t) + frames_.capacity() * sizeof(Frame) +
              (targets_.capacity() + open_.capacity()) * sizeof(NodeId));
}

}  // namespace elegraph::query::exec
