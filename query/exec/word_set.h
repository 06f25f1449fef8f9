// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace elegraph::query::exec {

// A set of 64-bit words: open addressing with linear probing, at most half full. A word's place is the front of its hash,
// so that going through one set in order goes through another one in order as well: growing and merging are sequential.
class WordSet {
 public:
  // True if it was not there yet.
  bool add(uint64_t word) {
    if ((used_ + 1) * 2 > words_.size()) resize(words_.empty() ? kFirst : words_.size() * 2);
    if (word == kEmpty) [[unlikely]]
      return !std::exchange(has_empty_, true);
    return put(word);
  }
  bool contains(uint64_t word) const {
    if (word == kEmpty) return has_empty_;
    if (words_.empty()) return false;
    for (size_t i = place(word);; i = (i + 1) & (words_.size() - 1))
      if (words_[i] == word || words_[i] == kEmpty) return words_[i] == word;
  }
  void prefetch(uint64_t word) const {
    if (!words_.empty()) __builtin_prefetch(&words_[place(word)], 1);
  }
  // Whether a look is likely to miss the nearer caches.
  bool large() const { return words_.size() > kCached; }
  // Room for so many words in all.
  void reserve(size_t words) {
    const size_t wanted = std::bit_ceil(words * 2 + 2);
    if (wanted > words_.size()) resize(wanted);
  }
  size_t size() const { return used_ + has_empty_; }
  uint64_t bytes() const { return words_.size() * sizeof(uint64_t); }
  // Keeps the memory of a small one.
  void clear() {
    if (large()) return void(*this = WordSet());
    std::fill(words_.begin(), words_.end(), kEmpty);
    used_ = 0;
    has_empty_ = false;
  }
  template <class F>
  void for_each(F&& f) const {
    for (uint64_t word : words_)
      if (word != kEmpty) f(word);
    if (has_empty_) f(kEmpty);
  }

 private:
  static constexpr uint64_t kEmpty = ~0ull;
  static constexpr size_t kFirst = 64, kCached = 16'384;

  size_t place(uint64_t word) const { return size_t(word * 0x9E3779B97F4A7C15ull >> shift_); }
  bool put(uint64_t word) {
    const size_t mask = words_.size() - 1;
    for (size_t i = place(word);; i = (i + 1) & mask) {
      if (words_[i] == word) return false;
      if (words_[i] == kEmpty) return words_[i] = word, used_++, true;
    }
  }
  void resize(size_t size) {
    std::vector<uint64_t> old(size, kEmpty);
    old.swap(words_);
    shift_ = 64 - uint32_t(std::countr_zero(size));
    used_ = 0;
    for (uint64_t word : old)
      if (word != kEmpty) put(word);
  }

  std::vector<uint64_t> words_;
  size_t used_ = 0;
  uint32_t shift_ = 64;
  bool has_empty_ = false;  // whether the word that marks empty places is there
};

}  // namespace elegraph::query::exec
