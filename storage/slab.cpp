// SPDX-License-Identifier: Apache-2.0
#include "storage/slab.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

#include "storage/poison.h"

namespace elegraph::storage {

namespace {

constexpr size_t kTrimAfter = 2 * RegionHeap::kRegion;  // free bytes
constexpr size_t kMayWait = 256 << 10;                  // bytes; more where more than 16 times as much is in use
constexpr size_t kJoinTogether = 512;                   // pieces, under the mutex
constexpr std::chrono::microseconds kPause{20};         // for who waits for it

}  // namespace

void* Slab::allocate(size_t bytes) {
  if (bytes > kLargest) {
    void* piece = ::operator new(bytes);
    std::lock_guard lock(mutex_);
    large_ += bytes;
    return piece;
  }
  const Units units = units_of(bytes);
  std::lock_guard lock(mutex_);
  char* piece = waiting(units);
  if (!piece) piece = heap_.take(units);
  used_ += units * granule_;
  return piece;
}

void Slab::free(void* piece, size_t bytes) {
  if (bytes > kLargest) {
    ::operator delete(piece);
    std::lock_guard lock(mutex_);
    large_ -= bytes;
    return;
  }
  const Units units = units_of(bytes);
  std::lock_guard lock(mutex_);
  used_ -= units * granule_;
  if (waiting_bytes_ < std::max(kMayWait, used_ / 16)) {
    wait(static_cast<char*>(piece), units);
  } else {
    heap_.put(static_cast<char*>(piece), units);
  }
}

void Slab::adopt(void* memory) {
  std::lock_guard lock(mutex_);
  heap_.adopt(memory);
}

void Slab::wait(char* piece, Units units) {
  auto* w = reinterpret_cast<Waiting*>(piece);
  w->next = waiting_[units];
  waiting_[units] = w;
  has_waiting_.add(units);
  waiting_bytes_ += units * granule_;
  // All but the link: whoever still uses the piece is found out.
  ASAN_POISON_MEMORY_REGION(w + 1, units * granule_ - sizeof(*w));
}

// The newest piece of this size, or null.
char* Slab::waiting(Units units) {
  Waiting* const w = waiting_[units];
  if (!w) return nullptr;
  waiting_[units] = w->next;
  if (!w->next) has_waiting_.remove(units);
  waiting_bytes_ -= units * granule_;
  ASAN_UNPOISON_MEMORY_REGION(w, units * granule_);
  return reinterpret_cast<char*>(w);
}

// Sizes take turns.
void Slab::join(size_t pieces) {
  for (; pieces > 0 && waiting_bytes_ > 0; --pieces) {
    if ((join_next_ = has_waiting_.next(join_next_)) >= kLists) join_next_ = has_waiting_.next(0);
    const auto units = Units(join_next_++);
    heap_.put(waiting(units), units);
  }
}

bool Slab::much_is_free() const {
  const size_t reserved = heap_.regions() * RegionHeap::kRegion;
  return reserved - used_ >= std::max(kTrimAfter, reserved / 8);
}

void Slab::trim() {
  std::unique_lock lock(mutex_);
  while (much_is_free() && waiting_bytes_ > 0) {
    join(kJoinTogether);
    lock.unlock();
    std::this_thread::sleep_for(kPause);
    lock.lock();
  }
  if (!much_is_free()) return;
  RegionHeap::Region* const gone = heap_.take_free_regions();
  lock.unlock();
  RegionHeap::give_back(gone);
}

size_t Slab::reserved_bytes() const {
  std::lock_guard lock(mutex_);
  return heap_.regions() * RegionHeap::kRegion + large_;
}

size_t Slab::used_bytes() const {
  std::lock_guard lock(mutex_);
  return used_ + large_;
}

void* SlabStretch::take(size_t bytes) {
  if (bytes > Slab::kLargest) return slab_.allocate(bytes);
  bytes = slab_.whole_units(bytes);
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

Slab& value_memory() {
  static Slab& slab = *new Slab;
  return slab;
}

Slab& passing_memory() {
  static Slab& slab = *new Slab;
  return slab;
}

namespace {
thread_local constinit SlabStretch* own_stretch = nullptr;
}

void* allocate_value(size_t bytes) { return own_stretch ? own_stretch->take(bytes) : value_memory().allocate(bytes); }

ValueStretch::ValueStretch() : stretch_(value_memory()), outer_(own_stretch) { own_stretch = &stretch_; }

ValueStretch::~ValueStretch() { own_stretch = outer_; }

}  // namespace elegraph::storage
