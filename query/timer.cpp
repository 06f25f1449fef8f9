// SPDX-License-Identifier: Apache-2.0
#include "query/timer.h"

#include <utility>

namespace elegraph::query {

Timer::~Timer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Timer::at(Clock::time_point when, std::function<void()> callback) {
  std::lock_guard lock(mutex_);
  waiting_.emplace(when, std::move(callback));
  changed_.notify_one();
}

void Timer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (waiting_.empty()) {
      if (stopping_) return;
      changed_.wait(lock);
      continue;
    }
    const auto first = waiting_.begin();
    if (!stopping_ && Clock::now() < first->first) {
      const auto when = first->first;
      changed_.wait_until(lock, when);
      continue;
    }
    auto callback = std::move(waiting_.extract(first).mapped());
    lock.unlock();
    callback();
    lock.lock();
  }
}

}  // namespace elegraph::query
