// SPDX-License-Identifier: Apache-2.0
#include "query/plan/step_group.h"

#include <memory>
#include <utility>

#include "query/plan/expression_tools.h"

namespace elegraph::query::plan {

BoundPtr end_of_step(StepEnd end, Direction direction, BoundPtr relationship) {
  const bool start = (end == StepEnd::kFirst) == (direction == Direction::kOut);
  return make_end(start ? "startnode" : "endnode", std::move(relationship));
}

BoundPtr ends_of_steps(StatementContext& context, StepEnd end, Direction direction, Slot walk) {
  auto e = std::make_shared<BoundExpression>();
  e->kind = BoundKind::kListComprehension, e->type = {Type::kList, Type::kNode};
  e->slot = context.new_slot({Type::kRelationship});
  e->args = {context.slot_expression(walk), nullptr, end_of_step(end, direction, context.slot_expression(e->slot))};
  return e;
}

bool is_ends_of_steps(const BoundExpression& e) {
  if (e.kind != BoundKind::kListComprehension || e.args[1] || !e.args[2]) return false;
  const BoundExpression& end = *e.args[2];
  return e.args[0]->kind == BoundKind::kSlot && end.kind == BoundKind::kFunction &&
         (end.name == "startnode" || end.name == "endnode") && end.args[0]->kind == BoundKind::kSlot &&
         end.args[0]->slot == e.slot;
}

}  // namespace elegraph::query::plan
