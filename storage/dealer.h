// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace elegraph::storage {

// Deals items out to many places of one array in turn, and writes each place's a cache line at a time: written one by one,
// the lines of all places would go to memory and back in between. Whole lines go past the caches, as they will not be read
// before many others were written; so they are not fetched first, either.
//
// For one thread; others may deal to other places of the array. What was dealt is there after finish().
template <class T>
  requires std::is_trivially_copyable_v<T>
class Dealer {
 public:
  // Item i of place p goes to array[begins[p] + i].
  Dealer(T* array, std::span<const uint32_t> begins)
      : array_(array), begins_(begins), next_(begins.begin(), begins.end()), lines_(begins.size()) {}

  void deal(size_t place, const T& item) {
    const uint32_t at = next_[place]++;
    lines_[place].items[at % kLine] = item;
    if (at % kLine == kLine - 1) write(place, at + 1);
  }
  void finish() {
    for (size_t place = 0; place < next_.size(); ++place)
      if (next_[place] % kLine != 0) write(place, next_[place]);
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#endif
  }

 private:
  static constexpr size_t kLineBytes = 64;
  static constexpr uint32_t kLine = kLineBytes / sizeof(T);
  static_assert(kLineBytes % sizeof(T) == 0);
  struct alignas(kLineBytes) Line {
    T items[kLine];
  };

  static void write_line(T* to, const Line& line) {
#if defined(__clang__) && defined(__x86_64__)
    if (reinterpret_cast<uintptr_t>(to) % kLineBytes == 0) {
      using Words = uint64_t __attribute__((vector_size(kLineBytes)));
      Words words;
      std::memcpy(&words, &line, kLineBytes);
      __builtin_nontemporal_store(words, reinterpret_cast<Words*>(to));
      return;
    }
#endif
    std::memcpy(to, &line, kLineBytes);
  }
  // What the place's line has of the items before `end`.
  void write(size_t place, uint32_t end) {
    const uint32_t line = (end - 1) / kLine * kLine, begin = std::max(line, begins_[place]);
    if (end - begin == kLine) {
      write_line(array_ + begin, lines_[place]);
    } else if (begin < end) {
      std::memcpy(array_ + begin, lines_[place].items + (begin - line), (end - begin) * sizeof(T));
    }
  }

  T* const array_;
  const std::span<const uint32_t> begins_;
  std::vector<uint32_t> next_;
  std::vector<Line> lines_;
};

}  // namespace elegraph::storage
