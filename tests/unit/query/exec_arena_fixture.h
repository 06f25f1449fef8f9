// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <exception>
#include <future>
#include <string>
#include <string_view>

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

  Rows run_in_task(std::string_view text) {
    return on_worker([&] { return run(text); });
  }
  // Alone until it has spent its budget of so many rows, then on a worker with others.
  Rows run_and_move(std::string_view text, int64_t rows_alone) {
    budget_ = rows_alone;
    context_.may_parallel = false;
    prepare(text, {});
    Rows rows = drain(true);
    for (std::string& row : on_worker([&] {
           context_.may_parallel = true;
           return drain();
         }))
      rows.push_back(std::move(row));
    finish();
    budget_ = INT64_MAX / 2;
    if (text.find("ORDER BY") == std::string_view::npos) std::sort(rows.begin(), rows.end());
    return rows;
  }
  // The same rows alone, on workers, and moved to them.
  void same(std::string_view text) {
    context_.may_parallel = false;
    Rows alone = run(text);
    context_.may_parallel = true;
    EXPECT_EQ(run_in_task(text), alone) << text;
    for (int64_t rows : {1'000, 30'000}) EXPECT_EQ(run_and_move(text, rows), alone) << text << " after " << rows;
  }

  Arena arena_{3, 1, {}};  // helps with short statements as well
};

}  // namespace elegraph::query::exec
