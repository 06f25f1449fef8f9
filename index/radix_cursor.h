// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/radix_tree.h"

namespace elegraph::index {

// Entries of a walk: ids, and the value keys one behind the other.
class RadixEntryBatch {
 public:
  void clear() { keys_.clear(), ends_.clear(), ids_.clear(); }
  void add(std::string_view value, uint32_t id) {
    keys_ += value;
    ends_.push_back(keys_.size());
    ids_.push_back(id);
  }
  size_t size() const { return ids_.size(); }
  std::span<const uint32_t> ids() const { return ids_; }
  std::string_view value(size_t i) const {
    const size_t from = i == 0 ? 0 : ends_[i - 1];
    return {keys_.data() + from, ends_[i] - from};
  }

 private:
  std::string keys_;
  std::vector<size_t> ends_;
  std::vector<uint32_t> ids_;
};

// Walks the entries with low <= key < high (key: value bytes, then the id's four; an empty `high` is no
// limit) up or down, some at a time. Between calls it holds no node, only the last key, so each call may be
// in a read section of its own. Entries that stay are seen once each, in order.
//
// Thread-safety: one thread at a time. REQUIRES for next(): rcu::ReadGuard; the tree outlives the cursor.
class RadixCursor {
 public:
  RadixCursor(const RadixTree& tree, std::string low, std::string high, bool descending);

  uint32_t next(std::span<uint32_t> out);  // 0 at the end
  // The same with each entry's value key, appended to `out`; at most `limit` entries.
  uint32_t next_entries(uint32_t limit, RadixEntryBatch& out);

 private:
  struct Frame {
    const radix::Node* node;
    size_t path;  // size of path_ with the node's prefix
    int byte;     // of the child in hand
  };

  bool seek();     // to the first entry of what is left
  bool advance();  // to the next; false past the last
  bool seek_up(radix::Ref ref);
  bool seek_down(radix::Ref ref);
  bool descend(radix::Ref ref);  // to the first leaf below
  bool take_leaf(radix::Ref ref);
  void enter(const radix::Node* node);
  bool within() const;
  void stop();

  const RadixTree* tree_;
  std::string low_, high_;
  bool descending_;
  bool done_;
  std::vector<Frame> frames_;
  std::string path_;  // bytes above the child in hand, then its own: the whole key at a leaf
  size_t value_size_ = 0;
  uint32_t id_ = 0;
};

}  // namespace elegraph::index
