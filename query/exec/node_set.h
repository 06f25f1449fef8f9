// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/ids.h"

namespace elegraph::query::exec {

// A set of 32-bit ids: an open-addressing table while it is small (so that a look-up of a hundred nodes touches a few
// cache lines and clearing is cheap), a bitmap once entering what it holds has cost as much as clearing that.
class NodeSet {
 public:
  // True if it was not there yet.
  bool add(uint32_t id) { return bits_.empty() ? add_hashed(id) : add_bit(id); }
  void add_all(std::span<const NodeId> nodes) {
    if (!bits_.empty()) nodes = add_bits(nodes);
    for (NodeId node : nodes) add(node.value);
  }
  bool contains(uint32_t id) const {
    if (!bits_.empty()) return id / 64 < bits_.size() && (bits_[id / 64] >> (id % 64) & 1);
    if (table_.empty()) return false;
    for (uint32_t i = place(id);; i = (i + 1) & mask_) {
      if (table_[i] == id) return true;
      if (table_[i] == kEmpty) return false;
    }
  }
  // The numbers of those of the nodes that are there, ascending, into `kept`. -> how many
  uint32_t select(std::span<const NodeId> nodes, uint16_t* kept) const {
    uint32_t n = 0;
    if (bits_.empty()) {
      for (uint32_t i = 0; i < nodes.size(); i++) kept[n] = uint16_t(i), n += contains(nodes[i].value);
      return n;
    }
    const uint64_t* words = bits_.data();
    const size_t end = bits_.size();
    for (uint32_t i = 0; i < nodes.size(); i++) {
      const uint32_t id = nodes[i].value;
      kept[n] = uint16_t(i);
      n += id / 64 < end && (words[id / 64] >> (id % 64) & 1);
    }
    return n;
  }
  uint64_t size() const { return size_; }
  void remove(uint32_t id);
  std::vector<uint32_t> sorted() const;
  void clear();
  enum class Expect : uint8_t { kMany, kFew };
  // Ids are about below this many; decides when the bitmap is worth it.
  void set_universe(uint64_t ids, Expect expect = Expect::kMany) {
    universe_ = ids;
    if (expect == Expect::kMany && ids <= kSmallUniverse && size_ == 0 && bits_.empty()) bits_.assign(ids / 64 + 1, 0);
  }
  uint64_t bytes() const { return table_.size() * 4 + bits_.size() * 8; }
  void merge(const NodeSet& other);
  // The same; those that were not there yet also go to the end of `added`, ascending.
  void merge(const NodeSet& other, std::vector<NodeId>& added);

 private:
  static constexpr uint32_t kEmpty = ~0u;
  static constexpr uint64_t kSmallUniverse = 1 << 18;  // 32 KB of bits: cheaper than hashing from the start
  // Ids of the universe whose bits are cleared in the time that one is hashed.
  static constexpr uint64_t kClearedForOne = 512;

  uint32_t place(uint32_t id) const { return uint32_t((id * 0x9E3779B97F4A7C15ull) >> 32) & mask_; }
  bool add_hashed(uint32_t id) {
    if (size_ * 2 >= table_.size() && grow()) return add_bit(id);
    for (uint32_t i = place(id);; i = (i + 1) & mask_) {
      if (table_[i] == id) return false;
      if (table_[i] == kEmpty) return table_[i] = id, size_++, true;
    }
  }
  bool add_bit(uint32_t id) {
    if (id / 64 >= bits_.size()) bits_.resize(id / 64 + id / 512 + 64);
    uint64_t& word = bits_[id / 64];
    uint64_t bit = 1ull << (id % 64);
    bool added = !(word & bit);
    word |= bit;
    size_ += added;
    return added;
  }
  // Up to the first id beyond the bitmap; the rest is left to do.
  std::span<const NodeId> add_bits(std::span<const NodeId> nodes) {
    uint64_t* words = bits_.data();
    const size_t end = bits_.size();
    uint64_t added = 0;
    size_t i = 0;
    for (; i < nodes.size() && nodes[i].value / 64 < end; i++) {
      uint64_t& word = words[nodes[i].value / 64];
      const uint64_t before = word;
      word = before | 1ull << (nodes[i].value % 64);
      added += ~before >> (nodes[i].value % 64) & 1;
    }
    size_ += added;
    return nodes.subspan(i);
  }
  bool grow();  // true: it is a bitmap now
  void merge_bits(const NodeSet& other);

  std::vector<uint32_t> table_;
  std::vector<uint64_t> bits_;
  uint32_t mask_ = 0;
  uint64_t size_ = 0;
  uint64_t universe_ = 1 << 20;
};

}  // namespace elegraph::query::exec
