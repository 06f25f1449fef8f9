// SPDX-License-Identifier: Apache-2.0
#include "index/radix_cursor.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace elegraph::index {

using namespace radix;

RadixCursor::RadixCursor(const RadixTree& tree, std::string low, std::string high, bool descending)
    : tree_(&tree), low_(std::move(low)), high_(std::move(high)), descending_(descending) {
  done_ = !high_.empty() && low_ >= high_;
}

uint32_t RadixCursor::next(std::span<uint32_t> out) {
  uint32_t count = 0;
  if (done_ || out.empty()) return 0;
  for (bool more = seek(); more && within(); more = advance()) {
    out[count++] = id_;
    if (count == out.size()) return stop(), count;
  }
  return done_ = true, frames_.clear(), count;
}

uint32_t RadixCursor::next_entries(uint32_t limit, RadixEntryBatch& out) {
  uint32_t count = 0;
  if (done_) return 0;
  for (bool more = seek(); more && within(); more = advance()) {
    out.add(std::string_view(path_).substr(0, value_size_), id_);
    if (++count == limit) return stop(), count;
  }
  return done_ = true, frames_.clear(), count;
}

// Leaves the tree: what is left begins after the key in hand.
void RadixCursor::stop() {
  frames_.clear();
  if (descending_) {
    high_ = path_;
  } else {
    low_ = path_;
    low_.push_back('\0');
  }
}

bool RadixCursor::within() const { return descending_ ? path_ >= low_ : high_.empty() || path_ < high_; }

bool RadixCursor::seek() {
  path_.clear();
  frames_.clear();
  Ref root = tree_->root();
  if (root == 0) return false;
  return descending_ ? seek_down(root) : seek_up(root);
}

void RadixCursor::enter(const Node* node) {
  path_.append(reinterpret_cast<const char*>(prefix_of(node)), node->prefix_size);
  frames_.push_back({node, path_.size(), -1});
}

bool RadixCursor::take_leaf(Ref ref) {
  value_size_ = path_.size() - id_bytes_above(ref) + Suffix(ref).size();
  id_ = leaf_id(ref);
  append_rest(path_, ref);
  return true;
}

bool RadixCursor::descend(Ref ref) {
  while (!is_leaf(ref)) {
    const Node* node = node_of(ref);
    enter(node);
    Child c = descending_ ? last_child(node, 255) : first_child(node, 0);
    frames_.back().byte = descending_ ? 0 : 255;
    if (c.byte < 0) return advance();  // all that was there when we came has gone
    frames_.back().byte = c.byte;
    path_.push_back(char(c.byte));
    ref = c.ref;
  }
  return take_leaf(ref);
}

bool RadixCursor::advance() {
  while (!frames_.empty()) {
    Frame& f = frames_.back();
    Child c = descending_ ? last_child(f.node, f.byte - 1) : first_child(f.node, f.byte + 1);
    if (c.byte >= 0) {
      f.byte = c.byte;
      path_.resize(f.path);
      path_.push_back(char(c.byte));
      return descend(c.ref);
    }
    frames_.pop_back();
  }
  return false;
}

// To the first key >= low_.
bool RadixCursor::seek_up(Ref ref) {
  for (;;) {
    size_t depth = path_.size();
    if (is_leaf(ref)) return take_leaf(ref), path_ >= low_ || advance();
    const Node* node = node_of(ref);
    size_t shared = std::min<size_t>(node->prefix_size, low_.size() - depth);
    int order = std::memcmp(prefix_of(node), low_.data() + depth, shared);
    if (order < 0) return advance();
    if (order > 0 || depth + node->prefix_size >= low_.size()) return descend(ref);
    enter(node);
    int byte = uint8_t(low_[path_.size()]);
    frames_.back().byte = byte;
    Child c = first_child(node, byte);
    if (c.byte < 0) return advance();
    frames_.back().byte = c.byte;
    path_.push_back(char(c.byte));
    if (c.byte > byte) return descend(c.ref);
    ref = c.ref;
  }
}

// To the last key < high_.
bool RadixCursor::seek_down(Ref ref) {
  if (high_.empty()) return descend(ref);
  for (;;) {
    size_t depth = path_.size();
    if (is_leaf(ref)) return take_leaf(ref), path_ < high_ || advance();
    const Node* node = node_of(ref);
    size_t shared = std::min<size_t>(node->prefix_size, high_.size() - depth);
    int order = std::memcmp(prefix_of(node), high_.data() + depth, shared);
    if (order < 0) return descend(ref);
    if (order > 0 || depth + node->prefix_size >= high_.size()) return advance();
    enter(node);
    int byte = uint8_t(high_[path_.size()]);
    frames_.back().byte = byte;
    Child c = last_child(node, byte);
    if (c.byte < 0) return advance();
    frames_.back().byte = c.byte;
    path_.push_back(char(c.byte));
    if (c.byte < byte) return descend(c.ref);
    ref = c.ref;
  }
}

}  // namespace elegraph::index
