// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/radix_node.h"

namespace elegraph::index {

class RadixEntries;

// An ordered set of (value key, 32-bit id) entries: an adaptive radix tree (Leis, Kemper, Neumann, ICDE 2013)
// over the key's bytes followed by the id's four, big-endian, so that the ids of one value are a subtree.
// Value keys are prefix-free (key_encoding.h).
//
// Thread-safety: readers are wait-free and need only an rcu::ReadGuard around a call and the use of the Refs
// it returns. Writers are serialised by the caller (one latch per index). The scheme is near ROWEX (Leis et
// al., DaMoN 2016), but a node that must change otherwise than by one child is copied, published in its
// parent's slot, and retired, so a reader never starts again.
//
// A reader that runs beside a writer sees each entry that is in the tree during the whole call, and may or
// may not see those that come or go meanwhile.
//
// Invariants: every node has two or more children (so the depth of the branch above an entry tells whether
// its value has others); 8 to 16 bytes an entry for dense integers.
class RadixTree {
 public:
  RadixTree() = default;
  ~RadixTree();  // no reader may be left
  RadixTree(const RadixTree&) = delete;
  RadixTree& operator=(const RadixTree&) = delete;

  // Writers. False if the entry was there, or was not.
  bool insert(std::string_view value, uint32_t id);
  bool remove(std::string_view value, uint32_t id);

  // All entries of an empty tree that nobody else uses; changes their order. Much faster than one by one.
  void build(RadixEntries& entries);

  // Readers. The root of all entries of `value`, or of all values that begin with the components of `value`: 0, a
  // leaf or a node.
  radix::Ref find(std::string_view value) const;
  bool contains(std::string_view value, uint32_t id) const;
  // For each of the integers one id, or ~0u; true if some value has several. Walks several keys in turn, so
  // that their cache misses overlap.
  bool find_integers(std::span<const int64_t> keys, std::span<uint32_t> out) const;
  // About which share of the entries lies below the key (0 .. 1); by the shape of the tree, in less than a microsecond, or
  // `thorough`, in some.
  double share_below(std::string_view key, bool thorough = true) const;
  radix::Ref root() const { return root_.load(std::memory_order_acquire); }

  uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }
  uint64_t distinct() const { return distinct_.load(std::memory_order_relaxed); }  // values; exact
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Place;  // where an insert or a remove works

  void split_leaf(const Place& at, radix::Ref old, uint32_t common);
  void split_node(const Place& at, radix::Node* old, uint32_t common);
  void add(const Place& at, radix::Node* node, uint8_t byte);
  void unlink(const Place& parent, uint8_t byte);
  void collapse(const Place& at, radix::Node* node);
  void retire(radix::Ref ref);
  void count(int64_t entries, int64_t distinct);

  std::atomic<radix::Ref> root_{0};
  std::atomic<uint64_t> entries_{0}, distinct_{0}, bytes_{0};
  // Unlinked, to be retired together: one grace-period callback for many nodes.
  static constexpr size_t kRetireTogether = 64;
  std::vector<radix::Ref> unlinked_;
};

}  // namespace elegraph::index
