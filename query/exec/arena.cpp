// SPDX-License-Identifier: Apache-2.0
#include "query/exec/arena.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/task_scheduler_observer.h>

#include <algorithm>
#include <thread>

#include "storage/rcu.h"

namespace elegraph::query::exec {

namespace {

// Threads read the store from their first task on.
class RcuObserver : public tbb::task_scheduler_observer {
 public:
  explicit RcuObserver(tbb::task_arena& arena) : tbb::task_scheduler_observer(arena) { observe(true); }
  ~RcuObserver() override { observe(false); }
  void on_scheduler_entry(bool) override { rcu::register_thread(); }
};

uint32_t cores() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace

struct Arena::Parts {
  Parts(uint32_t workers, uint32_t io_threads)
      : limit(tbb::global_control::max_allowed_parallelism, workers + io_threads + 1),
        arena(int(workers + io_threads), io_threads),
        observer(arena) {}

  tbb::global_control limit;
  tbb::task_arena arena;
  RcuObserver observer;
  tbb::task_group running;
};

Arena::Arena(uint32_t workers, uint32_t io_threads) : workers_(workers ? workers : cores()) {
  parts_ = std::make_unique<Parts>(workers_, io_threads);
}

Arena::~Arena() {
  parts_->arena.execute([&] { parts_->running.wait(); });
}

void Arena::run_inside(const std::function<void()>& f) { parts_->arena.execute(f); }

void Arena::submit(std::function<void()> task) {
  parts_->arena.enqueue(parts_->running.defer([task = std::move(task)] { task(); }));
}

void Arena::parallel(uint32_t n, const std::function<void(uint32_t)>& f) {
  // Isolated: while this thread waits for its morsels it must not pick up another statement's task, which could
  // run for long and would nest read sections.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(uint32_t(0), n, [&](uint32_t i) { f(i); }, tbb::simple_partitioner());
  });
}

}  // namespace elegraph::query::exec
