// SPDX-License-Identifier: Apache-2.0
#include "query/exec/expressions/referenced.h"

#include <algorithm>

#include "query/plan/physical.h"

namespace elegraph::query::exec {

namespace {

void add(plan::Slot slot, std::vector<plan::Slot>& out) {
  if (slot != plan::kNoSlot && std::find(out.begin(), out.end(), slot) == out.end()) out.push_back(slot);
}

void of_plan(const plan::PhysicalNode* node, std::vector<plan::Slot>& out) {
  if (!node) return;
  if (node->kind == plan::NodeKind::kArgument)
    for (plan::Slot s : node->live) add(s, out);
  // Leaves may read the outer row in their expressions.
  for (auto* list : {&node->expressions, &node->expressions2, &node->equal})
    for (auto& e : *list)
      if (e) referenced_slots(*e, out);
  for (auto* bound : {&node->lower, &node->upper})
    if (*bound && (*bound)->value) referenced_slots(*(*bound)->value, out);
  for (auto* e : {&node->in_list, &node->prefix, &node->limit})
    if (*e) referenced_slots(**e, out);
  for (plan::Slot s : node->live) add(s, out);
  of_plan(node->left.get(), out);
  of_plan(node->right.get(), out);
}

}  // namespace

void referenced_slots(const plan::BoundExpression& e, std::vector<plan::Slot>& out) {
  if (e.kind == plan::BoundKind::kSlot) add(e.slot, out);
  for (plan::Slot s : e.path_slots) add(s, out);
  for (auto& a : e.args)
    if (a) referenced_slots(*a, out);
  of_plan(e.subplan.get(), out);
}

}  // namespace elegraph::query::exec
