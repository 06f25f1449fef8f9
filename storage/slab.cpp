// SPDX-License-Identifier: Apache-2.0
#include "storage/slab.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <unordered_set>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

namespace elegraph::storage {

namespace {

// Aligned to its size. Mappings are mostly laid side by side, so that the next one is as a rule.
void* map_region(size_t bytes) {
  const auto map = [](size_t size) {
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    return static_cast<char*>(at);
  };
  char* region = map(bytes);
  if (reinterpret_cast<uintptr_t>(region) % bytes != 0) {
    ::munmap(region, bytes);
    char* const wide = map(2 * bytes);
    region = wide + (bytes - reinterpret_cast<uintptr_t>(wide) % bytes) % bytes;
    if (region != wide) ::munmap(wide, size_t(region - wide));
    ::munmap(region + bytes, size_t(wide + bytes - region));
  }
  ::madvise(region, bytes, MADV_HUGEPAGE);
  return region;
}

// Its addresses may serve others next.
void unmap_region(void* region, size_t bytes) {
  ASAN_UNPOISON_MEMORY_REGION(region, bytes);
  ::munmap(region, bytes);
}

}  // namespace

Slab::~Slab() {
  for (void* r : regions_) unmap_region(r, kRegion);
}

void* Slab::allocate(size_t bytes) {
  if (bytes > kLargest) {
    std::lock_guard lock(mutex_);
    void* piece = ::operator new(bytes);
    large_ += bytes;
    return piece;
  }
  const size_t units = units_of(bytes);
  std::lock_guard lock(mutex_);
  void* piece = take(units);
  used_ += units * 8;
  return piece;
}

void Slab::free(void* piece, size_t bytes) {
  std::lock_guard lock(mutex_);
  if (bytes > kLargest) {
    large_ -= bytes;
    ::operator delete(piece);
    return;
  }
  const size_t units = units_of(bytes);
  used_ -= units * 8;
  freed_ += units * 8;
  put(piece, units);
}

void Slab::put_all(char* from, char* to) {
  while (from < to) {
    const size_t piece = std::min(size_t(to - from), kLargest);
    put(from, piece / 8);
    from += piece;
  }
}

void Slab::trim() {
  std::lock_guard lock(mutex_);
  const size_t reserved = regions_.size() * kRegion;
  const size_t free = reserved - used_;
  if (free < std::max(kTrimAfter, reserved / 8)) return;
  // The walk costs about as many steps as there are free pieces, so it waits until half as much as lies free has been freed
  // anew: a load's tails are folded by the gigabyte. Where little is used, a little more may free all the rest.
  if (freed_ == 0 || (freed_ < std::max(kTrimAfter, free / 2) && freed_ < used_ / 4)) return;
  freed_ = 0;
  put_all(at_, at_ + left_);
  at_ = nullptr, left_ = 0;
  std::vector<std::pair<char*, size_t>> pieces;
  for (size_t units = 0; units < kLists; ++units)
    for (Free* f = free_[units]; f; f = f->next) pieces.emplace_back(reinterpret_cast<char*>(f), units * 8);
  free_.fill(nullptr), has_free_.fill(0);
  std::sort(pieces.begin(), pieces.end());
  std::unordered_set<void*> gone;
  for (size_t i = 0; i < pieces.size();) {
    char* const from = pieces[i].first;
    char* to = from + pieces[i].second;
    const char* const region_end = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(from) / kRegion + 1) * kRegion);
    while (++i < pieces.size() && pieces[i].first == to && to < region_end) to += pieces[i].second;
    if (size_t(to - from) == kRegion) {
      gone.insert(from);
    } else {
      put_all(from, to);
    }
  }
  std::erase_if(regions_, [&](void* r) { return gone.contains(r); });
  for (void* r : gone) unmap_region(r, kRegion);
}

void Slab::put(void* piece, size_t units) {
  auto* f = static_cast<Free*>(piece);
  ASAN_UNPOISON_MEMORY_REGION(f, sizeof(Free));
  f->next = free_[units];
  free_[units] = f;
  // All but the link: whoever still uses the piece is found out.
  ASAN_POISON_MEMORY_REGION(f + 1, units * 8 - sizeof(Free));
  has_free_[units / 64] |= uint64_t{1} << (units % 64);
}

void* Slab::take(size_t units) {
  // The exact list, else the smallest larger one.
  size_t word = units / 64;
  uint64_t bits = has_free_[word] & (~uint64_t{0} << (units % 64));
  while (!bits && ++word < has_free_.size()) bits = has_free_[word];
  if (bits) {
    size_t found = word * 64 + size_t(std::countr_zero(bits));
    Free* f = free_[found];
    free_[found] = f->next;
    if (!f->next) has_free_[word] &= ~(uint64_t{1} << (found % 64));
    ASAN_UNPOISON_MEMORY_REGION(f, found * 8);
    if (found > units) put(reinterpret_cast<char*>(f) + units * 8, found - units);
    return f;
  }
  if (left_ < units * 8) {
    put_all(at_, at_ + left_);  // what is left of the region serves smaller requests
    at_ = nullptr, left_ = 0;
    regions_.push_back(nullptr);
    try {
      regions_.back() = map_region(kRegion);
    } catch (...) {
      regions_.pop_back();
      throw;
    }
    at_ = static_cast<char*>(regions_.back()), left_ = kRegion;
  }
  void* p = at_;
  at_ += units * 8, left_ -= units * 8;
  return p;
}

size_t Slab::reserved_bytes() const {
  std::lock_guard lock(mutex_);
  return regions_.size() * kRegion + large_;
}

size_t Slab::used_bytes() const {
  std::lock_guard lock(mutex_);
  return used_ + large_;
}

void* SlabStretch::take(size_t bytes) {
  if (bytes > Slab::kLargest) return slab_.allocate(bytes);
  if (left_ < bytes) {
    give_back();
    const size_t wanted = std::max<uint64_t>(bytes, std::min<uint64_t>(Slab::kLargest, expected_));
    at_ = static_cast<char*>(slab_.allocate(wanted)), left_ = wanted;
  }
  void* piece = at_;
  at_ += bytes, left_ -= bytes;
  expected_ -= std::min<uint64_t>(expected_, bytes);
  return piece;
}

void SlabStretch::give_back() {
  if (left_) slab_.free(at_, left_);
  left_ = 0;
}

// Never destroyed: RCU callbacks may run until the very end.
Slab& chunk_memory() {
  static Slab& slab = *new Slab(64);
  return slab;
}

Slab& passing_memory() {
  static Slab& slab = *new Slab;
  return slab;
}

}  // namespace elegraph::storage
