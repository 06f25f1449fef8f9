// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace elegraph::storage {

// Exact-fit memory (to 8 bytes) for adjacency runs, cut from 2 MiB regions that ask for huge pages. Freed pieces go to
// a list of their size; a piece that no list has is cut from the next larger one at hand within reach, else from the
// region. Pieces past 64 KiB come from the general allocator. trim() gives back regions that have become free.
//
// Thread-safe (a mutex; a batch of pieces takes it once).
class Slab {
 public:
  Slab() = default;
  ~Slab();
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  void* allocate(size_t bytes);
  void free(void* piece, size_t bytes);
  // One contiguous stretch of at most kLargest bytes, for the caller to cut into pieces that are freed one by one.
  static constexpr size_t kLargest = 64 << 10;

  // Where much was freed since the last time: joins free pieces that are neighbours, and gives regions without a live
  // piece back. Takes time in proportion to the free pieces, with the mutex held: for the vacuum.
  void trim();

  size_t reserved_bytes() const;  // from the system
  size_t used_bytes() const;      // in live pieces

 private:
  static constexpr size_t kRegion = 2 << 20;
  static constexpr size_t kLists = kLargest / 8 + 1;
  struct Free {
    Free* next;
  };
  static constexpr size_t kTrimAfter = 2 * kRegion;  // bytes freed
  void* take(size_t units);
  void put_all(char* from, char* to);
  void put(void* piece, size_t units);

  mutable std::mutex mutex_;
  std::vector<void*> regions_;
  char* at_ = nullptr;
  size_t left_ = 0;
  size_t used_ = 0, large_ = 0;
  size_t freed_ = 0;  // since the last trim
  std::array<Free*, kLists> free_{};
  std::array<uint64_t, kLists / 64 + 1> has_free_{};
};

}  // namespace elegraph::storage
