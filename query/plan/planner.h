// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "index/index_set.h"
#include "query/cypher/ast.h"
#include "query/exec/interrupt.h"
#include "query/plan/physical.h"
#include "query/procedures/procedure_catalog.h"
#include "storage/graph.h"

namespace elegraph::query::plan {

// What planning reads. All of it is read without locks, inside the caller's rcu::ReadGuard.
struct PlanningContext {
  const storage::Catalog* catalog;
  const storage::Statistics* statistics;
  const index::IndexSet* indexes;
  const storage::Graph* graph = nullptr;  // for a look at some values; null: estimates go without
  const ProcedureCatalog* procedures = nullptr;
  // Types that the client declared in Parse (kNull: none; kAny: jsonb), by parameter number; and the types of lifted
  // literals, after.
  std::span<const StaticType> declared_parameters;
  std::span<const StaticType> lifted_literals;
  // Values of parameters and literals, those that are known (else null): what they make of ranges.
  std::span<const Value> values;
  std::string_view text;  // of the statement, for column names and messages
  bool jsonb_results = false;
  const exec::Interrupt* interrupt = nullptr;  // polled: a plan may take long to find
};

// Semantic analysis, logical optimisation and the choice of physical operators. Throws Error 42xxx with positions.
std::shared_ptr<const Plan> plan_query(const cypher::Statement& statement, const PlanningContext& context);

// EXPLAIN's lines, in the manner of PostgreSQL: one operator a line, indented, with estimates; `actual` (by node
// id, may be null) adds rows and time per operator.
struct OperatorProfile {
  uint64_t rows = 0;
  uint64_t calls = 0;
  uint64_t nanoseconds = 0;
};
std::string explain_text(const Plan& plan, const OperatorProfile* actual, const index::IndexSet& indexes);

}  // namespace elegraph::query::plan
