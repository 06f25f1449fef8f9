// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "index/key_encoding.h"
#include "index/radix_tree.h"

namespace elegraph::index {

using namespace radix;

namespace {

constexpr uint32_t kNone = ~0u;
constexpr uint32_t kGroup = 16;  // keys on the way at once: about as many misses as a core keeps in flight

// One key's descent, a node per step.
struct Descent {
  uint8_t key[kIntegerKeyBytes];
  uint32_t size;
  uint32_t depth;
  uint32_t out;  // where its answer goes
  Ref ref;

  void start(int64_t value, uint32_t index, Ref root) {
    size = integer_key(value, key);
    depth = 0, out = index, ref = root;
  }

  // True when `id` is the answer; else `ref` is the next node, on its way into the cache.
  bool step(uint32_t& id, bool& several) {
    id = kNone;
    if (ref == 0) return true;
    uint32_t left = size - depth;
    if (is_leaf(ref)) {
      Suffix suffix(ref);
      if (suffix.size() == left && std::memcmp(suffix.data(), key + depth, left) == 0) id = leaf_id(ref);
      return true;
    }
    Node* node = node_of(ref);
    uint32_t prefix = node->prefix_size;
    if (prefix != 0 && std::memcmp(prefix_of(node), key + depth, std::min(prefix, left)) != 0) return true;
    if (prefix >= left) {  // several ids have the value
      several = true;
      while (ref != 0 && !is_leaf(ref)) ref = first_child(node_of(ref), 0).ref;
      if (ref != 0) id = leaf_id(ref);
      return true;
    }
    depth += prefix;
    std::atomic<Ref>* child = find_child(node, key[depth++]);
    ref = child ? child->load(std::memory_order_acquire) : 0;
    if (!is_inline(ref)) prefetch();
    return false;
  }

  void prefetch() const {
    const Ref line = ref & ~Ref(3);  // a number: it may be 0, and what lies behind no node
    __builtin_prefetch(reinterpret_cast<const char*>(line));
    // A Node256's slot of the byte that most likely comes next; a smaller node's keys are in its first line.
    if (depth < size) __builtin_prefetch(reinterpret_cast<const char*>(line + sizeof(Node) + key[depth] * sizeof(Ref)));
  }
};

}  // namespace

bool RadixTree::find_integers(std::span<const int64_t> keys, std::span<uint32_t> out) const {
  bool several = false;
  Descent group[kGroup];
  Ref top = root();
  auto total = uint32_t(keys.size());
  uint32_t next = 0, active = 0;
  while (active < kGroup && next < total) group[active++].start(keys[next], next, top), ++next;
  while (active > 0) {
    for (uint32_t i = 0; i < active;) {
      uint32_t id;
      if (!group[i].step(id, several)) {
        ++i;
        continue;
      }
      out[group[i].out] = id;
      if (next < total) {
        group[i].start(keys[next], next, top), ++next, ++i;
      } else {
        group[i] = group[--active];
      }
    }
  }
  return several;
}

}  // namespace elegraph::index
