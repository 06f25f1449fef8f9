// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace elegraph::storage {

// An array that grows without ever moving an element: segments of 64, 64, 128, 256, ... default-constructed
// elements, made on first use. find() is wait-free; at() makes the segment under a mutex.
template <class T>
class Segmented {
 public:
  Segmented() = default;
  ~Segmented() {
    for (auto& s : segments_) delete[] s.load(std::memory_order_relaxed);
  }
  Segmented(const Segmented&) = delete;
  Segmented& operator=(const Segmented&) = delete;

  // Null where no element near `i` was ever asked for with at().
  T* find(uint32_t i) const {
    auto [segment, offset] = place(i);
    T* base = segments_[segment].load(std::memory_order_acquire);
    return base ? base + offset : nullptr;
  }
  T& at(uint32_t i) {
    if (T* found = find(i)) return *found;
    auto [segment, offset] = place(i);
    std::lock_guard lock(mutex_);
    T* base = segments_[segment].load(std::memory_order_relaxed);
    if (!base) {
      base = new T[segment_size(segment)]();
      segments_[segment].store(base, std::memory_order_release);
    }
    return base[offset];
  }
  T& operator[](uint32_t i) { return at(i); }
  // f(index, element) for every element made so far, used or not.
  template <class F>
  void each(F f) const {
    for (uint32_t s = 0; s < segments_.size(); ++s)
      if (T* base = segments_[s].load(std::memory_order_acquire))
        for (size_t i = 0; i < segment_size(s); ++i)
          f(uint32_t(s == 0 ? i : (size_t{1} << (s + kFirstBits - 1)) + i), base[i]);
  }

 private:
  static constexpr uint32_t kFirstBits = 6;
  struct Place {
    uint32_t segment, offset;
  };
  static Place place(uint32_t i) {
    if (i < (1u << kFirstBits)) return {0, i};
    uint32_t bit = uint32_t(std::bit_width(i)) - 1;
    return {bit - kFirstBits + 1, i - (1u << bit)};
  }
  static size_t segment_size(uint32_t segment) {
    return segment == 0 ? size_t{1} << kFirstBits : size_t{1} << (segment + kFirstBits - 1);
  }

  std::array<std::atomic<T*>, 32 - kFirstBits + 1> segments_{};
  std::mutex mutex_;
};

}  // namespace elegraph::storage
