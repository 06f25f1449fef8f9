// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <future>

#include "exec_fixture.h"

namespace elegraph::query::exec {

// An arena of its own, for statements that workers share.
class ExecArenaTest : public ExecTest {
 protected:
  ExecArenaTest() { context_.arena = &arena_; }

  // What f() gives, or throws, on a worker.
  template <class F>
  Rows on_worker(F&& f) {
    std::promise<Rows> done;
    arena_.submit([&] {
      try {
        done.set_value(f());
      } catch (...) {
        done.set_exception(std::current_exception());
      }
    });
    return done.get_future().get();
  }

  Arena arena_{3, 1, {}};  // helps with short statements as well
};

}  // namespace elegraph::query::exec
