// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace elegraph::query::exec {

// Somebody else whom a running statement asks as often as it asks whether to stop itself. Thread-safe.
struct Watch {
  virtual ~Watch() = default;
  virtual void poll() = 0;
};

// Tells a running statement to stop; polled while planning, at least once a batch and in long loops. Thread-safe.
struct Interrupt {
  std::atomic<bool> cancelled{false};   // 57014 canceling statement due to user request
  std::atomic<int64_t> deadline_ns{0};  // steady clock; 0: none; 57014 ... due to statement timeout
  void check() const;                   // throws
  bool due() const;                     // check() would throw
  Watch* watch = nullptr;               // set and reset while nothing runs
};

}  // namespace elegraph::query::exec
