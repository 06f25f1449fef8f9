// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace elegraph::pgwire {

// A counter that one thread advances and any thread reads: no read-modify-write, no shared line between writers.
class Counter {
 public:
  void add(uint64_t n = 1) { value_.store(get() + n, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// One I/O thread's counters.
struct alignas(64) ThreadCounters {
  Counter opened, closed, moved, statements, errors, bytes_in, bytes_out;
};

// The sums over all I/O threads since the start.
struct Metrics {
  uint64_t connections_opened = 0;
  uint64_t connections_open = 0;
  uint64_t connections_rejected = 0;  // 53300
  uint64_t connections_moved = 0;     // to another I/O thread
  uint64_t cancel_requests = 0;
  uint64_t statements = 0;
  uint64_t shared_statements = 0;  // of them: answered by the run of another one
  uint64_t errors = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
};

}  // namespace elegraph::pgwire
