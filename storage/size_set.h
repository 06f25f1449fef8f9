// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace elegraph::storage {

// Which of the sizes 0 .. kSizes-1 there is something of.
template <size_t kSizes>
class SizeSet {
 public:
  void add(size_t size) { words_[size / 64] |= uint64_t{1} << (size % 64); }
  void remove(size_t size) { words_[size / 64] &= ~(uint64_t{1} << (size % 64)); }
  // The smallest one from `size` on; kSizes or more where there is none.
  size_t next(size_t size) const {
    size_t word = size / 64;
    if (word >= words_.size()) return kSizes;
    uint64_t bits = words_[word] & (~uint64_t{0} << (size % 64));
    while (!bits && ++word < words_.size()) bits = words_[word];
    return bits ? word * 64 + size_t(std::countr_zero(bits)) : kSizes;
  }

 private:
  std::array<uint64_t, kSizes / 64 + 1> words_{};
};

}  // namespace elegraph::storage
