// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/expression.h"
#include "query/plan/scope.h"

// The nodes of ((x)-[r]->(y)){1,3}: within a step they are the ends of its relationship, outside of it x, r and y are
// lists.
namespace elegraph::query::plan {

enum class StepEnd : uint8_t { kFirst, kLast };

// The node where a step over `relationship` begins or ends. REQUIRED: direction is not kBoth.
BoundPtr end_of_step(StepEnd end, Direction direction, BoundPtr relationship);
// Those of all steps of a walk, whose relationships are the list in `walk`.
BoundPtr ends_of_steps(StatementContext& context, StepEnd end, Direction direction, Slot walk);
// Whether it is that, which cannot fail.
bool is_ends_of_steps(const BoundExpression& e);

}  // namespace elegraph::query::plan
