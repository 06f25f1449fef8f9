// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace elegraph::storage {

// A thread that others give something to do, and wake.
class Wakeable {
 public:
  virtual void wake_up() = 0;

 protected:
  ~Wakeable() = default;
};

// While one is open, the running thread's wakes are held back: threads are woken once, at its end, when all that they are
// given lies there. A woken thread may come before the one that woke it, on the same core or by what it takes of another:
// it would do one thing, sleep again, and be woken for the next. So for loops that give work to many sessions, of a few
// tens of microseconds at most; longer ones call flush() in between. A batch within another one is part of it.
class WakeBatch {
 public:
  WakeBatch() : outermost_(!current_) {
    if (outermost_) current_ = this;
  }
  ~WakeBatch() {
    if (!outermost_) return;
    current_ = nullptr;
    flush();
  }
  WakeBatch(const WakeBatch&) = delete;
  WakeBatch& operator=(const WakeBatch&) = delete;

  // Wakes `thread` now, or at the end of the running thread's batch. It must live until then.
  static void wake(Wakeable& thread) { current_ ? current_->add(thread) : thread.wake_up(); }

  void flush() {
    while (count_ > 0) threads_[--count_]->wake_up();
  }

 private:
  void add(Wakeable& thread) {
    if (count_ == threads_.size()) flush();
    threads_[count_++] = &thread;
  }

  static inline thread_local WakeBatch* current_ = nullptr;
  const bool outermost_;
  std::array<Wakeable*, 16> threads_;
  size_t count_ = 0;
};

}  // namespace elegraph::storage
