// SPDX-License-Identifier: Apache-2.0
#include "index/radix_node.h"

#include <new>

#include "storage/slab.h"

namespace elegraph::index::radix {
namespace {

using storage::allocate_value;
using storage::value_memory;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

uint8_t key_at(const std::atomic<uint64_t>* keys, uint32_t slot) {
  return uint8_t(keys[slot / 8].load(kAcquire) >> (slot % 8 * 8));
}

// The child whose byte is nearest to `at`: at or above it where kUp, else at or below it.
template <bool kUp, class N>
Child nearest_small(const N* n, int at) {
  Child best;
  uint32_t used = n->used.load(kAcquire);
  for (uint32_t slot = 0; slot < used; ++slot) {
    int byte = key_at(n->keys, slot);
    if (kUp ? byte < at : byte > at) continue;
    if (best.byte >= 0 && (kUp ? byte > best.byte : byte < best.byte)) continue;
    Ref ref = n->children[slot].load(kAcquire);
    if (ref != 0) best = {byte, ref};
  }
  return best;
}

Ref child_at(const Node48* n, int byte) {
  uint8_t slot = n->slots[byte].load(kAcquire);
  return slot == 0 ? 0 : n->children[slot - 1].load(kAcquire);
}
Ref child_at(const Node256* n, int byte) { return n->children[byte].load(kAcquire); }

template <bool kUp, class N>
Child nearest_large(const N* n, int at) {
  for (; kUp ? at < 256 : at >= 0; at += kUp ? 1 : -1)
    if (Ref ref = child_at(n, at)) return {at, ref};
  return {};
}

template <bool kUp>
Child nearest(const Node* node, int at) {
  switch (node->kind) {
    case Kind::k4: return nearest_small<kUp>(static_cast<const Node4*>(node), at);
    case Kind::k16: return nearest_small<kUp>(static_cast<const Node16*>(node), at);
    case Kind::k48: return nearest_large<kUp>(static_cast<const Node48*>(node), at);
    case Kind::k256: break;
  }
  return nearest_large<kUp>(static_cast<const Node256*>(node), at);
}

template <class N>
Node* construct(void* memory) {
  auto* n = new (memory) N;  // atomics start as 0
  n->kind = N::kKind;
  return n;
}

template <class N>
bool add_small(N* n, uint8_t byte, Ref child) {
  uint32_t used = n->used.load(kRelaxed);
  uint32_t slot = small_slot(n, byte, used);
  if (slot == N::kSlots) return false;
  n->children[slot].store(child, kRelease);
  if (slot < used) return true;
  uint64_t keys = n->keys[slot / 8].load(kRelaxed);
  n->keys[slot / 8].store(keys | uint64_t(byte) << (slot % 8 * 8), kRelease);
  n->used.store(uint8_t(used + 1), kRelease);
  return true;
}

bool add_48(Node48* n, uint8_t byte, Ref child) {
  uint8_t slot = n->slots[byte].load(kRelaxed);
  if (slot != 0) {
    n->children[slot - 1].store(child, kRelease);
    return true;
  }
  uint8_t used = n->used.load(kRelaxed);
  if (used == Node48::kSlots) return false;
  n->children[used].store(child, kRelease);
  n->slots[byte].store(uint8_t(used + 1), kRelease);
  n->used.store(uint8_t(used + 1), kRelaxed);
  return true;
}

bool add_any(Node* node, uint8_t byte, Ref child) {
  switch (node->kind) {
    case Kind::k4: return add_small(static_cast<Node4*>(node), byte, child);
    case Kind::k16: return add_small(static_cast<Node16*>(node), byte, child);
    case Kind::k48: return add_48(static_cast<Node48*>(node), byte, child);
    case Kind::k256: break;
  }
  static_cast<Node256*>(node)->children[byte].store(child, kRelease);
  return true;
}

}  // namespace

Child first_child(const Node* node, int from) { return nearest<true>(node, from); }
Child last_child(const Node* node, int to) { return nearest<false>(node, to); }

void append_id(std::string& out, uint32_t id, uint32_t from_byte) {
  char bytes[kIdBytes];
  for (uint32_t i = 0; i < kIdBytes; ++i) bytes[i] = char(uint8_t(id >> (24 - 8 * i)));
  out.append(bytes + from_byte, kIdBytes - from_byte);
}

void append_rest(std::string& out, Ref leaf) {
  out += Suffix(leaf).view();
  append_id(out, leaf_id(leaf), id_bytes_above(leaf));
}

Ref make_leaf(std::string_view suffix, uint32_t id, uint32_t id_bytes_above, size_t& bytes) {
  if (suffix.size() <= kInlineSuffix) {
    Ref ref = Ref(id) << 32 | Ref(id_bytes_above) << 3 | Ref(suffix.size()) << 1 | 1;
    for (uint32_t i = 0; i < suffix.size(); ++i) ref |= Ref(uint8_t(suffix[i])) << (8 + 8 * i);
    return ref;
  }
  auto* leaf = static_cast<Leaf*>(allocate_value(sizeof(Leaf) + suffix.size()));
  leaf->id = id, leaf->size = uint32_t(suffix.size());
  std::memcpy(leaf->bytes(), suffix.data(), suffix.size());
  bytes += sizeof(Leaf) + suffix.size();
  return reinterpret_cast<Ref>(leaf) | 2;
}

Node* make_node(Kind kind, const uint8_t* prefix, uint32_t prefix_size, size_t& bytes) {
  size_t size = size_of(kind) + prefix_size;
  void* memory = allocate_value(size);
  bytes += size;
  Node* n = nullptr;
  switch (kind) {
    case Kind::k4: n = construct<Node4>(memory); break;
    case Kind::k16: n = construct<Node16>(memory); break;
    case Kind::k48: n = construct<Node48>(memory); break;
    case Kind::k256: n = construct<Node256>(memory); break;
  }
  n->prefix_size = prefix_size;
  if (prefix_size != 0) std::memcpy(prefix_of(n), prefix, prefix_size);
  return n;
}

Node* copy_node(const Node* from, Kind kind, const uint8_t* prefix, uint32_t prefix_size, size_t& bytes) {
  Node* to = make_node(kind, prefix, prefix_size, bytes);
  for (Child c = first_child(from, 0); c.byte >= 0; c = first_child(from, c.byte + 1))
    add_child(to, uint8_t(c.byte), c.ref);
  return to;
}

bool add_child(Node* node, uint8_t byte, Ref child) {
  if (!add_any(node, byte, child)) return false;
  ++node->live;
  return true;
}

void remove_child(Node* node, uint8_t byte) {
  find_child(node, byte)->store(0, kRelease);
  --node->live;
}

size_t allocated_bytes(Ref r) {
  if (is_inline(r)) return 0;
  if (is_leaf(r)) return sizeof(Leaf) + leaf_of(r)->size;
  return size_of(node_of(r)->kind) + node_of(r)->prefix_size;
}

void free_ref(Ref r) {
  if (is_inline(r)) return;
  value_memory().free(is_leaf(r) ? static_cast<void*>(leaf_of(r)) : node_of(r), allocated_bytes(r));
}

}  // namespace elegraph::index::radix
