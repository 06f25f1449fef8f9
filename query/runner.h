// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/execution.h"
#include "query/plan/plan_cache.h"

namespace elegraph::query {

// Operators and their memory for one plan, with the context that they read. Running a plan takes one from the
// thread's pool and gives it back: a prepared point read makes no operators and allocates nothing.
struct Runner {
  Runner(std::shared_ptr<const plan::PlannedStatement> statement, uint64_t memory_limit)
      : planned(std::move(statement)), memory(memory_limit) {}

  std::shared_ptr<const plan::PlannedStatement> planned;
  exec::MemoryTracker memory;
  exec::ExecutionContext context;
  std::vector<Value> parameters;
  std::unique_ptr<exec::Execution> execution;  // made on first use, restarted after
  bool used = false;
};

// The calling thread's pool; a runner may be given back on another thread than it was taken on.
std::unique_ptr<Runner> take_runner(const plan::PlannedStatement* planned);  // null: none pooled for this plan
void give_back(std::unique_ptr<Runner> runner);

}  // namespace elegraph::query
