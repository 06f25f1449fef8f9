// SPDX-License-Identifier: Apache-2.0
#include "query/plan/match_marks.h"

#include <algorithm>
#include <memory>

#include "query/plan/expression_tools.h"
#include "query/plan/liveness.h"
#include "query/plan/node_expressions.h"

namespace elegraph::query::plan {

namespace {

bool is_optional(NodeKind kind) { return kind == NodeKind::kOptional || kind == NodeKind::kHashLeftJoin; }

bool is_entity(const BoundExpression& e) {
  return e.kind == BoundKind::kSlot && (e.type.type == Type::kNode || e.type.type == Type::kRelationship);
}

// Whether matches that differ in nothing but in what they bind come once then.
bool brings_together(const PhysicalNode& optional) {
  const PhysicalNode& right = *optional.right;
  if (optional.kind == NodeKind::kHashLeftJoin)
    return std::ranges::all_of(optional.expressions2, [](const BoundPtr& e) { return is_entity(*e); });
  return (right.kind == NodeKind::kExpand && !right.into) || right.kind == NodeKind::kIntersect;
}

// Hands the columns of its left rows on.
bool passes_columns(NodeKind kind) {
  using enum NodeKind;
  switch (kind) {
    case kFilter:
    case kProject:
    case kUnwind:
    case kExpand:
    case kVarExpand:
    case kIntersect:
    case kApply:
    case kOptional:
    case kSemiApply:
    case kNodeSemiJoin:
    case kHashJoin:
    case kHashLeftJoin:
    case kHashSemiJoin:
    case kHashCount: return true;
    default: return false;
  }
}

// Whether an operator, or what it runs for its rows, reads the slot of a row from below.
bool reads(const PhysicalNode& n, Slot slot) {
  return read_by(n).contains(slot) || (n.right && outer_slots(*n.right).contains(slot));
}

// The OPTIONAL MATCH that binds the slot, where nobody between it and `n` reads that; null for none.
PhysicalNode* optional_of(const PhysicalNode& n, Slot slot) {
  for (const PhysicalNode* at = n.left.get(); at && passes_columns(at->kind); at = at->left.get()) {
    if (reads(*at, slot)) return nullptr;
    if (!at->right || !produced_in(*at->right).contains(slot)) continue;
    const bool found = is_optional(at->kind) && always_bound(*at->right, slot) && brings_together(*at);
    return found ? const_cast<PhysicalNode*>(at) : nullptr;
  }
  return nullptr;
}

// Of a slot that the aggregate counts and does not read otherwise.
bool is_only_counted(const PhysicalNode& aggregate, const AggregateCall& call) {
  const bool counts = call.def->kind == AggregateKind::kCount && !call.distinct && call.arg;
  if (!counts || call.arg->kind != BoundKind::kSlot) return false;
  const Slot slot = call.arg->slot;
  const auto reads_it = [&](const BoundPtr& e) { return e && slots_of(e).contains(slot); };
  if (std::ranges::any_of(aggregate.expressions, reads_it)) return false;
  return std::ranges::none_of(aggregate.aggregates, [&](const AggregateCall& other) {
    const bool same = other.def == call.def && !other.distinct;
    return !same && (reads_it(other.arg) || reads_it(other.arg2));
  });
}

Slot mark_of(StatementContext& context, PhysicalNode& optional) {
  const BoundPtr always = make_literal(Value::boolean(true), {Type::kBool});
  auto mark = std::make_shared<PhysicalNode>();
  mark->kind = NodeKind::kProject;
  mark->slots = {context.new_slot({Type::kBool})}, mark->expressions = {always};
  mark->estimated_rows = optional.right->estimated_rows, mark->estimated_cost = optional.right->estimated_cost;
  mark->left = optional.right;
  const Slot slot = mark->slots[0];
  optional.slots.push_back(slot);
  optional.right = std::move(mark);
  return slot;
}

void mark_counted(StatementContext& context, PhysicalNode& aggregate) {
  for (AggregateCall& c : aggregate.aggregates) {
    if (!is_only_counted(aggregate, c)) continue;
    PhysicalNode* optional = optional_of(aggregate, c.arg->slot);
    if (optional) c.arg = make_slot(mark_of(context, *optional), {Type::kBool}, c.arg->position);
  }
}

void mark_in_subplans(StatementContext& context, const BoundExpression& e) {
  if (e.subplan) mark_matches(context, const_cast<PhysicalNode&>(*e.subplan));
  for (const BoundPtr& a : e.args)
    if (a) mark_in_subplans(context, *a);
}

}  // namespace

void mark_matches(StatementContext& context, PhysicalNode& root) {
  if (root.kind == NodeKind::kAggregate) mark_counted(context, root);
  for_each_expression(root, [&](const BoundPtr& e) { mark_in_subplans(context, *e); });
  for (const PhysicalPtr* child : {&root.left, &root.right})
    if (*child) mark_matches(context, const_cast<PhysicalNode&>(**child));
}

}  // namespace elegraph::query::plan
