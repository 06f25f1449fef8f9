// SPDX-License-Identifier: Apache-2.0
#include "query/plan/set_joins.h"

#include <algorithm>
#include <memory>

#include "query/plan/expression_tools.h"
#include "query/plan/liveness.h"
#include "query/plan/row_use.h"
#include "query/plan/slot_set.h"

namespace elegraph::query::plan {

namespace {

SlotSet live_slots(const PhysicalNode& n) {
  SlotSet out;
  for (Slot s : n.live) out.add(s);
  return out;
}

bool may_be_asked_of_pairs(const BoundExpression& e) {
  return !any_part(e, [](const BoundExpression& p) { return p.subplan || (p.function && !p.function->deterministic); });
}

bool is_entity(const BoundExpression& e) {
  return e.kind == BoundKind::kSlot && (e.type.type == Type::kNode || e.type.type == Type::kRelationship);
}

// Entities among the left keys.
SlotSet key_slots(const PhysicalNode& join) {
  SlotSet out;
  for (const BoundPtr& e : join.expressions)
    if (is_entity(*e)) out.add(e->slot);
  return out;
}

// What is read of the right side are keys that the left side has as well: they are taken from there. Whether that is so.
bool take_keys_from_left(const PhysicalNode& join, const SlotSet& read, PhysicalNode& project) {
  for (Slot s : read.list()) {
    const auto is_key = [&](const BoundPtr& e) { return is_entity(*e) && e->slot == s; };
    const auto at = std::ranges::find_if(join.expressions2, is_key);
    if (at == join.expressions2.end()) return false;
    const BoundPtr& left = join.expressions[size_t(at - join.expressions2.begin())];
    if (!is_entity(*left) || left->type.type != (*at)->type.type) return false;
    project.slots.push_back(s), project.expressions.push_back(left);
  }
  return true;
}

// The join below some filters, or null.
const PhysicalNode* join_below(const PhysicalNode& n) {
  const PhysicalNode* join = &n;
  while (join->kind == NodeKind::kFilter) join = join->left.get();
  return join->kind == NodeKind::kHashJoin && !join->expressions.empty() ? join : nullptr;
}

// Sorts the filters' conditions: those on pairs go to the join, the others stay above it. Whether that can be.
bool part_conditions(const PhysicalNode& top, const SlotSet& right, std::vector<BoundPtr>& pairs,
                     std::vector<BoundPtr>& left) {
  for (const PhysicalNode* n = &top; n->kind == NodeKind::kFilter; n = n->left.get())
    for (const BoundPtr& e : n->expressions) {
      const bool of_pair = slots_of(e).intersects(right);
      if (of_pair && !may_be_asked_of_pairs(*e)) return false;
      (of_pair ? pairs : left).push_back(e);
    }
  return true;
}

// On top of the input, whose rows they give.
void put_on_top(PhysicalPtr& input, std::shared_ptr<PhysicalNode> n) {
  n->estimated_rows = input->estimated_rows, n->estimated_cost = input->estimated_cost;
  n->left = std::move(input);
  input = std::move(n);
}

// The semi-join in the place of `top`, which is the join or filters on it, or null.
PhysicalPtr as_semi_join(const PhysicalNode& top, const PhysicalNode& join) {
  const SlotSet right = produced_in(*join.right);
  SlotSet live = live_slots(top), read_on_right = live;
  read_on_right.keep(right), live.remove(right);
  auto project = std::make_shared<PhysicalNode>();
  project->kind = NodeKind::kProject;
  std::vector<BoundPtr> pairs, left;
  if (!take_keys_from_left(join, read_on_right, *project) || !part_conditions(top, right, pairs, left)) return nullptr;
  auto semi = std::make_shared<PhysicalNode>(join);
  semi->kind = NodeKind::kHashSemiJoin;
  semi->left_first = false;
  semi->residual = std::move(pairs);
  for (const BoundPtr& e : left) live.add(slots_of(e));
  semi->ends_once = key_slots(join).contains_all(live);
  semi->estimated_rows = std::min(join.estimated_rows, join.left->estimated_rows);
  PhysicalPtr out = std::move(semi);
  if (!project->slots.empty()) put_on_top(out, std::move(project));
  if (left.empty()) return out;
  auto filter = std::make_shared<PhysicalNode>();
  filter->kind = NodeKind::kFilter;
  filter->expressions = std::move(left);
  put_on_top(out, std::move(filter));
  return out;
}

PhysicalPtr as_semi_join(const PhysicalNode& top) {
  const PhysicalNode* join = join_below(top);
  if (!join) return nullptr;
  if (PhysicalPtr semi = as_semi_join(top, *join); semi || !join->turned) return semi;
  PhysicalNode back = *join;
  back.left.swap(back.right), back.expressions.swap(back.expressions2);
  return as_semi_join(top, back);
}

bool visit(PhysicalNode& n, Use use);

bool visit_input(const PhysicalNode& n, PhysicalPtr& input, bool left, Use use) {
  if (!input) return false;
  const Use of_input = use_of_input(n, left, use);
  bool changed = false;
  if (of_input.as_set)
    if (PhysicalPtr semi = as_semi_join(*input)) input = std::move(semi), changed = true;
  return visit(const_cast<PhysicalNode&>(*input), of_input) || changed;
}

bool visit(PhysicalNode& n, Use use) {
  const bool left = visit_input(n, n.left, true, use);
  return visit_input(n, n.right, false, use) || left;
}

}  // namespace

bool join_as_sets(PhysicalNode& root) { return visit(root, {}); }

}  // namespace elegraph::query::plan
