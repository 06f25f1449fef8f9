// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "storage/huge_pages.h"
#include "storage/size_set.h"

namespace elegraph::storage {

// Memory in pieces of any size up to kLargest, cut from 2 MiB regions that are mapped from the system and ask for huge
// pages. A piece is the best fit among the free ones. One that is freed joins its free neighbours at once (Knuth's boundary
// tags, "The Art of Computer Programming", 2.5), so a region that has become free is known without a search.
//
// Not thread-safe. Sizes are in units of `granule` bytes, and addresses are multiples of it: 8 to 64, a power of two.
class RegionHeap {
 public:
  static constexpr size_t kRegion = kHugePage;  // bytes
  static constexpr size_t kLargest = 64 << 10;  // bytes
  using Units = uint32_t;
  struct Region;

  explicit RegionHeap(size_t granule);
  ~RegionHeap();
  RegionHeap(const RegionHeap&) = delete;
  RegionHeap& operator=(const RegionHeap&) = delete;

  char* take(Units units);
  void put(char* piece, Units units);  // all that was taken, or a part of it

  // A region more, of memory that map_huge_pages() gave: kRegion bytes, with any content.
  void adopt(void* memory);

  size_t regions() const { return used_.count + free_.count; }
  size_t free_regions() const { return free_.count; }
  // All free regions, for give_back(), which needs nothing of the heap.
  Region* take_free_regions();
  static void give_back(Region* regions);

 private:
  struct Free;
  struct Regions {
    Region* first = nullptr;
    size_t count = 0;
    void add(Region* region);
    void remove(Region* region);
  };
  static constexpr size_t kLists = kLargest / 8 + 1;

  size_t list_of(Units units) const { return units < lists_ ? units : lists_ - 1; }
  bool has_links(Units units) const { return units * granule_ >= 16; }
  Free* at(Region* region, Units place) const;
  uint64_t* last_word(Region* region, Units place, Units units) const;
  Free* find(Units units) const;
  char* open_region();
  void add(Region* region, Units place, Units units);
  Units remove(Region* region, Units place, Units units);

  const size_t granule_;
  const size_t lists_;  // the last one has all pieces from kLargest on
  const Units begin_;   // of a region's pieces; what is before is its header
  Regions used_, free_;
  std::array<Free*, kLists> first_{};  // of each list
  SizeSet<kLists> not_empty_;
};

}  // namespace elegraph::storage
