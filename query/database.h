// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "index/index_set.h"
#include "query/notifications.h"
#include "query/plan/imagined_statistics.h"
#include "query/plan/plan_cache.h"
#include "query/procedures/procedure_set.h"
#include "storage/database.h"

namespace elegraph::query {

// One graph with what belongs to it: store, indexes, plans. Thread-safe; lives as long as any session in it.
struct GraphDatabase {
  std::string name;
  std::unique_ptr<index::IndexSet> indexes;  // before `store`: it observes recovery
  std::unique_ptr<ProcedureSet> procedures;  // as well
  std::unique_ptr<storage::Database> store;
  plan::PlanCache plans;
  std::unique_ptr<plan::ImaginedStatistics> imagined;  // for tests: what plans are made by, instead
  NotificationHub notifications;

  storage::Graph& graph() { return store->graph(); }
  const storage::Statistics& planned_by() {
    if (imagined) return *imagined;
    return graph().statistics();
  }
};

}  // namespace elegraph::query
