// SPDX-License-Identifier: Apache-2.0
#include "index/radix_tree.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/rcu.h"

namespace elegraph::index {

using namespace radix;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

// Value bytes and id bytes in one buffer; integers fit a string's inline room.
std::string full_key(std::string_view value, uint32_t id) {
  std::string key;
  key.reserve(value.size() + kIdBytes);
  key = value;
  append_id(key, id);
  return key;
}

std::string_view chars(const uint8_t* data, uint32_t size) { return {reinterpret_cast<const char*>(data), size}; }

uint32_t common_prefix(const uint8_t* a, const uint8_t* b, uint32_t size) {
  uint32_t i = 0;
  while (i < size && a[i] == b[i]) ++i;
  return i;
}

// Below how many children a node is worth copying to a smaller kind: well under that kind's room, so that a
// node at the border does not change back and forth.
uint32_t shrink_below(Kind kind) {
  switch (kind) {
    case Kind::k4: return 0;
    case Kind::k16: return 4;
    case Kind::k48: return 13;
    case Kind::k256: break;
  }
  return 37;
}

void free_subtree(Ref ref) {
  std::vector<Ref> todo;
  if (ref != 0) todo.push_back(ref);
  while (!todo.empty()) {
    Ref r = todo.back();
    todo.pop_back();
    if (!is_leaf(r))
      for (Child c = first_child(node_of(r), 0); c.byte >= 0; c = first_child(node_of(r), c.byte + 1))
        todo.push_back(c.ref);
    free_ref(r);
  }
}

void free_all(void* batch) {
  auto* refs = static_cast<std::vector<Ref>*>(batch);
  for (Ref r : *refs) free_ref(r);
  delete refs;
}

}  // namespace

// A position on the way down: the slot that holds the child in hand, and how many bytes of `key` lie above
// it.
struct RadixTree::Place {
  std::atomic<Ref>* slot;
  uint32_t depth;
  const uint8_t* key;  // value bytes, then id bytes
  uint32_t value_size;
  uint32_t id;

  uint32_t key_size() const { return value_size + kIdBytes; }
  Ref new_leaf(uint32_t at, size_t& bytes) const {
    if (at >= value_size) return make_leaf({}, id, at - value_size, bytes);
    return make_leaf(chars(key + at, value_size - at), id, 0, bytes);
  }
};

RadixTree::~RadixTree() {
  for (Ref r : unlinked_) free_ref(r);
  free_subtree(root_.load(kRelaxed));
}

void RadixTree::count(int64_t entries, int64_t distinct) {
  entries_.store(entries_.load(kRelaxed) + uint64_t(entries), kRelaxed);
  distinct_.store(distinct_.load(kRelaxed) + uint64_t(distinct), kRelaxed);
}

void RadixTree::retire(Ref ref) {
  if (is_inline(ref)) return;
  bytes_.store(bytes_.load(kRelaxed) - allocated_bytes(ref), kRelaxed);
  unlinked_.push_back(ref);
  if (unlinked_.size() < kRetireTogether) return;
  auto batch = std::make_unique<std::vector<Ref>>(std::move(unlinked_));
  unlinked_.clear();
  rcu::retire(batch.release(), free_all);
}

bool RadixTree::insert(std::string_view value, uint32_t id) {
  std::string key = full_key(value, id);
  Place at{&root_, 0, reinterpret_cast<const uint8_t*>(key.data()), uint32_t(value.size()), id};
  for (;;) {
    Ref ref = at.slot->load(kRelaxed);
    if (ref == 0) {  // only the root can be empty
      size_t bytes = 0;
      at.slot->store(at.new_leaf(at.depth, bytes), kRelease);
      bytes_.store(bytes_.load(kRelaxed) + bytes, kRelaxed);
      count(1, 1);
      return true;
    }
    if (is_leaf(ref)) {
      std::string rest;
      append_rest(rest, ref);
      uint32_t size = std::min(uint32_t(rest.size()), at.key_size() - at.depth);
      uint32_t common = common_prefix(reinterpret_cast<const uint8_t*>(rest.data()), at.key + at.depth, size);
      if (common == size) return false;
      split_leaf(at, ref, common);
      return true;
    }
    Node* node = node_of(ref);
    uint32_t common =
        common_prefix(prefix_of(node), at.key + at.depth, std::min(node->prefix_size, at.key_size() - at.depth));
    if (common < node->prefix_size) {
      split_node(at, node, common);
      return true;
    }
    uint8_t byte = at.key[at.depth + common];
    std::atomic<Ref>* child = find_child(node, byte);
    if (!child || child->load(kRelaxed) == 0) {
      add(at, node, byte);
      return true;
    }
    at.slot = child;
    at.depth += common + 1;
  }
}

// A leaf becomes a node of two leaves that share `common` bytes.
void RadixTree::split_leaf(const Place& at, Ref old, uint32_t common) {
  size_t bytes = 0;
  uint32_t branch = at.depth + common;
  std::string rest;
  append_rest(rest, old);
  uint32_t suffix = Suffix(old).size();
  Ref moved = common < suffix
                  ? make_leaf(std::string_view(rest).substr(common + 1, suffix - common - 1), leaf_id(old), 0, bytes)
                  : make_leaf({}, leaf_id(old), id_bytes_above(old) + common + 1 - suffix, bytes);
  Node* node = make_node(Kind::k4, at.key + at.depth, common, bytes);
  add_child(node, uint8_t(rest[common]), moved);
  add_child(node, at.key[branch], at.new_leaf(branch + 1, bytes));
  at.slot->store(reinterpret_cast<Ref>(node), kRelease);
  bytes_.store(bytes_.load(kRelaxed) + bytes, kRelaxed);
  retire(old);
  count(1, branch < at.value_size);
}

// A node gets a parent that takes the first `common` bytes of its prefix.
void RadixTree::split_node(const Place& at, Node* old, uint32_t common) {
  size_t bytes = 0;
  uint32_t branch = at.depth + common;
  const uint8_t* prefix = prefix_of(old);
  Node* below = copy_node(old, old->kind, prefix + common + 1, old->prefix_size - common - 1, bytes);
  Node* node = make_node(Kind::k4, prefix, common, bytes);
  add_child(node, prefix[common], reinterpret_cast<Ref>(below));
  add_child(node, at.key[branch], at.new_leaf(branch + 1, bytes));
  at.slot->store(reinterpret_cast<Ref>(node), kRelease);
  bytes_.store(bytes_.load(kRelaxed) + bytes, kRelaxed);
  retire(reinterpret_cast<Ref>(old));
  count(1, branch < at.value_size);
}

// Adds a leaf to a node, in place where there is room.
void RadixTree::add(const Place& at, Node* node, uint8_t byte) {
  size_t bytes = 0;
  uint32_t branch = at.depth + node->prefix_size;
  Ref leaf = at.new_leaf(branch + 1, bytes);
  if (!add_child(node, byte, leaf)) {
    Node* larger = copy_node(node, kind_for(node->live + 1u), prefix_of(node), node->prefix_size, bytes);
    add_child(larger, byte, leaf);
    at.slot->store(reinterpret_cast<Ref>(larger), kRelease);
    retire(reinterpret_cast<Ref>(node));
  }
  bytes_.store(bytes_.load(kRelaxed) + bytes, kRelaxed);
  count(1, branch < at.value_size);
}

bool RadixTree::remove(std::string_view value, uint32_t id) {
  std::string key = full_key(value, id);
  Place at{&root_, 0, reinterpret_cast<const uint8_t*>(key.data()), uint32_t(value.size()), id};
  Place parent = at;
  parent.slot = nullptr;
  uint8_t byte = 0;
  for (;;) {
    Ref ref = at.slot->load(kRelaxed);
    if (ref == 0) return false;
    if (is_leaf(ref)) {
      std::string_view left = value.substr(std::min<size_t>(at.depth, value.size()));
      if (leaf_id(ref) != id || Suffix(ref).view() != left) return false;
      if (parent.slot) {
        unlink(parent, byte);
      } else {
        root_.store(0, kRelease);
        count(-1, -1);
      }
      retire(ref);
      return true;
    }
    Node* node = node_of(ref);
    uint32_t size = node->prefix_size;
    if (size >= at.key_size() - at.depth || std::memcmp(prefix_of(node), at.key + at.depth, size) != 0) return false;
    parent = at;
    byte = at.key[at.depth + size];
    at.slot = find_child(node, byte);
    if (!at.slot) return false;
    at.depth += size + 1;
  }
}

// Takes the leaf at `byte` out of the node at `parent`, and keeps the node as small as it should be.
void RadixTree::unlink(const Place& parent, uint8_t byte) {
  Node* node = node_of(parent.slot->load(kRelaxed));
  count(-1, parent.depth + node->prefix_size < parent.value_size ? -1 : 0);
  remove_child(node, byte);
  if (node->live == 1) return collapse(parent, node);
  if (node->live >= shrink_below(node->kind)) return;
  size_t bytes = 0;
  Node* smaller = copy_node(node, kind_for(node->live + 1u), prefix_of(node), node->prefix_size, bytes);
  parent.slot->store(reinterpret_cast<Ref>(smaller), kRelease);
  bytes_.store(bytes_.load(kRelaxed) + bytes, kRelaxed);
  retire(reinterpret_cast<Ref>(node));
}

// A node with one child left gives its place to the child, whose prefix or suffix grows.
void RadixTree::collapse(const Place& at, Node* node) {
  Child only = first_child(node, 0);
  std::string bytes_above(chars(prefix_of(node), node->prefix_size));
  bytes_above.push_back(char(only.byte));
  size_t bytes = 0;
  Ref moved;
  if (is_leaf(only.ref)) {  // bytes of the id do not go into the suffix
    auto of_id = std::min(id_bytes_above(only.ref), uint32_t(bytes_above.size()));
    bytes_above.resize(bytes_above.size() - of_id);
    bytes_above += Suffix(only.ref).view();
    moved = make_leaf(bytes_above, leaf_id(only.ref), id_bytes_above(only.ref) - of_id, bytes);
  } else {
    Node* below = node_of(only.ref);
    bytes_above += chars(prefix_of(below), below->prefix_size);
    moved = reinterpret_cast<Ref>(copy_node(below, below->kind, reinterpret_cast<const uint8_t*>(bytes_above.data()),
                                            uint32_t(bytes_above.size()), bytes));
  }
  at.slot->store(moved, kRelease);
  bytes_.store(bytes_.load(kRelaxed) + bytes, kRelaxed);
  retire(reinterpret_cast<Ref>(node));
  retire(only.ref);
}

Ref RadixTree::find(std::string_view value) const {
  const auto* key = reinterpret_cast<const uint8_t*>(value.data());
  auto size = uint32_t(value.size());
  uint32_t depth = 0;
  Ref ref = root();
  while (ref != 0) {
    uint32_t left = size - depth;
    if (is_leaf(ref)) {
      Suffix suffix(ref);
      if (suffix.size() < left) return 0;
      for (uint32_t i = 0; i < left; ++i)  // mostly a byte or none: a call would cost more
        if (suffix.data()[i] != key[depth + i]) return 0;
      return ref;
    }
    Node* node = node_of(ref);
    uint32_t prefix = node->prefix_size;
    if (prefix != 0 && std::memcmp(prefix_of(node), key + depth, std::min(prefix, left)) != 0) return 0;
    if (prefix >= left) return ref;
    depth += prefix;
    std::atomic<Ref>* child = find_child(node, key[depth++]);
    ref = child ? child->load(kAcquire) : 0;
  }
  return 0;
}

bool RadixTree::contains(std::string_view value, uint32_t id) const {
  std::string key = full_key(value, id);
  const auto* bytes = reinterpret_cast<const uint8_t*>(key.data());
  uint32_t depth = 0;
  Ref ref = root();
  while (ref != 0 && !is_leaf(ref)) {
    Node* node = node_of(ref);
    uint32_t prefix = node->prefix_size;
    if (prefix >= key.size() - depth || std::memcmp(prefix_of(node), bytes + depth, prefix) != 0) return false;
    depth += prefix;
    std::atomic<Ref>* child = find_child(node, bytes[depth++]);
    ref = child ? child->load(kAcquire) : 0;
  }
  if (ref == 0 || leaf_id(ref) != id) return false;
  return Suffix(ref).view() == value.substr(std::min<size_t>(depth, value.size()));
}

}  // namespace elegraph::index
