// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "index/radix_tree.h"

// How many entries lie below a key, as far as the shape of the tree tells: on the way to the key each node's children left
// and right of it are counted, and a few of them are followed downwards for how large they are.
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
double size_of_tree(Ref ref, int wide = 2) {
  if (ref == 0) return 0;
  if (is_leaf(ref)) return 1;
  const Node* node = node_of(ref);
  const double count = std::max(1.0, children(node));
  const Child first = first_child(node, 0), last = last_child(node, 255);
  if (first.byte < 0 || last.byte < 0) return 0;
  Child middle = first_child(node, (first.byte + last.byte) / 2);
  if (middle.byte < 0) middle = last;
  if (wide == 0 || count < 3) return count * size_of_tree(middle.ref, wide);
  const double three =
      size_of_tree(first.ref, wide - 1) + size_of_tree(middle.ref, wide - 1) + size_of_tree(last.ref, wide - 1);
  return count * three / 3;
}

double mean_size(const Child& a, const Child& b) {
  if (a.byte < 0) return 0;
  return a.byte == b.byte ? size_of_tree(a.ref) : (size_of_tree(a.ref) + size_of_tree(b.ref)) / 2;
}

Estimate estimate(Ref ref, std::string_view key) {
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
    const double all = size_of_tree(ref);
    return {order < 0 ? all : 0, all};
  }
  key.remove_prefix(node->prefix_size);
  const int byte = uint8_t(key[0]);
  int left = 0, right = 0;
  Ref middle = 0;
  for (Child c = first_child(node, 0); c.byte >= 0; c = first_child(node, c.byte + 1)) {
    left += c.byte<byte, right += c.byte> byte;
    if (c.byte == byte) middle = c.ref;
  }
  Estimate out = estimate(middle, key.substr(1));
  const double before = left * mean_size(first_child(node, 0), last_child(node, byte - 1));
  out.below += before;
  out.all += before + right * mean_size(first_child(node, byte + 1), last_child(node, 255));
  return out;
}

}  // namespace

double RadixTree::share_below(std::string_view key) const {
  const Estimate found = estimate(root(), key);
  return found.all > 0 ? found.below / found.all : 0;
}

}  // namespace elegraph::index
