// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "query/plan/pattern_graph.h"

namespace elegraph::query::plan {

// Conditions such as all(r IN relationships(p) WHERE r.since > 2010) or none(n IN nodes(p) WHERE n:Closed) on a
// variable-length pattern: they go into the pattern, where they end a walk at the first relationship or node that does not
// fit, and a search for the shortest path goes around it. Takes them out of the graph's predicates.
//
// `before`: what there was before the clause. A shortest path of a clause before is chosen without what this one asks of
// it.
struct BeforeClause {
  size_t relationships = 0, nodes = 0;  // of the graph
  size_t slots = 0;
};
void move_into_walks(StatementContext& context, PatternGraph& graph, BeforeClause before);

}  // namespace elegraph::query::plan
