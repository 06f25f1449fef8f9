// SPDX-License-Identifier: Apache-2.0
#include "storage/background.h"

#include <pthread.h>

namespace elegraph::storage {

Background::Background(const std::string& name, Step step) : step_(std::move(step)), thread_([this] { run(); }) {
  ::pthread_setname_np(thread_.native_handle(), name.c_str());
}

Background::~Background() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  thread_.join();
}

void Background::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    const auto pause = step_();
    lock.lock();
    stopping_.wait_for(lock, pause, [&] { return stop_; });
  }
}

}  // namespace elegraph::storage
