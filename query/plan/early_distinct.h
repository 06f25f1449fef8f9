// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

// Where it does not matter how often rows come that are alike (below DISTINCT, count(DISTINCT ..), min() and the like), and
// there must be many of them, since nodes are read of which the graph has fewer: kDistinct below what would multiply them,
// a join or an expansion. `(a), (b)-->(c) .. RETURN DISTINCT a, c` pairs each c once with each a.
//
// `live` is filled in. True: nodes were added, and it has to be filled in again.
bool distinct_early(const StatementContext& context, PhysicalNode& root);

}  // namespace elegraph::query::plan
