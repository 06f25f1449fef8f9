// SPDX-License-Identifier: Apache-2.0
#include "query/runner.h"

#include <array>
#include <atomic>
#include <utility>

#include "query/plan/range_estimate.h"

namespace elegraph::query {
namespace {

using Runners = std::vector<std::unique_ptr<Runner>>;

// Past these a runner is freed instead: what a pool holds stays small against what is running.
constexpr size_t kPooled = 64, kMoved = 16;
constexpr uint64_t kPooledBytes = 4u << 20;

thread_local Runners pool;
thread_local size_t oldest = 0;

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

// Those that were given back on another thread than they were taken on. Whoever exchanges a place's runner has it.
class MovedRunners {
 public:
  // Null where there is none for the plan, or another thread is just putting it there.
  std::unique_ptr<Runner> take(const plan::PlannedStatement* planned) {
    for (Place& place : places_) {
      if (place.plan.load(std::memory_order_relaxed) != planned) continue;
      std::unique_ptr<Runner> runner(place.runner.exchange(nullptr, std::memory_order_acquire));
      if (runner && runner->planned.get() == planned) return runner;
      if (runner) put(std::move(runner));
    }
    return nullptr;
  }
  // Where there is no room it takes the place of another one, each in its turn.
  void put(std::unique_ptr<Runner> runner) {
    const plan::PlannedStatement* planned = runner->planned.get();
    for (Place& place : places_) {
      Runner* none = nullptr;
      if (place.runner.load(std::memory_order_relaxed)) continue;
      if (!place.runner.compare_exchange_strong(none, runner.get(), std::memory_order_release, std::memory_order_relaxed))
        continue;
      place.plan.store(planned, std::memory_order_relaxed);
      static_cast<void>(runner.release());
      return;
    }
    Place& place = places_[turn_.fetch_add(1, std::memory_order_relaxed) % kMoved];
    runner.reset(place.runner.exchange(runner.release(), std::memory_order_acq_rel));
    place.plan.store(planned, std::memory_order_relaxed);
  }

 private:
  // `plan` says whose runner is there: a hint, which may be behind.
  struct Place {
    std::atomic<const plan::PlannedStatement*> plan{nullptr};
    std::atomic<Runner*> runner{nullptr};
  };
  std::array<Place, kMoved> places_;
  std::atomic<uint32_t> turn_{0};
};

uint64_t bytes_of(const Value& v) {
  uint64_t bytes = sizeof(Value);
  switch (v.type()) {
    case Type::kString: return bytes + v.as_string().size();
    case Type::kList:
      for (const Value& item : v.as_list()) bytes += bytes_of(item);
      return bytes;
    case Type::kMap:
      for (const auto& [name, value] : v.as_map()) bytes += name.size() + bytes_of(value);
      return bytes;
    default: return bytes;
  }
}

// What expressions have at hand from the last run, which no MemoryTracker counts: parameters, and lists that range() made.
bool holds_much(const Runner& runner) {
  const plan::Plan* plan = runner.planned->plan.get();
  uint64_t bytes = plan ? uint64_t(plan::longest_range_made(*plan, runner.parameters)) * sizeof(Value) : 0;
  for (const Value& v : runner.parameters) bytes += bytes_of(v);
  return bytes > kPooledBytes;
}

MovedRunners& moved() {
  static MovedRunners& m = *new MovedRunners;
  return m;
}

}  // namespace

Runner::Runner(std::shared_ptr<const plan::PlannedStatement> statement, uint64_t memory_limit)
    : planned(std::move(statement)), memory(memory_limit), thread(&pool) {}

std::unique_ptr<Runner> take_runner(const plan::PlannedStatement* planned) {
  auto runner = take_from(pool, planned);
  if (!runner) runner = moved().take(planned);
  if (runner) runner->thread = &pool;
  return runner;
}

void give_back(std::unique_ptr<Runner> runner) {
  if (!runner->execution || runner->context.profile || runner->memory.used() > kPooledBytes) return;
  if (holds_much(*runner)) return;
  runner->context.transaction = nullptr;
  if (runner->thread != &pool) {
    moved().put(std::move(runner));
  } else if (pool.size() < kPooled) {
    pool.push_back(std::move(runner));
  } else {
    oldest = (oldest + 1) % kPooled;
    pool[oldest].swap(runner);  // and what was there is freed
  }
}

}  // namespace elegraph::query
