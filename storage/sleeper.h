// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace elegraph::storage {

// One thread sleeps until another wakes it: an atomic word over a Linux futex, since std::atomic waits know no
// time limit. wake() costs one load while nobody sleeps.
//
// The sleeper:  s.announce(); if (nothing to do) s.sleep(limit); else s.cancel();
// The others:   make something to do (seq_cst); s.wake();
class Sleeper {
 public:
  void announce() { sleeping_.store(1, std::memory_order_seq_cst); }
  void cancel() { sleeping_.store(0, std::memory_order_relaxed); }
  void sleep(std::chrono::nanoseconds limit);  // may return early
  // False: it was not asleep, or somebody else woke it.
  bool wake() { return sleeping_.load(std::memory_order_seq_cst) == 1 && wake_up(); }

 private:
  bool wake_up();
  alignas(64) std::atomic<uint32_t> sleeping_{0};
};

}  // namespace elegraph::storage
