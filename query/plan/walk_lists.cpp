// SPDX-License-Identifier: Apache-2.0
#include "query/plan/walk_lists.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "query/plan/expression_tools.h"
#include "query/plan/liveness.h"
#include "query/plan/node_expressions.h"

namespace elegraph::query::plan {

namespace {

// Each of its batches is a part of one of its left side's.
bool only_drops_rows(const PhysicalNode& n) {
  return n.kind == NodeKind::kFilter || n.kind == NodeKind::kSemiApply ||
         (n.kind == NodeKind::kNodeSemiJoin && n.slot2 == kNoSlot);
}

bool reads(const PhysicalNode& n, Slot slot) {
  return read_by(n).contains(slot) || (n.right && outer_slots(*n.right).contains(slot));
}

bool gives_list(const PhysicalNode& n) {
  return n.kind == NodeKind::kVarExpand && n.rel != kNoSlot && !n.ends_once &&
         std::ranges::find(n.live, n.rel) != n.live.end();
}

// The walk below conditions which do not read its list; null where there is none.
PhysicalNode* walk_below(PhysicalNode& top) {
  PhysicalNode* walk = &top;
  while (only_drops_rows(*walk)) walk = const_cast<PhysicalNode*>(walk->left.get());
  if (!gives_list(*walk)) return nullptr;
  for (const PhysicalNode* n = &top; n != walk; n = n->left.get())
    if (reads(*n, walk->rel)) return nullptr;
  return walk;
}

// A short list costs no more than its number, if no row is dropped.
bool is_worth_it(const PhysicalNode& top, const PhysicalNode& walk) { return &top != &walk || walk.max_hops < 0; }

std::shared_ptr<PhysicalNode> list_above(StatementContext& context, PhysicalPtr top, PhysicalNode& walk) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kProject;
  n->estimated_rows = top->estimated_rows, n->estimated_cost = top->estimated_cost;
  walk.walk = context.new_slot({Type::kInt});
  n->slots = {std::exchange(walk.rel, kNoSlot)};
  n->expressions = {make_call(BoundKind::kWalk, context.info(n->slots[0]).type, {make_slot(walk.walk, {Type::kInt})})};
  n->left = std::move(top);
  return n;
}

bool visit(StatementContext& context, PhysicalPtr& top);

bool visit_below(StatementContext& context, PhysicalNode& n) {
  bool changed = false;
  const auto visit_subplans = [&](const auto& self, const BoundExpression& e) -> void {
    if (e.subplan) changed |= visit(context, const_cast<BoundExpression&>(e).subplan);
    for (const BoundPtr& a : e.args)
      if (a) self(self, *a);
  };
  for_each_expression(n, [&](const BoundPtr& e) { visit_subplans(visit_subplans, *e); });
  if (n.left) changed |= visit(context, n.left);
  if (n.right) changed |= visit(context, n.right);
  return changed;
}

bool visit(StatementContext& context, PhysicalPtr& top) {
  auto& n = const_cast<PhysicalNode&>(*top);
  PhysicalNode* walk = walk_below(n);
  if (!walk || !is_worth_it(n, *walk)) return visit_below(context, n);
  top = list_above(context, std::move(top), *walk);
  visit_below(context, n);
  return true;
}

}  // namespace

bool make_walks_late(StatementContext& context, std::shared_ptr<PhysicalNode>& root) {
  PhysicalPtr top = root;
  const bool changed = visit(context, top);
  root = std::const_pointer_cast<PhysicalNode>(top);
  return changed;
}

}  // namespace elegraph::query::plan
