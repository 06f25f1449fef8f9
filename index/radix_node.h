// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// The nodes of RadixTree: nodes of 4, 16, 48 and 256 children, as Leis et al. have them, laid out so that one
// writer changes them under any number of readers that never wait and never start again:
//  - prefix bytes never change after publication; a node that needs another prefix is copied.
//  - A child slot of Node4, Node16 and Node48 belongs to one key byte for the node's whole life. Slots are
//  used
//    in order; removing empties the slot, and adding the same byte again takes it back.
//  - A writer stores the child, then the byte, then `used` (release); a reader loads them the other way
//  (acquire).
namespace elegraph::index::radix {

// A child: 0 none; bit 0 set: a leaf in the reference itself; bit 1 set: a Leaf; else a Node.
//   inline leaf: bits 1..2 suffix size (0 .. 3), bits 3..5 id bytes above, bits 8..31 suffix bytes,
//   bits 32..63 id
// A leaf's suffix is what is left of the value's key below the leaf's place; the id's own bytes are not
// repeated. Where the branch above is within the id, "id bytes above" says how many of its four bytes were
// passed.
using Ref = uint64_t;
inline constexpr uint32_t kInlineSuffix = 3;

struct Leaf {
  uint32_t id;
  uint32_t size;
  uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this + 1); }
  const uint8_t* bytes() const { return reinterpret_cast<const uint8_t*>(this + 1); }
};

enum class Kind : uint8_t { k4, k16, k48, k256 };

struct Node {
  Kind kind;
  std::atomic<uint8_t> used{0};  // slots ever used; not for Node256
  uint16_t live = 0;             // children that are there; the writer's
  uint32_t prefix_size = 0;
};
struct Node4 : Node {
  static constexpr Kind kKind = Kind::k4;
  static constexpr uint32_t kSlots = 4, kWords = 1;
  std::atomic<uint64_t> keys[1];
  std::atomic<Ref> children[4];
};
struct Node16 : Node {
  static constexpr Kind kKind = Kind::k16;
  static constexpr uint32_t kSlots = 16, kWords = 2;
  std::atomic<uint64_t> keys[2];
  std::atomic<Ref> children[16];
};
struct Node48 : Node {
  static constexpr Kind kKind = Kind::k48;
  static constexpr uint32_t kSlots = 48;
  std::atomic<uint8_t> slots[256];  // 1 + slot, or 0
  std::atomic<Ref> children[48];
};
struct Node256 : Node {
  static constexpr Kind kKind = Kind::k256;
  static constexpr uint32_t kSlots = 256;
  std::atomic<Ref> children[256];
};

inline bool is_leaf(Ref r) { return (r & 3) != 0; }
inline bool is_inline(Ref r) { return (r & 1) != 0; }
inline Node* node_of(Ref r) { return reinterpret_cast<Node*>(r); }
inline Leaf* leaf_of(Ref r) { return reinterpret_cast<Leaf*>(r & ~Ref(3)); }
inline uint32_t leaf_id(Ref r) { return is_inline(r) ? uint32_t(r >> 32) : leaf_of(r)->id; }
inline uint32_t id_bytes_above(Ref r) { return is_inline(r) ? uint32_t(r >> 3) & 7 : 0; }

// A leaf's suffix; an inline one is unpacked into memory of this object.
class Suffix {
 public:
  explicit Suffix(Ref r) {
    if (is_inline(r)) {
      size_ = uint32_t(r >> 1) & 3;
      auto packed = uint32_t(r) >> 8;
      for (uint32_t i = 0; i < kInlineSuffix; ++i) packed_[i] = uint8_t(packed >> (8 * i));
      data_ = packed_;
    } else {
      size_ = leaf_of(r)->size;
      data_ = leaf_of(r)->bytes();
    }
  }
  Suffix(const Suffix&) = delete;
  Suffix& operator=(const Suffix&) = delete;
  uint32_t size() const { return size_; }
  const uint8_t* data() const { return data_; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  uint8_t packed_[kInlineSuffix];
  uint32_t size_;
  const uint8_t* data_;
};

inline constexpr uint32_t kIdBytes = 4;
void append_id(std::string& out, uint32_t id, uint32_t from_byte = 0);
// The rest of a leaf's key below its place: suffix and what is left of the id.
void append_rest(std::string& out, Ref leaf);

inline uint32_t size_of(Kind kind) {
  switch (kind) {
    case Kind::k4: return sizeof(Node4);
    case Kind::k16: return sizeof(Node16);
    case Kind::k48: return sizeof(Node48);
    case Kind::k256: break;
  }
  return sizeof(Node256);
}
// The smallest kind that holds so many children.
inline Kind kind_for(uint32_t children) {
  return children <= Node4::kSlots    ? Kind::k4
         : children <= Node16::kSlots ? Kind::k16
         : children <= Node48::kSlots ? Kind::k48
                                      : Kind::k256;
}
// The prefix lies behind the node.
inline uint8_t* prefix_of(Node* n) { return reinterpret_cast<uint8_t*>(n) + size_of(n->kind); }
inline const uint8_t* prefix_of(const Node* n) { return reinterpret_cast<const uint8_t*>(n) + size_of(n->kind); }

// The slot of `byte` among the first `used` slots of a small node, or `used`: zero-byte search within words.
template <class N>
uint32_t small_slot(const N* n, uint8_t byte, uint32_t used) {
  constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7full, kOnes = 0x0101010101010101ull;
  for (uint32_t w = 0; w < N::kWords && w * 8 < used; ++w) {
    uint64_t x = n->keys[w].load(std::memory_order_acquire) ^ (kOnes * byte);
    uint64_t zeros = ~(((x & kLow) + kLow) | x | kLow);
    if (zeros == 0) continue;
    uint32_t slot = w * 8 + uint32_t(std::countr_zero(zeros)) / 8;
    return slot < used ? slot : used;
  }
  return used;
}

// Where the child of `byte` is, or null if there is no slot for it. The slot may hold 0.
template <class N>
std::atomic<Ref>* find_small(N* n, uint8_t byte) {
  uint32_t used = n->used.load(std::memory_order_acquire);
  uint32_t slot = small_slot(n, byte, used);
  return slot == used ? nullptr : &n->children[slot];
}

inline std::atomic<Ref>* find_child(Node* node, uint8_t byte) {
  switch (node->kind) {
    case Kind::k4: return find_small(static_cast<Node4*>(node), byte);
    case Kind::k16: return find_small(static_cast<Node16*>(node), byte);
    case Kind::k48: {
      auto* n = static_cast<Node48*>(node);
      uint8_t slot = n->slots[byte].load(std::memory_order_acquire);
      return slot == 0 ? nullptr : &n->children[slot - 1];
    }
    case Kind::k256: break;
  }
  return &static_cast<Node256*>(node)->children[byte];
}

// Walking a node's children in order of their bytes. Not found: `byte` is -1.
struct Child {
  int byte = -1;
  Ref ref = 0;
};
Child first_child(const Node* node, int from);  // the least byte >= from
Child last_child(const Node* node, int to);     // the greatest byte <= to

// For the writer. The new nodes are not published yet; nothing here frees. Each adds the bytes it allocates
// to `bytes`.
Ref make_leaf(std::string_view suffix, uint32_t id, uint32_t id_bytes_above, size_t& bytes);
Node* make_node(Kind kind, const uint8_t* prefix, uint32_t prefix_size, size_t& bytes);
// A node of `kind` with the children that are there, and another prefix.
Node* copy_node(const Node* from, Kind kind, const uint8_t* prefix, uint32_t prefix_size, size_t& bytes);
// Adds or takes back a child, seen by readers at once. False if the node has no room.
bool add_child(Node* node, uint8_t byte, Ref child);
void remove_child(Node* node, uint8_t byte);
size_t allocated_bytes(Ref r);  // 0 for inline leaves
void free_ref(Ref r);           // the node or leaf alone, not what is below

}  // namespace elegraph::index::radix
