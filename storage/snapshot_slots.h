// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "storage/graph_interface.h"
#include "storage/transaction_status.h"

namespace elegraph::storage {

// One session's snapshot, alone on its cache line so that begin touches no line that others write.
struct alignas(64) Graph::SnapshotSlot {
  static constexpr Timestamp kIdle = ~Timestamp{0};
  static constexpr Timestamp kHold = 0;  // a begin is on its way: the horizon stays where it is

  std::atomic<Timestamp> at{kIdle};
  SnapshotSlot* next_free = nullptr;         // under the slots' mutex
  std::shared_ptr<TransactionStatus> spare;  // of the last transaction, when it wrote nothing
};

// All slots of one graph, in blocks that never move or go away.
//
// begin() is wait-free, and no horizon passes a snapshot that is in use. Argument: begin stores kHold (S1), then loads
// last_committed giving s (L1), then stores s. The vacuum loads last_committed giving c (L2), then loads each slot (L3)
// and takes the minimum; kHold anywhere means "leave the horizon as it was". S1, L1, L2, L3 are seq_cst. If L3 sees
// S1 or later in the slot, the horizon does not pass s: it is at most s, or it stays at an earlier horizon, for which the
// same argument holds with its own L3. If L3 does not see S1, then L3 is before S1 in the single total order, so L2 < L3 <
// S1 < L1, and c <= s because last_committed only grows. Without the full fence between S1 and L1 (a StoreLoad, an
// xchg on x86 on a line of our own), L1 could be performed first and the vacuum could pass in between.
class SnapshotSlots {
 public:
  Graph::SnapshotSlot* open() {
    std::lock_guard lock(mutex_);
    if (!free_) add_block();
    Graph::SnapshotSlot* s = free_;
    free_ = s->next_free;
    return s;
  }
  void close(Graph::SnapshotSlot* s) {
    s->at.store(Graph::SnapshotSlot::kIdle, std::memory_order_release);
    std::lock_guard lock(mutex_);
    s->next_free = free_;
    free_ = s;
  }

  static Timestamp begin(Graph::SnapshotSlot& s, const std::atomic<Timestamp>& last_committed) {
    s.at.store(Graph::SnapshotSlot::kHold, std::memory_order_seq_cst);
    Timestamp at = last_committed.load(std::memory_order_seq_cst);
    s.at.store(at, std::memory_order_release);
    return at;
  }
  static void end(Graph::SnapshotSlot& s) { s.at.store(Graph::SnapshotSlot::kIdle, std::memory_order_release); }

  // The oldest snapshot that anyone holds or may get; never moves back.
  Timestamp horizon(const std::atomic<Timestamp>& last_committed) {
    std::lock_guard lock(horizon_mutex_);
    Timestamp lowest = last_committed.load(std::memory_order_seq_cst);
    for (Block* b = blocks_.load(std::memory_order_acquire); b; b = b->next)
      for (auto& s : b->slots) {
        Timestamp at = s.at.load(std::memory_order_seq_cst);
        if (at == Graph::SnapshotSlot::kHold) return horizon_;
        if (at < lowest) lowest = at;
      }
    if (lowest > horizon_) horizon_ = lowest;
    return horizon_;
  }

 private:
  struct Block {
    std::array<Graph::SnapshotSlot, 64> slots;
    Block* next = nullptr;
  };
  void add_block() {
    owned_.push_back(std::make_unique<Block>());
    Block* b = owned_.back().get();
    b->next = blocks_.load(std::memory_order_relaxed);
    for (auto& s : b->slots) s.next_free = free_, free_ = &s;
    blocks_.store(b, std::memory_order_seq_cst);
  }

  std::mutex mutex_, horizon_mutex_;
  std::vector<std::unique_ptr<Block>> owned_;
  std::atomic<Block*> blocks_{nullptr};
  Graph::SnapshotSlot* free_ = nullptr;
  Timestamp horizon_ = 0;
};

}  // namespace elegraph::storage
