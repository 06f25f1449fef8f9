// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/plan/physical.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

// EXISTS, or NOT EXISTS (then `anti`), as a condition; null for any other.
const BoundExpression* exists_condition(const BoundExpression& e, bool& anti);

// Of an EXISTS that reads nothing of its row but a node; planned once for each.
const SemiSide& semi_side(StatementContext& context, const BoundExpression& exists);

// Each node once.
std::shared_ptr<PhysicalNode> distinct_nodes(const SemiSide& side);

// `e` with each EXISTS in it that is true of a set of nodes, or that only equalities tie to the row, as a column of truth
// values, which operators put on top of `input` make; and each such COUNT as one of numbers. Not of one within a loop over
// a list.
BoundPtr with_marks(StatementContext& context, std::shared_ptr<PhysicalNode>& input, const BoundPtr& e);

// Adds the conditions on top of `input`: subplans of EXISTS are run for each row, or become semi-joins.
std::shared_ptr<PhysicalNode> add_condition(StatementContext& context, std::shared_ptr<PhysicalNode> input,
                                            const std::vector<BoundPtr>& conjuncts, double share);

}  // namespace elegraph::query::plan
