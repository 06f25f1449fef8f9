// SPDX-License-Identifier: Apache-2.0
#include "query/exec/arena.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/task_scheduler_observer.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>

#include "query/exec/give_way.h"
#include "storage/cores.h"
#include "storage/race_annotations.h"
#include "storage/thread_memory.h"

namespace elegraph::query::exec {

namespace {

// Threads of TBB's own run long statements only; I/O threads come in by run_inside().
class WorkerObserver : public tbb::task_scheduler_observer {
 public:
  explicit WorkerObserver(tbb::task_arena& arena) : tbb::task_scheduler_observer(arena) { observe(true); }
  ~WorkerObserver() override { observe(false); }
  void on_scheduler_entry(bool is_worker) override {
    if (is_worker) become_worker();
  }
};

void run(std::function<void()>* handed_over) {
  races::acquire(handed_over);
  const std::unique_ptr<std::function<void()>> task(handed_over);
  (*task)();
}

template <class F>
struct Shared {
  const F& f;
  char begun = 0, ended = 0;  // addresses for what TBB orders
};

template <class F, class... I>
void run_one(Shared<F>& all, I... i) {
  races::acquire(&all.begun);
  all.f(i...);
  races::release(&all.ended);
}

// Each worker gives its free memory back. A worker that has done so waits for the others a moment, lest it take their turn
// as well.
void give_back(std::atomic<uint32_t>& missing) {
  storage::give_back_thread_memory();
  --missing;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
  while (missing.load() > 0 && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::microseconds(50));
}

}  // namespace

struct Arena::Parts {
  Parts(uint32_t workers, uint32_t io_threads)
      : limit(tbb::global_control::max_allowed_parallelism, workers + io_threads + 1),
        arena(int(workers + io_threads), io_threads),
        observer(arena) {}

  tbb::global_control limit;
  tbb::task_arena arena;
  WorkerObserver observer;
  tbb::task_group running;
  std::unique_ptr<storage::RestListener> rest;
};

Arena::Arena(uint32_t workers, uint32_t io_threads, std::chrono::microseconds worth_helping, Split split)
    : workers_(workers ? workers : storage::available_cores()), worth_helping_(worth_helping), split_(split) {
  parts_ = std::make_unique<Parts>(workers_, io_threads);
  parts_->rest = std::make_unique<storage::RestListener>([this] {
    const auto missing = std::make_shared<std::atomic<uint32_t>>(workers_);
    for (uint32_t i = 0; i < workers_; i++) submit([missing] { give_back(*missing); });
  });
}

Arena::~Arena() {
  parts_->rest.reset();
  parts_->arena.execute([&] { parts_->running.wait(); });
}

void Arena::run_inside(const std::function<void()>& f) { parts_->arena.execute(f); }

void Arena::submit(std::function<void()> task) {
  auto owner = std::make_unique<std::function<void()>>(std::move(task));
  std::function<void()>* handed_over = owner.get();
  races::release(handed_over);
  parts_->arena.enqueue(parts_->running.defer([handed_over]() ELEGRAPH_UNCHECKED { run(handed_over); }));
  static_cast<void>(owner.release());  // run() has it
}

void Arena::parallel(uint32_t n, const std::function<void(uint32_t)>& f) {
  // Isolated: while this thread waits for its morsels it must not pick up another statement's task, which
  // could run for long and would nest read sections.
  Shared<std::function<void(uint32_t)>> shared{f};
  races::release(&shared.begun);
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        uint32_t(0), n, [all = &shared](uint32_t i) ELEGRAPH_UNCHECKED { run_one(*all, i); }, tbb::simple_partitioner());
  });
  races::acquire(&shared.ended);
}

void Arena::parallel(const std::function<void(const CallHelpers&)>& lead, const std::function<void()>& help) {
  Shared<std::function<void()>> shared{help};
  tbb::this_task_arena::isolate([&] {
    tbb::task_group helpers;
    const CallHelpers call = [&](uint32_t n) {
      races::release(&shared.begun);
      for (uint32_t i = 0; i < n; i++) helpers.run([all = &shared]() ELEGRAPH_UNCHECKED { run_one(*all); });
    };
    std::exception_ptr failed;
    try {
      lead(call);
    } catch (...) {
      failed = std::current_exception();
      helpers.cancel();
    }
    helpers.wait();  // throws what a helper has thrown
    if (failed) std::rethrow_exception(failed);
  });
  races::acquire(&shared.ended);
}

}  // namespace elegraph::query::exec
