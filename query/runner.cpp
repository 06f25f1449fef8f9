// SPDX-License-Identifier: Apache-2.0
#include "query/runner.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace elegraph::query {
namespace {

using Runners = std::vector<std::unique_ptr<Runner>>;

// Past these a runner is freed instead: what a pool holds stays small against what is running.
constexpr size_t kPooled = 64, kMoved = 16;
constexpr uint64_t kPooledBytes = 4u << 20;

thread_local Runners pool;
thread_local size_t oldest = 0;

// Given back on another thread than they were taken on.
struct Moved {
  std::mutex mutex;
  Runners runners;
  std::atomic<bool> any{false};
};

Moved& moved() {
  static Moved& m = *new Moved;
  return m;
}

std::unique_ptr<Runner> take_from(Runners& runners, const plan::PlannedStatement* planned) {
  for (size_t i = runners.size(); i-- > 0;) {
    if (runners[i]->planned.get() != planned) continue;
    std::unique_ptr<Runner> runner = std::move(runners[i]);
    runners[i] = std::move(runners.back());
    runners.pop_back();
    return runner;
  }
  return nullptr;
}

std::unique_ptr<Runner> take_moved(const plan::PlannedStatement* planned) {
  Moved& m = moved();
  if (!m.any.load(std::memory_order_relaxed)) return nullptr;
  const std::unique_lock lock(m.mutex, std::try_to_lock);
  if (!lock) return nullptr;
  auto runner = take_from(m.runners, planned);
  m.any.store(!m.runners.empty(), std::memory_order_relaxed);
  if (runner) runner->thread = &pool;
  return runner;
}

// What has no place there comes back.
std::unique_ptr<Runner> put_with_moved(std::unique_ptr<Runner> runner) {
  Moved& m = moved();
  const std::unique_lock lock(m.mutex, std::try_to_lock);
  if (!lock) return runner;
  m.runners.push_back(std::move(runner));
  m.any.store(true, std::memory_order_relaxed);
  if (m.runners.size() <= kMoved) return nullptr;
  runner = std::move(m.runners.front());
  m.runners.erase(m.runners.begin());
  return runner;
}

}  // namespace

Runner::Runner(std::shared_ptr<const plan::PlannedStatement> statement, uint64_t memory_limit)
    : planned(std::move(statement)), memory(memory_limit), thread(&pool) {}

std::unique_ptr<Runner> take_runner(const plan::PlannedStatement* planned) {
  auto runner = take_from(pool, planned);
  return runner ? std::move(runner) : take_moved(planned);
}

void give_back(std::unique_ptr<Runner> runner) {
  if (!runner->execution || runner->context.profile || runner->memory.used() > kPooledBytes) return;
  runner->context.transaction = nullptr;
  if (runner->thread != &pool) {
    runner = put_with_moved(std::move(runner));
  } else if (pool.size() < kPooled) {
    pool.push_back(std::move(runner));
  } else {
    oldest = (oldest + 1) % kPooled;
    pool[oldest].swap(runner);  // and what was there is freed
  }
}

}  // namespace elegraph::query
