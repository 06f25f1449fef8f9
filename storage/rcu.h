// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

namespace elegraph::rcu {

// Read-copy-update (McKenney et al.) over liburcu's "bulletproof" flavour. A read section costs two thread-local stores,
// and who waits for readers to end looks again every 10 ms: the other flavours have each reader that ends a section wake
// who waits, which beside a long section is a system call for every short one (docs/decisions/long-beside-short.md).
//
// Threads: one that reads for the first time is registered, until its end. Sections belong to the thread, so a
// guard never lives across co_await or any other point where the code may go on on another thread; it can
// neither be copied nor moved. Sections nest.

class ReadGuard {
 public:
  ReadGuard();
  ~ReadGuard();
  ReadGuard(const ReadGuard&) = delete;
  ReadGuard& operator=(const ReadGuard&) = delete;
};

// Runs `free(object)` after every read section that is open now has ended. Never blocks.
void retire(void* object, void (*free)(void*));

template <class T>
void retire(T* object) {
  retire(const_cast<std::remove_const_t<T>*>(object), [](void* p) { delete static_cast<std::remove_const_t<T>*>(p); });
}

// Blocks until every read section that was open has ended. Not from inside a read section.
void synchronize();
// Blocks until everything retired so far is freed. For shutdown and tests.
void drain();

// A pointer to an immutable T that readers load and writers replace; the old T is retired.
// get() needs a read section around it and around all use of what it returns. Writers are serialised by
// their own mutex.
template <class T>
class Pointer {
 public:
  Pointer() = default;
  explicit Pointer(std::unique_ptr<const T> first) : current_(first.release()) {}
  ~Pointer() { delete current_.load(std::memory_order_relaxed); }
  Pointer(const Pointer&) = delete;
  Pointer& operator=(const Pointer&) = delete;

  const T* get() const { return current_.load(std::memory_order_acquire); }
  void publish(std::unique_ptr<const T> next) {
    const T* old = current_.exchange(next.release(), std::memory_order_acq_rel);
    if (old) retire(old);
  }

 private:
  std::atomic<const T*> current_{nullptr};
};

}  // namespace elegraph::rcu
