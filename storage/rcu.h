// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

namespace elegraph::rcu {

// Read-copy-update over liburcu's membarrier flavour. A read section costs two thread-local stores.
//
// Threads: each thread that reads registers once (ThreadRegistration). Sections belong to the thread, so a
// guard never lives across co_await or any other point where the code may go on on another thread; it can
// neither be copied nor moved. Sections nest.

// Registers the calling thread for its lifetime; registering twice is harmless.
void register_thread();
void unregister_thread();
struct ThreadRegistration {
  ThreadRegistration() { register_thread(); }
  ~ThreadRegistration() { unregister_thread(); }
  ThreadRegistration(const ThreadRegistration&) = delete;
  ThreadRegistration& operator=(const ThreadRegistration&) = delete;
};

class ReadGuard {
 public:
  ReadGuard();  // registers the thread if nobody has
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
