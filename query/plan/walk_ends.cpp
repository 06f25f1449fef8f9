// SPDX-License-Identifier: Apache-2.0
#include "query/plan/walk_ends.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "query/plan/expression_tools.h"
#include "query/plan/node_expressions.h"
#include "query/plan/row_use.h"
#include "query/plan/slot_set.h"

namespace elegraph::query::plan {

namespace {

bool reads_no_more(const PhysicalNode& n, Slot slot) {
  return std::ranges::all_of(n.live, [&](Slot s) { return s == slot; });
}

bool is_search(const PhysicalNode& n, Use use) {
  const bool ways_are_read = std::ranges::any_of(n.live, [&](Slot s) { return s == n.rel || s == n.hops; });
  return n.kind == NodeKind::kVarExpand && use.as_set && n.min_hops <= 1 && (!n.into || n.target_labels.empty()) &&
         n.distinct_from.empty() && n.residual.empty() && !ways_are_read;
}

// Of these the operator itself asks for the set.
bool asks_for_set(const PhysicalNode& n, Slot slot) {
  if (n.kind == NodeKind::kNodeSemiJoin) return n.slot == slot;
  if (n.kind != NodeKind::kAggregate || !n.expressions.empty() || n.aggregates.size() != 1) return false;
  const AggregateCall& c = n.aggregates[0];
  return c.def->kind == AggregateKind::kCount && c.arg && c.arg->kind == BoundKind::kSlot && c.arg->slot == slot;
}

std::shared_ptr<PhysicalNode> each_once(std::shared_ptr<const PhysicalNode> walk) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kDistinct;
  n->slots = {walk->slot2};
  n->all_at_once = true;
  n->estimated_rows = std::max(1.0, walk->estimated_rows / 2);
  n->estimated_cost = walk->estimated_cost + walk->estimated_rows;
  n->left = std::move(walk);
  return n;
}

bool is_end(const BoundExpression& e, Slot slot) { return e.kind == BoundKind::kSlot && e.slot == slot; }

// Whether it says that the walk ends at another node than where it began.
bool is_elsewhere(const BoundExpression& e, const PhysicalNode& walk) {
  const bool negated = e.kind == BoundKind::kNot && e.args[0]->kind == BoundKind::kEqual;
  if (e.kind != BoundKind::kNotEqual && !negated) return false;
  const auto& ends = negated ? e.args[0]->args : e.args;
  return (is_end(*ends[0], walk.slot) && is_end(*ends[1], walk.slot2)) ||
         (is_end(*ends[1], walk.slot) && is_end(*ends[0], walk.slot2));
}

void move_into_walk(PhysicalNode& filter) {
  auto& walk = const_cast<PhysicalNode&>(*filter.left);
  const auto found = std::ranges::find_if(filter.expressions, [&](const BoundPtr& e) { return is_elsewhere(*e, walk); });
  if (found == filter.expressions.end()) return;
  walk.elsewhere = *found;
  filter.expressions.erase(found);
}

bool visit(PhysicalNode& n, Use use);

bool visit_subplans(const BoundExpression& e) {
  bool changed = e.subplan && visit(const_cast<PhysicalNode&>(*e.subplan), {e.kind == BoundKind::kExists, true});
  for (const BoundPtr& a : e.args) changed |= a && visit_subplans(*a);
  return changed;
}

bool visit_input(PhysicalNode& n, PhysicalPtr& input, Use use) {
  if (!input) return false;
  auto& walk = const_cast<PhysicalNode&>(*input);
  bool changed = false;
  if (is_search(walk, use) && !walk.into && reads_no_more(walk, walk.slot2) && !use.in_part &&
      !asks_for_set(n, walk.slot2)) {
    if (n.kind == NodeKind::kDistinct && n.slots == std::vector{walk.slot2})
      n.all_at_once = true;
    else
      input = each_once(input);
    changed = true;
  }
  return visit(walk, use) || changed;
}

void make_shortest(PhysicalNode& n) {
  n.kind = NodeKind::kShortestPath;
  if (!std::exchange(n.inner_nodes, false)) return;
  for (BoundPtr& e : n.expressions2) e = or_is_end(e, n.hop_node, n.slot, n.slot2);
}

bool visit(PhysicalNode& n, Use use) {
  n.ends_once = is_search(n, use);
  // Whether there is a walk between two nodes is whether there is a shortest one.
  if (n.ends_once && n.into) make_shortest(n);
  bool changed = false;
  for_each_expression(n, [&](const BoundPtr& e) { changed |= visit_subplans(*e); });
  changed |= visit_input(n, n.left, use_of_input(n, true, use));
  changed |= visit_input(n, n.right, use_of_input(n, false, use));
  return changed;
}

}  // namespace

void leave_starts_out(PhysicalNode& root) {
  for (auto* child : {&root.left, &root.right}) {
    if (!*child) continue;
    auto& n = const_cast<PhysicalNode&>(**child);
    if (n.kind == NodeKind::kFilter && n.left && n.left->kind == NodeKind::kVarExpand && !n.left->into) move_into_walk(n);
    leave_starts_out(n);
    if (n.kind == NodeKind::kFilter && n.expressions.empty()) *child = n.left;
  }
}

bool take_ends_once(PhysicalNode& root) { return visit(root, {}); }

}  // namespace elegraph::query::plan
