// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/match_planner.h"

namespace elegraph::query::plan {

// Where both ends of a pattern are few and what is between them is reached by many, as in
// (a {country: 'KR'})-[:RATED]->(m)<-[:RATED]-(b {country: 'MX'}), going on from one half visits all that the nodes between
// lead to. The halves are found each by itself then, and joined by hash at the node where they meet. Null unless that
// clearly costs less than `most`. For a pattern that a statement begins with.
NodePtr join_halves(StatementContext& context, const PatternGraph& graph, double most);

}  // namespace elegraph::query::plan
