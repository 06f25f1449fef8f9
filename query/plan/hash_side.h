// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

#include "query/plan/match_planner.h"
#include "query/plan/pattern_graph.h"
#include "query/plan/scope.h"

// Patterns that are looked for once for each row, as those of OPTIONAL MATCH, EXISTS and COUNT, but that only equalities
// tie to the row: they may be found once and joined by hash.
namespace elegraph::query::plan {

struct HashSide {
  NodePtr plan;  // of the pattern without the row; null: there is none, or running it for each row is likely to cost less
  std::vector<BoundPtr> outer_keys, keys, residual;  // as of kHashLeftJoin
  bool by_nodes = false;                             // keys are nodes of the row, among others
  double cost = 0;                                   // of the join, without its left side; in a subplan, in all of its runs
};

// What running the pattern for each row would come to.
struct EachRow {
  const PhysicalNode& input;                              // the rows
  const PhysicalNode& plan;                               // for one of them
  double share = 1;                                       // of its work that is done, on average
  double most = std::numeric_limits<double>::infinity();  // rows for which it runs
};

HashSide hash_side(StatementContext& context, const PatternGraph& graph, const EachRow& each);

void set_hash_side(PhysicalNode& join, HashSide side);

}  // namespace elegraph::query::plan
