// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "storage/region_heap.h"
#include "storage/size_set.h"

namespace elegraph::storage {

// Memory of a RegionHeap. A piece that is freed waits first, for the next request of its size; only what is too much joins
// its neighbours. Pieces past 64 KiB come from the general allocator. trim() gives back regions that have become free.
//
// Whoever frees a piece, the memory is there for all at once, and regions go back to the system. The general allocator's
// memory belongs to threads: what another thread freed stays resident until its owner allocates again.
//
// Thread-safe (a mutex, held for some dozens of steps; SlabStretch takes it once for many pieces).
class Slab {
 public:
  // Sizes and addresses of pieces are multiples of `granule` bytes: 8 to 64, a power of two.
  explicit Slab(size_t granule = 8) : granule_(granule), heap_(granule) {}
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  void* allocate(size_t bytes);
  void free(void* piece, size_t bytes);
  // One contiguous stretch of at most kLargest bytes, for the caller to cut into pieces that are freed one by one.
  static constexpr size_t kLargest = RegionHeap::kLargest;
  size_t whole_units(size_t bytes) const { return units_of(bytes) * granule_; }

  // A region more, of memory that map_huge_pages() gave: kHugePage bytes, with any content. It is the slab's from now on.
  void adopt(void* memory);

  // Where much is free: has what waits join its neighbours, and gives regions without a live piece back. Takes time in
  // proportion to them, with the mutex for short whiles.
  void trim();

  size_t reserved_bytes() const;  // from the system
  size_t used_bytes() const;      // in live pieces

 private:
  using Units = RegionHeap::Units;
  struct Waiting {
    Waiting* next;
  };
  static constexpr size_t kLists = kLargest / 8 + 1;

  Units units_of(size_t bytes) const { return Units((bytes + granule_ - 1) / granule_); }
  void wait(char* piece, Units units);
  char* waiting(Units units);
  void join(size_t pieces);
  bool much_is_free() const;

  const size_t granule_;
  mutable std::mutex mutex_;
  RegionHeap heap_;
  size_t used_ = 0, large_ = 0, waiting_bytes_ = 0;
  std::array<Waiting*, kLists> waiting_{};  // by units, newest first
  SizeSet<kLists> has_waiting_;
  size_t join_next_ = 0;  // units
};

// Pieces for one thread, cut from stretches of a slab; they are freed one by one, like any. `expected` is how many bytes
// will be taken, where that is known: then no more is reserved.
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

// Long strings and boxed values of properties, nodes and leaves of indexes; they go back to value_memory() one by one.
Slab& value_memory();
void* allocate_value(size_t bytes);

// While one lives, what its thread allocates there comes from a stretch: for loads, where many threads would wait for the
// mutex. The innermost counts.
class ValueStretch {
 public:
  ValueStretch();
  ~ValueStretch();
  ValueStretch(const ValueStretch&) = delete;
  ValueStretch& operator=(const ValueStretch&) = delete;

 private:
  SlabStretch stretch_;
  SlabStretch* outer_;
};

// A base for objects that lie in one of them.
template <Slab& (*memory)()>
struct InSlab {
  static void* operator new(size_t bytes) { return memory().allocate(bytes); }
  static void* operator new(size_t, void* at) { return at; }
  static void operator delete(void* object, size_t bytes) { memory().free(object, bytes); }
};

}  // namespace elegraph::storage
