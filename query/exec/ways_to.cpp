// SPDX-License-Identifier: Apache-2.0
#include "query/exec/ways_to.h"

#include <utility>

namespace elegraph::query::exec {

namespace {
constexpr size_t kFirstLook = 256, kLastLook = size_t{1} << 22;
}

void WaysTo::enter(NodeId end) {
  if (end == end_ && !state_.wrote) return;
  end_ = end;
  work_ = 0, next_look_ = kFirstLook;
  known_ = false;
  levels_.clear();
}

void WaysTo::look() {
  next_look_ = work_ < kLastLook ? 4 * work_ : SIZE_MAX;
  nodes_.clear();
  levels_.clear();
  nodes_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
  nodes_.add(end_.value);
  known_ = !state_.wrote && flood(work_);  // there may be more ways by now
  state_.touch(work_);
  uint64_t bytes = nodes_.bytes();
  for (const NodeSet& level : levels_) bytes += level.bytes();
  memory_.set(bytes);
}

// False: there are more than that.
bool WaysTo::flood(size_t most) {
  frontier_.assign(1, end_);
  size_t read = 0;
  for (size_t depth = 0; !frontier_.empty(); depth++) {
    if (depth < kMostLevels) {
      levels_.emplace_back();
      levels_.back().add_all(frontier_);
    }
    if (depth == max_) break;
    if (!read_level(most, read)) return false;
  }
  return true;
}

// From the frontier to the next one.
bool WaysTo::read_level(size_t most, size_t& read) {
  state_.check_interrupt();
  next_.clear();
  for (NodeId node : frontier_)
    for (uint32_t l = 0; l < lists_.lists(); l++) {
      const storage::Neighbors n = lists_.read(node, l).neighbors;
      if ((read += n.count + 1) > most) return false;
      for (uint32_t i = 0; i < n.count; i++)
        if (nodes_.add(n.nodes[i].value)) next_.push_back(n.nodes[i]);
    }
  std::swap(frontier_, next_);
  return true;
}

}  // namespace elegraph::query::exec
