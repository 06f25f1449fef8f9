// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/vector.h"

// STARTS WITH, ENDS WITH and CONTAINS of one part, for many texts. The part outlives them.
namespace elegraph::query::exec {

template <class Word>
Word difference(const char* a, const char* b) {
  Word x, y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x ^ y;
}
// Of two words that lie over each other, without a branch between them.
template <class Word>
bool equal_ends(const char* a, const char* b, size_t size) {
  const size_t last = size - sizeof(Word);
  return (difference<Word>(a, b) | difference<Word>(a + last, b + last)) == 0;
}

// memcmp(), without a call for what is short.
inline bool equal_bytes(const char* a, const char* b, size_t size) {
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) return equal_ends<uint64_t>(a, b, size);
  if (size >= 4) return equal_ends<uint32_t>(a, b, size);
  if (size >= 2) return equal_ends<uint16_t>(a, b, size);
  return size == 0 || *a == *b;
}

class StartsWith {
 public:
  explicit StartsWith(const StringRef& part)
      : part_(part), size_(part.size), front_(front(part)), mask_(size_ >= 4 ? ~0u : (1u << 8 * size_) - 1) {}

  // Follows no pointer unless the first four bytes are right.
  bool operator()(const StringRef& text) const {
    const bool begins = (text.size >= size_) & ((front(text) & mask_) == front_);
    return size_ <= 4 ? begins : begins && equal_bytes(text.data() + 4, part_.data() + 4, size_ - 4);
  }

 private:
  static uint32_t front(const StringRef& s) {
    uint32_t bytes;
    std::memcpy(&bytes, s.prefix, sizeof bytes);
    return bytes;
  }

  const StringRef& part_;
  uint32_t size_, front_, mask_;
};

class EndsWith {
 public:
  explicit EndsWith(const StringRef& part) : part_(part.view()) {}

  bool operator()(const StringRef& text) const {
    return text.size >= part_.size() && equal_bytes(text.data() + text.size - part_.size(), part_.data(), part_.size());
  }

 private:
  std::string_view part_;
};

// Looks for the part's byte that is likely to be the rarest, and compares where it is.
class Contains {
 public:
  explicit Contains(const StringRef& part) : part_(part.view()) {
    for (size_t i = 1; i < part_.size(); i++)
      if (commonness(part_[i]) < commonness(part_[rare_])) rare_ = i;
  }

  bool operator()(const StringRef& text) const {
    if (text.size < part_.size()) return false;
    if (part_.empty()) return true;
    const char* at = text.data() + rare_;
    const char* end = at + (text.size - part_.size()) + 1;
    for (; (at = static_cast<const char*>(std::memchr(at, part_[rare_], size_t(end - at)))); at++)
      if (equal_bytes(at - rare_, part_.data(), part_.size())) return true;
    return false;
  }

 private:
  // Of letters in texts of European languages; capitals, digits and signs are seldom.
  static size_t commonness(char c) {
    constexpr std::string_view kRareFirst = "qzjxkvbywgpfmucdlhrsnioate ";
    return kRareFirst.find(c) + 1;  // 0 for others
  }

  std::string_view part_;
  size_t rare_ = 0;
};

}  // namespace elegraph::query::exec
