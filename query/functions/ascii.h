// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

// Bytes of texts, eight a time.
namespace elegraph::query {

inline constexpr uint64_t kHighBits = 0x8080808080808080;

template <class Word>
Word load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Calls f with all bytes in words; those missing from the last one are zero.
template <class F>
void for_words(std::string_view s, F&& f) {
  const char* p = s.data();
  const size_t size = s.size(), rest = size % 8;
  if (size >= 8) {
    for (size_t i = 0; i + 8 <= size; i += 8) f(load<uint64_t>(p + i));
    if (rest) f(load<uint64_t>(p + size - 8) >> 8 * (8 - rest));
  } else if (size >= 4) {
    f(load<uint32_t>(p) | uint64_t{load<uint32_t>(p + size - 4)} >> 8 * (8 - size) << 32);
  } else {
    for (size_t i = 0; i < size; i++) f(uint64_t{uint8_t(p[i])});
  }
}

// Flips the case of the 26 letters from `first` on, in a word of ASCII.
template <char first>
constexpr uint64_t flip_case(uint64_t bytes) {
  constexpr uint64_t kOnes = kHighBits >> 7;
  const uint64_t from_first = bytes + kOnes * (0x80 - first), behind_last = bytes + kOnes * (0x80 - first - 26);
  return bytes ^ ((from_first & ~behind_last & kHighBits) >> 2);
}

// The same of a text of ASCII, into as many bytes elsewhere. The last word lies over the one before.
template <char first>
void flip_case(char* to, std::string_view s) {
  auto flip = [&]<class Word>(size_t at, Word word) {
    word = Word(flip_case<first>(word));
    std::memcpy(to + at, &word, sizeof word);
  };
  const char* p = s.data();
  const size_t size = s.size();
  if (size >= 8) {
    for (size_t i = 0; i + 8 <= size; i += 8) flip(i, load<uint64_t>(p + i));
    flip(size - 8, load<uint64_t>(p + size - 8));
  } else {
    for (size_t i = 0; i < size; i++) flip(i, load<uint8_t>(p + i));
  }
}

}  // namespace elegraph::query
