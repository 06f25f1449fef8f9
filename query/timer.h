// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace elegraph::query {

// Calls back later, on a thread of its own, whose priority is that of the thread that makes the timer. Thread-safe.
// Callbacks must not block or throw; those still waiting when the timer goes are called at once.
class Timer {
 public:
  using Clock = std::chrono::steady_clock;
  Timer() : thread_([this] { run(); }) {}
  ~Timer();
  void at(Clock::time_point when, std::function<void()> callback);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace elegraph::query
