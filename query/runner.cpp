// SPDX-License-Identifier: Apache-2.0
#include "query/runner.h"

#include <utility>

namespace elegraph::query {
namespace {

// Past these a runner is freed instead: what a pool holds stays small against what is running.
constexpr size_t kPooled = 64;
constexpr uint64_t kPooledBytes = 4u << 20;

thread_local std::vector<std::unique_ptr<Runner>> pool;
thread_local size_t oldest = 0;

}  // namespace

std::unique_ptr<Runner> take_runner(const plan::PlannedStatement* planned) {
  for (size_t i = pool.size(); i-- > 0;) {
    if (pool[i]->planned.get() != planned) continue;
    std::unique_ptr<Runner> runner = std::move(pool[i]);
    pool[i] = std::move(pool.back());
    pool.pop_back();
    return runner;
  }
  return nullptr;
}

void give_back(std::unique_ptr<Runner> runner) {
  if (!runner->execution || runner->context.profile || runner->memory.used() > kPooledBytes) return;
  runner->context.transaction = nullptr;
  if (pool.size() < kPooled) {
    pool.push_back(std::move(runner));
    return;
  }
  oldest = (oldest + 1) % kPooled;
  pool[oldest] = std::move(runner);
}

}  // namespace elegraph::query
