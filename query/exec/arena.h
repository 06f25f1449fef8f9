// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace elegraph::query::exec {

// The one oneTBB arena that everything runs in, behind a small interface so that few files see TBB's headers.
//
// Threads that serve I/O enter with run_inside(), so that a session's coroutine plans and executes short statements
// where it is. Long statements are submitted as tasks.
class Arena {
 public:
  // What a helper must spare the others to be worth waking: that, and its own copy of a pipeline, cost some microseconds.
  static constexpr std::chrono::microseconds kWorthHelping{50};

  // What is split over workers: what is long enough for that, or all that can be, as tests want it.
  enum class Split : uint8_t { kLong, kAll };

  // `workers` for tasks (0: one per core), and room for `io_threads` more.
  Arena(uint32_t workers, uint32_t io_threads, std::chrono::microseconds worth_helping = kWorthHelping,
        Split split = Split::kLong);
  ~Arena();  // waits for running tasks
  uint32_t workers() const { return workers_; }
  std::chrono::microseconds worth_helping() const { return worth_helping_; }
  bool helps_always() const { return worth_helping_.count() == 0; }  // all may help at once
  bool splits_all() const { return split_ == Split::kAll; }

  void run_inside(const std::function<void()>& f);
  // Starts `task` on a worker; returns at once. From any thread.
  void submit(std::function<void()> task);
  // Runs f(0) .. f(n-1) on up to n workers, this thread among them, and returns when all have ended; the first
  // exception is thrown again. Only from inside a task (never from an I/O thread). While it waits this thread
  // takes no task of another statement.
  void parallel(uint32_t n, const std::function<void(uint32_t)>& f);

  // Has `n` more threads run help(), as soon as they are free.
  using CallHelpers = std::function<void(uint32_t n)>;
  // The same where it shows only on the way how many threads are worth it: lead() runs on this thread, and may call for
  // helpers. A call that nobody has taken up when lead() returns is run on this thread, and so should end at once then.
  void parallel(const std::function<void(const CallHelpers&)>& lead, const std::function<void()>& help);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  uint32_t workers_;
  std::chrono::microseconds worth_helping_;
  Split split_;
};

}  // namespace elegraph::query::exec
