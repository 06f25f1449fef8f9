// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/match_planner.h"

namespace elegraph::query::plan {

// Plans a pattern that a statement begins with. Where an OR among its conditions keeps indexes from being of use, the
// pattern may be looked for once for each of its arms (a = 1 OR b = 1: by a, then by b where a is not 1), so that no match
// comes twice.
NodePtr plan_match(StatementContext& context, const PatternGraph& graph);

}  // namespace elegraph::query::plan
