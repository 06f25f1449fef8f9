// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace elegraph::index {

// How often each of many hashes is held: open addressing with linear probing, at most half full; taking one away moves
// those behind it up, so that no marks of what was there stay. A count takes 16 bytes and mostly one cache line, while
// a statement that changes all rows holds, and lets go of, as many as there are rows. The memory goes when the counts do.
//
// Not thread-safe.
class HoldCounts {
 public:
  void add(uint64_t hash) {
    if ((used_ + 1) * 2 > slots_.size()) resize(slots_.empty() ? kLeast : slots_.size() * 2);
    Slot& slot = slots_[find(hash)];
    if (slot.count == 0) slot.hash = hash, ++used_;
    ++slot.count;
  }
  bool contains(uint64_t hash) const { return used_ != 0 && slots_[find(hash)].count != 0; }
  // True if this was the last one. False as well where none was there.
  bool remove(uint64_t hash) {
    if (used_ == 0) return false;
    const size_t at = find(hash);
    if (slots_[at].count == 0 || --slots_[at].count != 0) return false;
    close_gap(at);
    --used_;
    if (slots_.size() > kLeast && used_ * 16 < slots_.size()) resize(slots_.size() / 4);
    return true;
  }
  size_t size() const { return used_; }
  size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  static constexpr size_t kLeast = 16;
  struct Slot {
    uint64_t hash = 0;
    uint64_t count = 0;
  };

  size_t mask() const { return slots_.size() - 1; }
  size_t home(uint64_t hash) const { return size_t(hash >> shift_); }
  // Its slot, or the empty one where it would go.
  size_t find(uint64_t hash) const {
    size_t i = home(hash);
    while (slots_[i].count != 0 && slots_[i].hash != hash) i = (i + 1) & mask();
    return i;
  }
  // A later one moves up where that is not before its home.
  void close_gap(size_t gap) {
    for (size_t i = (gap + 1) & mask(); slots_[i].count != 0; i = (i + 1) & mask()) {
      const size_t way = (i - home(slots_[i].hash)) & mask();
      if (way < ((i - gap) & mask())) continue;
      slots_[gap] = slots_[i];
      gap = i;
    }
    slots_[gap].count = 0;
  }
  void resize(size_t size) {
    std::vector<Slot> old(size);
    old.swap(slots_);
    shift_ = 64 - uint32_t(std::countr_zero(size));
    for (const Slot& slot : old)
      if (slot.count != 0) slots_[find(slot.hash)] = slot;
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
  uint32_t shift_ = 63;
};

}  // namespace elegraph::index
