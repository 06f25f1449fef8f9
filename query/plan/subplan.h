// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "query/cypher/ast.h"
#include "query/plan/pattern_graph.h"
#include "query/plan/physical.h"
#include "query/plan/scope.h"

// Plans that run for one row of another plan: what expressions and clauses hold inside.
namespace elegraph::query::plan {

struct Subplan {
  PhysicalPtr root;
  Scope columns;  // what it returns, or all that it binds where it has no RETURN
  bool returns = false;
  bool writes = false;
  std::shared_ptr<const ExistsPattern> pattern;  // where the query is one pattern, and has rows where that has
};

// A query in braces. `scope` is all that it may read of the outer row; `runs`: how often it is likely to run, 1 where that
// is not to matter.
Subplan plan_subquery(StatementContext& context, const Scope& scope, const cypher::Query& query, bool may_write,
                      double runs);

// The rows of a pattern; `bound` are the outer slots.
PhysicalPtr plan_pattern(StatementContext& context, const SlotSet& bound, PatternGraph& graph, double runs = 1);

// For as long as it lives, subplans of so many runs are planned.
class PlannedRuns {
 public:
  PlannedRuns(StatementContext& context, double runs)
      : context_(context), runs_(context.runs), evaluations_(context.evaluations) {
    context.runs = context.evaluations = std::max(1.0, runs);
  }
  ~PlannedRuns() { context_.runs = runs_, context_.evaluations = evaluations_; }
  PlannedRuns(const PlannedRuns&) = delete;
  PlannedRuns& operator=(const PlannedRuns&) = delete;

 private:
  StatementContext& context_;
  double runs_, evaluations_;
};

}  // namespace elegraph::query::plan
