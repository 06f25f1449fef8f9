// SPDX-License-Identifier: Apache-2.0
#include "query/exec/node_set.h"

#include <algorithm>
#include <iterator>

namespace elegraph::query::exec {

namespace {
constexpr size_t kFirst = 1024;
}

void NodeSet::clear() {
  bits_.clear();
  if (table_.size() > 16 * kFirst)
    table_.clear();
  else if (size_)
    std::fill(table_.begin(), table_.end(), kEmpty);
  mask_ = table_.empty() ? 0 : uint32_t(table_.size() - 1);
  size_ = 0;
}

// In the table, what was placed behind it for want of room moves up (Knuth, volume 3, algorithm 6.4 R).
void NodeSet::remove(uint32_t id) {
  if (!contains(id)) return;
  size_--;
  if (!bits_.empty()) {
    bits_[id / 64] &= ~(1ull << (id % 64));
    return;
  }
  uint32_t hole = place(id);
  while (table_[hole] != id) hole = (hole + 1) & mask_;
  for (uint32_t i = hole;;) {
    i = (i + 1) & mask_;
    if (table_[i] == kEmpty) break;
    if (((i - place(table_[i])) & mask_) < ((i - hole) & mask_)) continue;  // its place is behind the hole
    table_[hole] = table_[i], hole = i;
  }
  table_[hole] = kEmpty;
}

bool NodeSet::grow() {
  std::vector<uint32_t> old = std::move(table_);
  table_ = {};
  uint64_t count = size_;
  size_ = 0;
  if (count > universe_ / kClearedForOne && count >= kFirst / 2) {
    bits_.resize(universe_ / 64 + 1);
    for (uint32_t id : old)
      if (id != kEmpty) add_bit(id);
    return true;
  }
  table_.assign(old.empty() ? kFirst : old.size() * 4, kEmpty);
  mask_ = uint32_t(table_.size() - 1);
  for (uint32_t id : old)
    if (id != kEmpty) add_hashed(id);
  return false;
}

std::vector<uint32_t> NodeSet::sorted() const {
  std::vector<uint32_t> out;
  out.reserve(size_);
  for (size_t w = 0; w < bits_.size(); w++)
    for (uint64_t bits = bits_[w]; bits; bits &= bits - 1) out.push_back(uint32_t(w * 64 + size_t(std::countr_zero(bits))));
  if (bits_.empty()) {
    std::copy_if(table_.begin(), table_.end(), std::back_inserter(out), [](uint32_t id) { return id != kEmpty; });
    std::sort(out.begin(), out.end());
  }
  return out;
}

void NodeSet::merge(const NodeSet& other) {
  if (!bits_.empty() && !other.bits_.empty()) return merge_bits(other);
  for (uint32_t id : other.table_)
    if (other.bits_.empty() && id != kEmpty) add(id);
  for (size_t w = 0; w < other.bits_.size(); w++)
    for (uint64_t bits = other.bits_[w]; bits; bits &= bits - 1) add(uint32_t(w * 64 + size_t(std::countr_zero(bits))));
}

void NodeSet::merge(const NodeSet& other, std::vector<NodeId>& added) {
  if (bits_.empty() || other.bits_.empty()) {
    for (const uint32_t id : other.sorted())
      if (add(id)) added.push_back(NodeId(id));
    return;
  }
  if (bits_.size() < other.bits_.size()) bits_.resize(other.bits_.size());
  for (size_t w = 0; w < other.bits_.size(); w++) {
    const uint64_t news = other.bits_[w] & ~bits_[w];
    for (uint64_t bits = news; bits; bits &= bits - 1)
      added.push_back(NodeId(uint32_t(w * 64 + size_t(std::countr_zero(bits)))));
    bits_[w] |= news;
    size_ += uint64_t(std::popcount(news));
  }
}

void NodeSet::merge_bits(const NodeSet& other) {
  if (bits_.size() < other.bits_.size()) bits_.resize(other.bits_.size());
  for (size_t w = 0; w < other.bits_.size(); w++) {
    size_ += uint64_t(std::popcount(other.bits_[w] & ~bits_[w]));
    bits_[w] |= other.bits_[w];
  }
}

}  // namespace elegraph::query::exec
