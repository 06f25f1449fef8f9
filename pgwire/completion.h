// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace elegraph::pgwire {

// Wakes the session's coroutine. From any thread.
class Waker {
 public:
  virtual void wake() = 0;

 protected:
  ~Waker() = default;
};

// The meeting of a call that may finish at once or later on another thread, and its caller, who only wants to be
// woken when it had to wait: begin(); start the call with complete() as its callback; if arm() says true, wait for the
// wake. complete() comes at most once per begin().
class Completion {
 public:
  void begin() { state_.store(kRunning, std::memory_order_relaxed); }
  // The acquire pairs with the release of the other side's exchange, whichever comes first.
  void complete(Waker& waker) {
    if (state_.exchange(kCompleted, std::memory_order_acq_rel) == kArmed) waker.wake();
  }
  bool arm() { return state_.exchange(kArmed, std::memory_order_acq_rel) == kRunning; }

 private:
  enum : int { kRunning, kArmed, kCompleted };
  std::atomic<int> state_{kRunning};
};

}  // namespace elegraph::pgwire
