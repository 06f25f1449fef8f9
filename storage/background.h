// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace elegraph::storage {

// A thread that does `step` again and again; step answers how long to sleep before the next time. The destructor
// wakes it and waits for the step in hand.
class Background {
 public:
  using Step = std::function<std::chrono::milliseconds()>;
  Background(const std::string& name, Step step);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

 private:
  void run();

  Step step_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace elegraph::storage
