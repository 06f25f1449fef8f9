// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace elegraph::query::exec {

// The one oneTBB arena that everything runs in, behind a small interface so that few files see TBB's headers.
//
// Threads that serve I/O enter with run_inside(), so that a session's coroutine plans and executes short statements
// where it is. Long statements are submitted as tasks. All threads are registered with RCU.
class Arena {
 public:
  // `workers` for tasks (0: one per core), and room for `io_threads` more.
  Arena(uint32_t workers, uint32_t io_threads);
  ~Arena();  // waits for running tasks
  uint32_t workers() const { return workers_; }

  void run_inside(const std::function<void()>& f);
  // Starts `task` on a worker; returns at once. From any thread.
  void submit(std::function<void()> task);
  // Runs f(0) .. f(n-1) on up to n workers, this thread among them, and returns when all have ended; the first
  // exception is thrown again. Only from inside a task (never from an I/O thread). While it waits this thread
  // takes no task of another statement.
  void parallel(uint32_t n, const std::function<void(uint32_t)>& f);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  uint32_t workers_;
};

}  // namespace elegraph::query::exec
