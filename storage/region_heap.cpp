// SPDX-License-Identifier: Apache-2.0
#include "storage/region_heap.h"

#include <sys/mman.h>

#include <cstring>
#include <new>
#include <utility>

#include "storage/huge_pages.h"
#include "storage/poison.h"

namespace elegraph::storage {

namespace {

// Its addresses may serve others next.
void unmap_region(void* region, size_t bytes) {
  ASAN_UNPOISON_MEMORY_REGION(region, bytes);
  ::munmap(region, bytes);
}

constexpr uint32_t kUnitBits = 18;  // of a number of units

}  // namespace

// Begins with these, and a bit for each unit that is the first or the last one of a free piece. A live piece has free
// neighbours where the bits beside it are set.
struct RegionHeap::Region {
  Region* next;
  Region* previous;

  uint64_t& word(Units place) { return reinterpret_cast<uint64_t*>(this + 1)[place / 64]; }
  bool marked(Units place) { return word(place) >> (place % 64) & 1; }
  void mark(Units place) { word(place) |= uint64_t{1} << (place % 64); }
  void clear(Units place) { word(place) &= ~(uint64_t{1} << (place % 64)); }
  static Region* of(const void* piece) {
    return reinterpret_cast<Region*>(reinterpret_cast<uintptr_t>(piece) & ~uintptr_t{kRegion - 1});
  }
};

// The first words of a free piece. Its last word has the units too. A piece of a single word has no links and is in no
// list: it waits for a neighbour to be freed.
struct RegionHeap::Free {
  uint64_t units : kUnitBits;
  uint64_t next : 64 - kUnitBits;  // addresses / 8
  uint64_t units_too : kUnitBits;  // where the piece has two words, this is the last one
  uint64_t previous : 64 - kUnitBits;

  static Free* pointer(uint64_t link) { return reinterpret_cast<Free*>(uintptr_t(link << 3)); }
  static uint64_t link(const Free* piece) { return reinterpret_cast<uintptr_t>(piece) >> 3; }
};

void RegionHeap::Regions::add(Region* region) {
  region->previous = nullptr, region->next = first;
  if (first) first->previous = region;
  first = region;
  ++count;
}

void RegionHeap::Regions::remove(Region* region) {
  (region->previous ? region->previous->next : first) = region->next;
  if (region->next) region->next->previous = region->previous;
  --count;
}

RegionHeap::RegionHeap(size_t granule)
    : granule_(granule),
      lists_(kLargest / granule + 1),
      begin_(Units((sizeof(Region) + kRegion / granule / 8 + granule - 1) / granule)) {}

RegionHeap::~RegionHeap() {
  give_back(used_.first);
  give_back(free_.first);
}

RegionHeap::Region* RegionHeap::take_free_regions() { return std::exchange(free_, {}).first; }

void RegionHeap::give_back(Region* regions) {
  while (regions) unmap_region(std::exchange(regions, regions->next), kRegion);
}

RegionHeap::Free* RegionHeap::at(Region* region, Units place) const {
  return reinterpret_cast<Free*>(reinterpret_cast<char*>(region) + place * granule_);
}

uint64_t* RegionHeap::last_word(Region* region, Units place, Units units) const {
  return reinterpret_cast<uint64_t*>(at(region, place + units)) - 1;
}

// The best fit, or null.
RegionHeap::Free* RegionHeap::find(Units units) const {
  const size_t list = not_empty_.next(list_of(units));
  return list < lists_ ? first_[list] : nullptr;
}

char* RegionHeap::take(Units units) {
  Free* const found = find(units);
  char* const piece = found ? reinterpret_cast<char*>(found) : open_region();
  Region* const region = Region::of(piece);
  const auto place = Units(size_t(piece - reinterpret_cast<char*>(region)) / granule_);
  const Units all = found ? remove(region, place, Units(found->units)) : Units(kRegion / granule_) - begin_;
  if (all > units) add(region, place + units, all - units);
  ASAN_UNPOISON_MEMORY_REGION(piece, units * granule_);
  return piece;
}

// All of it is one piece, which is in no list.
char* RegionHeap::open_region() {
  Region* region = free_.first;
  if (region) {
    free_.remove(region);
  } else {
    region = static_cast<Region*>(map_huge_pages(kRegion));
    ASAN_POISON_MEMORY_REGION(at(region, begin_), kRegion - begin_ * granule_);
  }
  used_.add(region);
  return reinterpret_cast<char*>(at(region, begin_));
}

void RegionHeap::adopt(void* memory) {
  std::memset(memory, 0, begin_ * granule_);
  auto* const region = static_cast<Region*>(memory);
  ASAN_POISON_MEMORY_REGION(at(region, begin_), kRegion - begin_ * granule_);
  free_.add(region);
}

void RegionHeap::put(char* piece, Units units) {
  ASAN_POISON_MEMORY_REGION(piece, units * granule_);
  Region* const region = Region::of(piece);
  const auto end = Units(kRegion / granule_);
  auto place = Units(size_t(piece - reinterpret_cast<char*>(region)) / granule_);
  if (region->marked(place - 1)) {  // never the header's
    uint64_t last;
    std::memcpy(&last, piece - sizeof last, sizeof last);
    const auto left = Units(last & ((uint64_t{1} << kUnitBits) - 1));
    place -= left;
    units += remove(region, place, left);
  }
  if (const Units right = place + units; right < end && region->marked(right))
    units += remove(region, right, Units(at(region, right)->units));
  if (units < end - begin_) return add(region, place, units);
  used_.remove(region);
  free_.add(region);
}

// What a free piece says of itself is left readable for AddressSanitizer; whoever still uses the rest is found out.
void RegionHeap::add(Region* region, Units place, Units units) {
  Free* const piece = at(region, place);
  uint64_t* const last = last_word(region, place, units);
  ASAN_UNPOISON_MEMORY_REGION(piece, has_links(units) ? sizeof(Free) : sizeof(*last));
  ASAN_UNPOISON_MEMORY_REGION(last, sizeof(*last));
  region->mark(place), region->mark(place + units - 1);
  piece->units = units;
  if (!has_links(units)) return;
  const size_t list = list_of(units);
  Free* const next = first_[list];
  const uint64_t tag = units;
  std::memcpy(last, &tag, sizeof tag);
  piece->next = Free::link(next), piece->previous = 0;
  if (next) next->previous = Free::link(piece);
  piece->units_too = units;
  first_[list] = piece;
  not_empty_.add(list);
}

RegionHeap::Units RegionHeap::remove(Region* region, Units place, Units units) {
  Free* const piece = at(region, place);
  region->clear(place), region->clear(place + units - 1);
  if (has_links(units)) {
    const size_t list = list_of(units);
    Free* const next = Free::pointer(piece->next);
    if (next) next->previous = piece->previous;
    if (Free* const previous = Free::pointer(piece->previous)) {
      previous->next = piece->next;
    } else {
      first_[list] = next;
      if (!next) not_empty_.remove(list);
    }
  }
  ASAN_POISON_MEMORY_REGION(piece, has_links(units) ? sizeof(Free) : sizeof(uint64_t));
  ASAN_POISON_MEMORY_REGION(last_word(region, place, units), sizeof(uint64_t));
  return units;
}

}  // namespace elegraph::storage
