// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "query/exec/word_set.h"

namespace elegraph::query::exec {

// Whether words are among those of a list: compared with each until prepare(), which is for many looks; then a bit each
// where they lie close together, as ids do, else a set.
class WordList {
 public:
  void clear() { words_.clear(), kind_ = Kind::kEach; }
  void add(uint64_t word) { words_.push_back(word); }
  // After the last add().
  void prepare() {
    if (words_.size() <= kFew) return;
    const auto [low, high] = std::minmax_element(words_.begin(), words_.end());
    least_ = *low, range_ = *high - *low;
    kind_ = range_ / kSparse < words_.size() ? Kind::kBits : Kind::kSet;
    kind_ == Kind::kBits ? mark() : fill();
  }
  bool contains(uint64_t word) const {
    if (kind_ == Kind::kEach) return std::find(words_.begin(), words_.end(), word) != words_.end();
    if (kind_ == Kind::kSet) return set_.contains(word);
    const uint64_t bit = word - least_;
    return bit <= range_ && (bits_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  // out[i] = contains(x[i])
  template <class T>
  void contains(const T* x, uint32_t count, uint8_t* out) const {
    if (kind_ == Kind::kEach) {
      std::fill_n(out, count, uint8_t{0});
      for (const uint64_t word : words_)
        for (uint32_t i = 0; i < count; i++) out[i] |= uint8_t(uint64_t(x[i]) == word);
    } else {
      for (uint32_t i = 0; i < count; i++) out[i] = contains(uint64_t(x[i]));
    }
  }

 private:
  enum class Kind : uint8_t { kEach, kBits, kSet };
  static constexpr uint64_t kFew = 8;
  static constexpr uint64_t kSparse = 256;  // bits a word: as much memory as a set takes, at most

  void mark() {
    bits_.assign(range_ / 64 + 1, 0);
    for (const uint64_t word : words_) bits_[(word - least_) / 64] |= uint64_t{1} << ((word - least_) % 64);
  }
  void fill() {
    set_.clear();
    set_.reserve(words_.size());
    for (const uint64_t word : words_) set_.add(word);
  }

  std::vector<uint64_t> words_;
  Kind kind_ = Kind::kEach;
  uint64_t least_ = 0, range_ = 0;
  std::vector<uint64_t> bits_;
  WordSet set_;
};

}  // namespace elegraph::query::exec
