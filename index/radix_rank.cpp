// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "index/radix_tree.h"

// How many entries lie below a key, as far as the shape of the tree tells: on the way to the key each node's children left
// and right of it are counted, and some of them are followed downwards for how large they are.
namespace elegraph::index {

using namespace radix;

namespace {

struct Estimate {
  double below = 0, all = 0;
};

double children(const Node* node) {
  if (node->kind != Kind::k256) return node->used.load(std::memory_order_acquire);
  constexpr int kLook = 8;  // one slot in eight
  int there = 0;
  for (int byte = kLook / 2; byte < 256; byte += kLook)
    there += static_cast<const Node256*>(node)->children[byte].load(std::memory_order_acquire) != 0;
  return std::max(1, there) * kLook;
}

// As if all children were like the one in the middle; or like three of them, for the first `wide` levels.
double size_of_tree(Ref ref, int wide) {
  double size = 1;
  while (wide == 0 && ref != 0 && !is_leaf(ref)) {
    const Node* node = node_of(ref);
    size *= std::max(1.0, children(node));
    Child middle = first_child(node, 128);
    if (middle.byte < 0) middle = last_child(node, 127);
    ref = middle.ref;
  }
  if (ref == 0 || is_leaf(ref)) return size;
  const Node* node = node_of(ref);
  const Child first = first_child(node, 0), last = last_child(node, 255);
  if (first.byte < 0 || last.byte < 0) return 0;
  Child middle = first_child(node, (first.byte + last.byte) / 2);
  if (middle.byte < 0) middle = last;
  double three = 0;
  for (const Child& c : {first, middle, last}) three += size_of_tree(c.ref, wide - 1);
  return std::max(1.0, children(node)) * three / 3;
}

// The children beside that of `byte`.
struct Siblings {
  int left = 0, right = 0;
};

template <class N>
Siblings siblings_in_small(const N* n, int byte) {
  Siblings out;
  const uint32_t used = n->used.load(std::memory_order_acquire);
  for (uint32_t slot = 0; slot < used; ++slot) {
    if (n->children[slot].load(std::memory_order_acquire) == 0) continue;
    const int key = uint8_t(n->keys[slot / 8].load(std::memory_order_acquire) >> (slot % 8 * 8));
    out.left += key<byte, out.right += key> byte;
  }
  return out;
}

template <class There>
Siblings siblings_in_large(int byte, There there) {
  Siblings out;
  for (int i = 0; i < byte; ++i) out.left += there(i);
  for (int i = byte + 1; i < 256; ++i) out.right += there(i);
  return out;
}

Siblings siblings(const Node* node, int byte) {
  switch (node->kind) {
    case Kind::k4: return siblings_in_small(static_cast<const Node4*>(node), byte);
    case Kind::k16: return siblings_in_small(static_cast<const Node16*>(node), byte);
    case Kind::k48:
      return siblings_in_large(
          byte, [n = static_cast<const Node48*>(node)](int i) { return n->slots[i].load(std::memory_order_relaxed) != 0; });
    case Kind::k256: break;
  }
  return siblings_in_large(
      byte, [n = static_cast<const Node256*>(node)](int i) { return n->children[i].load(std::memory_order_relaxed) != 0; });
}

Estimate estimate(Ref ref, std::string_view key, int wide) {
  if (ref == 0) return {};
  if (is_leaf(ref)) {
    std::string rest;
    append_rest(rest, ref);
    return {rest < key ? 1.0 : 0.0, 1};
  }
  const Node* node = node_of(ref);
  const size_t shared = std::min<size_t>(node->prefix_size, key.size());
  const int order = std::memcmp(prefix_of(node), key.data(), shared);
  if (order != 0 || key.size() <= node->prefix_size) {
    const double all = size_of_tree(ref, wide);
    return {order < 0 ? all : 0, all};
  }
  key.remove_prefix(node->prefix_size);
  const int byte = uint8_t(key[0]);
  // One of each side, or two.
  auto mean_size = [&](const Child& near, int far) {
    if (near.byte < 0) return 0.0;
    const double size = size_of_tree(near.ref, wide);
    if (wide == 0) return size;
    const Child other = far == 0 ? first_child(node, 0) : last_child(node, 255);
    return (size + size_of_tree(other.ref, wide)) / 2;
  };
  const Siblings count = siblings(node, byte);
  const Child middle = first_child(node, byte);
  Estimate out = estimate(middle.byte == byte ? middle.ref : 0, key.substr(1), wide);
  const double before = count.left * mean_size(last_child(node, byte - 1), 0);
  out.below += before;
  out.all += before + count.right * mean_size(first_child(node, byte + 1), 255);
  return out;
}

}  // namespace

double RadixTree::share_below(std::string_view key, bool thorough) const {
  const Estimate found = estimate(root(), key, thorough ? 2 : 0);
  return found.all > 0 ? found.below / found.all : 0;
}

}  // namespace elegraph::index
