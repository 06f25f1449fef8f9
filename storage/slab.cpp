// SPDX-License-Identifier: Apache-2.0
#include "storage/slab.h"

#include <sys/mman.h>

#include <bit>
#include <cstdlib>
#include <new>

namespace elegraph::storage {

Slab::~Slab() {
  for (void* r : regions_) std::free(r);
}

void* Slab::allocate(size_t bytes) {
  if (bytes > kLargest) {
    std::lock_guard lock(mutex_);
    large_ += bytes;
    return ::operator new(bytes);
  }
  size_t units = (bytes + 7) / 8;
  std::lock_guard lock(mutex_);
  used_ += units * 8;
  return take(units);
}

void Slab::free(void* piece, size_t bytes) {
  std::lock_guard lock(mutex_);
  if (bytes > kLargest) {
    large_ -= bytes;
    ::operator delete(piece);
    return;
  }
  size_t units = (bytes + 7) / 8;
  used_ -= units * 8;
  put(piece, units);
}

void Slab::put(void* piece, size_t units) {
  auto* f = static_cast<Free*>(piece);
  f->next = free_[units];
  free_[units] = f;
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
    if (found > units) put(reinterpret_cast<char*>(f) + units * 8, found - units);
    return f;
  }
  if (left_ < units * 8) {
    while (left_ >= 8) {  // what is left of the region serves smaller requests
      size_t piece = left_ < kLargest ? left_ : kLargest;
      put(at_, piece / 8);
      at_ += piece, left_ -= piece;
    }
    void* region = std::aligned_alloc(kRegion, kRegion);
    if (!region) throw std::bad_alloc();
    madvise(region, kRegion, MADV_HUGEPAGE);
    regions_.push_back(region);
    at_ = static_cast<char*>(region), left_ = kRegion;
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

}  // namespace elegraph::storage
