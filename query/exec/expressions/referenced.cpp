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
  referenced_slots(*node, out);
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

void referenced_slots(const plan::PhysicalNode& node, std::vector<plan::Slot>& out) {
  auto visit = [&](const plan::BoundPtr& e) {
    if (e) referenced_slots(*e, out);
  };
  for (auto* list : {&node.expressions, &node.expressions2, &node.residual, &node.equal})
    for (auto& e : *list) visit(e);
  for (auto* bound : {&node.lower, &node.upper})
    if (*bound) visit((*bound)->value);
  for (auto* e : {&node.in_list, &node.prefix, &node.limit}) visit(*e);
  using enum plan::NodeKind;
  if (node.kind == kExpand || node.kind == kVarExpand || node.kind == kShortestPath) {
    add(node.slot, out);
    if (node.into || node.kind == kShortestPath) add(node.slot2, out);
  }
  for (const plan::IntersectLeg& l : node.legs) add(l.slot, out);
  for (const plan::KnownEnds& k : node.known_ends)
    for (const plan::BoundPtr& e : k.nodes) visit(e);
  for (auto* list : {&node.distinct_from, &node.distinct_at, &node.ends})
    for (plan::Slot s : *list) add(s, out);
  for (auto* list : {&node.slots2, &node.slots3})
    for (plan::Slot s : *list) add(s, out);
  if (node.kind == kDistinct)
    for (plan::Slot s : node.slots) add(s, out);
  for (auto& a : node.aggregates) visit(a.arg), visit(a.arg2);
  for (auto& k : node.sort) visit(k.expression);
  for (auto* list : {&node.sets, &node.on_create, &node.on_match})
    for (auto& operation : *list) visit(operation.target), visit(operation.value);
  for (auto& item : node.creates) {
    visit(item.properties);
    if (item.relationship) add(item.source, out), add(item.target, out);
  }
}

}  // namespace elegraph::query::exec
