// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>

namespace elegraph::query {

// Something that ends once, on any thread, and somebody who wants to hear of it, on another. Copies share the state.
class Completion {
 public:
  Completion() : state_(std::make_shared<State>()) {}

  void complete(std::exception_ptr error) {
    std::function<void()> ready;
    {
      std::lock_guard lock(state_->mutex);
      state_->done = true;
      state_->error = error;
      ready = std::move(state_->ready);
    }
    if (ready) ready();
  }
  // Runs `ready` when it has ended, at once if it has.
  void when_done(std::function<void()> ready) {
    {
      std::lock_guard lock(state_->mutex);
      if (!state_->done) {
        state_->ready = std::move(ready);
        return;
      }
    }
    ready();
  }
  bool done() const {
    std::lock_guard lock(state_->mutex);
    return state_->done;
  }
  void rethrow() const {
    std::lock_guard lock(state_->mutex);
    if (state_->error) std::rethrow_exception(state_->error);
  }

 private:
  struct State {
    std::mutex mutex;
    bool done = false;
    std::exception_ptr error;
    std::function<void()> ready;
  };
  std::shared_ptr<State> state_;
};

}  // namespace elegraph::query
