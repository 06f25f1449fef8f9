// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "query/exec/word_set.h"

namespace elegraph::query::exec {

// A set of pairs of 32 bits, as words: the first of a pair in front. While it is small or its pairs are far apart it is a
// WordSet; when a bit for each possible pair, up to the largest of both, takes less memory than that, or little, it is a
// bitmap: entering is then one access to memory that mostly lies in a cache.
class PairSet {
 public:
  // True if it was not there yet.
  bool add(uint64_t word) {
    if (!dense_) {
      const bool fresh = words_.add(word);
      if (fresh && words_.size() >= look_at_) [[unlikely]]
        consider();
      return fresh;
    }
    if (!covers(word)) [[unlikely]]
      if (!widen(word)) return words_.add(word);
    uint64_t& bits = bits_[place(word)];
    const uint64_t bit = 1ull << (word % 64);
    if (bits & bit) return false;
    bits |= bit;
    return size_++, true;
  }
  bool contains(uint64_t word) const {
    if (!dense_) return words_.contains(word);
    return covers(word) && (bits_[place(word)] >> (word % 64) & 1);
  }
  void prefetch(uint64_t word) const {
    if (!dense_)
      words_.prefetch(word);
    else if (covers(word))
      __builtin_prefetch(&bits_[place(word)], 1);
  }
  // Whether a look is likely to miss the nearer caches.
  bool large() const { return dense_ ? bits_.size() > kCached : words_.large(); }
  // Room for so many words in all.
  void reserve(size_t words) {
    if (!dense_) words_.reserve(words);
  }
  size_t size() const { return dense_ ? size_ : words_.size(); }
  uint64_t bytes() const { return words_.bytes() + bits_.size() * sizeof(uint64_t); }
  // Keeps the memory of a small one.
  void clear() {
    words_.clear();
    leave_bits();
    look_at_ = kFirstLook;
  }
  template <class F>
  void for_each(F&& f) const {
    if (!dense_) return words_.for_each(f);
    for (size_t i = 0; i < bits_.size(); i++)
      for (uint64_t bits = bits_[i]; bits; bits &= bits - 1)
        f(uint64_t(i / stride_) << 32 | (i % stride_ * 64 + size_t(std::countr_zero(bits))));
  }

 private:
  static constexpr size_t kFirstLook = 4096, kCached = 16'384;
  // What a bitmap may take: about what the words would, and this much in any case.
  static constexpr uint64_t kBytesOfWord = 16, kLittle = 1 << 20;

  static uint64_t first(uint64_t word) { return word >> 32; }
  static uint64_t second(uint64_t word) { return uint32_t(word); }
  bool covers(uint64_t word) const { return first(word) < firsts_ && second(word) / 64 < stride_; }
  size_t place(uint64_t word) const { return size_t(first(word)) * stride_ + second(word) / 64; }
  bool pays(uint64_t firsts, uint64_t stride) const {
    const uint64_t most = std::max<uint64_t>(kLittle, size() * kBytesOfWord) / sizeof(uint64_t);
    return firsts <= most && stride <= most / firsts;
  }

  void consider() {
    look_at_ = words_.size() * 2;
    uint64_t most_first = 0, most_second = 0;
    words_.for_each(
        [&](uint64_t w) { most_first = std::max(most_first, first(w)), most_second = std::max(most_second, second(w)); });
    if (!pays(most_first + 1, most_second / 64 + 1)) return;
    firsts_ = most_first + 1, stride_ = most_second / 64 + 1;
    bits_.assign(size_t(firsts_ * stride_), 0);
    words_.for_each([&](uint64_t w) { bits_[place(w)] |= 1ull << (w % 64); });
    size_ = words_.size();
    dense_ = true;
    words_ = WordSet();
  }

  // So that it covers the word too; false where that does not pay: then the pairs are words again.
  bool widen(uint64_t word) {
    const uint64_t firsts = std::max(firsts_, first(word) + 1), stride = std::max(stride_, second(word) / 64 + 1);
    // Always with some room: pairs in ascending order would widen it again and again, and all bits are copied each time.
    for (const uint64_t part : {2, 8}) {
      const uint64_t more_firsts = firsts > firsts_ ? firsts + firsts / part + 1 : firsts;
      const uint64_t more_stride = stride > stride_ ? stride + stride / part + 1 : stride;
      if (pays(more_firsts, more_stride)) return lay_out(more_firsts, more_stride), true;
    }
    return to_words(), false;
  }
  void lay_out(uint64_t firsts, uint64_t stride) {
    std::vector<uint64_t> bits(size_t(firsts * stride));
    for (uint64_t i = 0; i < firsts_; i++)
      std::copy_n(bits_.begin() + ptrdiff_t(i * stride_), stride_, bits.begin() + ptrdiff_t(i * stride));
    bits_ = std::move(bits);
    firsts_ = firsts, stride_ = stride;
  }
  void to_words() {
    WordSet words;
    words.reserve(size_ + 1);
    for_each([&](uint64_t w) { words.add(w); });
    look_at_ = 2 * size_;
    leave_bits();
    words_ = std::move(words);
  }
  void leave_bits() {
    bits_ = {};
    firsts_ = stride_ = 0;
    size_ = 0;
    dense_ = false;
  }

  WordSet words_;
  std::vector<uint64_t> bits_;  // stride_ words for each first
  uint64_t firsts_ = 0, stride_ = 0;
  size_t size_ = 0;  // of the bitmap
  size_t look_at_ = kFirstLook;
  bool dense_ = false;
};

}  // namespace elegraph::query::exec
