// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "query/plan/expression.h"

namespace elegraph::query::plan {

// A set of slots as a bitmap. A value; not thread-safe.
class SlotSet {
 public:
  void add(Slot s) {
    if (s == kNoSlot) return;
    if (s / 64 >= words_.size()) words_.resize(s / 64 + 1);
    words_[s / 64] |= 1ull << (s % 64);
  }
  void remove(Slot s) {
    if (contains(s)) words_[s / 64] &= ~(1ull << (s % 64));
  }
  bool contains(Slot s) const { return s / 64 < words_.size() && (words_[s / 64] >> (s % 64) & 1); }
  bool contains_all(const SlotSet& o) const {
    for (size_t i = 0; i < o.words_.size(); ++i)
      if (o.words_[i] & ~(i < words_.size() ? words_[i] : 0)) return false;
    return true;
  }
  bool intersects(const SlotSet& o) const {
    for (size_t i = 0; i < o.words_.size() && i < words_.size(); ++i)
      if (o.words_[i] & words_[i]) return true;
    return false;
  }
  void add(const SlotSet& o) {
    if (words_.size() < o.words_.size()) words_.resize(o.words_.size());
    for (size_t i = 0; i < o.words_.size(); ++i) words_[i] |= o.words_[i];
  }
  void remove(const SlotSet& o) {
    for (size_t i = 0; i < o.words_.size() && i < words_.size(); ++i) words_[i] &= ~o.words_[i];
  }
  void keep(const SlotSet& o) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= i < o.words_.size() ? o.words_[i] : 0;
  }
  bool empty() const {
    for (uint64_t w : words_)
      if (w) return false;
    return true;
  }
  std::vector<Slot> list() const {  // ascending
    std::vector<Slot> out;
    for (size_t i = 0; i < words_.size(); ++i)
      for (uint64_t w = words_[i]; w; w &= w - 1) out.push_back(Slot(i * 64 + size_t(std::countr_zero(w))));
    return out;
  }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace elegraph::query::plan
