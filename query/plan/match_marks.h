// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

// count(x) of what an OPTIONAL MATCH binds asks of each row only whether there was a match. Where nothing else reads x it
// becomes a count of a mark that all matches have, so that matches that differ in nothing else come once, with how many
// they are (exec::Operator::next_weighted()): `OPTIONAL MATCH (a)-[:KNOWS]->(x) .. count(x)` reads the lengths of lists.
// Before `live` is filled in.
void mark_matches(StatementContext& context, PhysicalNode& root);

}  // namespace elegraph::query::plan
