// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace elegraph::storage {

// Exact-fit memory, cut from 2 MiB regions that are mapped from the system and ask for huge pages. Freed pieces go to a
// list of their size; a piece that no list has is cut from the next larger one at hand within reach, else from the
// region. Pieces past 64 KiB come from the general allocator. trim() gives back regions that have become free.
//
// Whoever frees a piece, the memory is there for all at once, and regions go back to the system. The general allocator's
// memory belongs to threads: what another thread freed stays resident until its owner allocates again.
//
// Thread-safe (a mutex; SlabStretch takes it once for many pieces).
class Slab {
 public:
  // Sizes and addresses of pieces are multiples of `granule` bytes: a power of two, at least 8.
  explicit Slab(size_t granule = 8) : granule_(granule) {}
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
  size_t units_of(size_t bytes) const { return (bytes + granule_ - 1) / granule_ * (granule_ / 8); }
  void put_all(char* from, char* to);
  void put(void* piece, size_t units);

  const size_t granule_;
  mutable std::mutex mutex_;
  std::vector<void*> regions_;
  char* at_ = nullptr;
  size_t left_ = 0;
  size_t used_ = 0, large_ = 0;
  size_t freed_ = 0;  // since the last trim
  std::array<Free*, kLists> free_{};
  std::array<uint64_t, kLists / 64 + 1> has_free_{};
};

// Pieces for one thread, cut from stretches of a slab; they are freed one by one, like any. `expected` is how many bytes
// will be taken, where that is known: then no more is reserved. Sizes are multiples of the slab's granule.
class SlabStretch {
 public:
  explicit SlabStretch(Slab& slab, uint64_t expected = ~uint64_t{0}) : slab_(slab), expected_(expected) {}
  ~SlabStretch() { give_back(); }
  SlabStretch(const SlabStretch&) = delete;
  SlabStretch& operator=(const SlabStretch&) = delete;

  void* take(size_t bytes);

 private:
  void give_back();

  Slab& slab_;
  uint64_t expected_;
  char* at_ = nullptr;
  size_t left_ = 0;
};

// Of the whole process, as they outlive graphs: their pieces are freed by RCU callbacks.
Slab& chunk_memory();    // chunks and cells; multiples of 64 bytes
Slab& passing_memory();  // what transactions leave until the vacuum has done with them: versions, undo, tails of bulk loads

// A base for objects that lie in one of them.
template <Slab& (*memory)()>
struct InSlab {
  static void* operator new(size_t bytes) { return memory().allocate(bytes); }
  static void* operator new(size_t, void* at) { return at; }
  static void operator delete(void* object, size_t bytes) { memory().free(object, bytes); }
};

}  // namespace elegraph::storage
