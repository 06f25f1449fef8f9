// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/execution.h"
#include "query/plan/plan_cache.h"

namespace elegraph::query {

// Operators and their memory for one plan, with the context that they read. Running a plan takes one from a pool and
// gives it back: a prepared point read makes no operators and allocates nothing.
struct Runner {
  Runner(std::shared_ptr<const plan::PlannedStatement> statement, uint64_t memory_limit);

  std::shared_ptr<const plan::PlannedStatement> planned;
  exec::MemoryTracker memory;
  exec::ExecutionContext context;
  std::vector<Value> parameters;
  std::unique_ptr<exec::Execution> execution;  // made on first use, restarted after
  bool used = false;

  const void* thread = nullptr;  // the one that it was made or taken on
};

// Each thread has a pool of the runners that it took itself. What is given back on another thread than it was taken on, as
// that of a statement which turned out to be long, goes to a place where whoever begins next finds it: in the pool of the
// thread where it ended it would be of no use to those who begin.
//
// Thread-safety: from any thread, lock-free.
std::unique_ptr<Runner> take_runner(const plan::PlannedStatement* planned);  // null: there is none for this plan
void give_back(std::unique_ptr<Runner> runner);

}  // namespace elegraph::query
