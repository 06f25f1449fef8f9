// SPDX-License-Identifier: Apache-2.0
#include "query/plan/semi_join.h"

#include <algorithm>
#include <utility>

#include "query/plan/cost_model.h"
#include "query/plan/hash_side.h"
#include "query/plan/liveness.h"
#include "query/plan/match_planner.h"

namespace elegraph::query::plan {

namespace {

NodePtr on_top_of(NodePtr input, NodeKind kind) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = kind, n->left = std::move(input);
  return n;
}

// The node that an EXISTS reads of its row, if that is all that it reads.
Slot only_node_read(const StatementContext& context, const BoundExpression& exists) {
  if (!exists.pattern || !context.deterministic || context.creates || context.sets || context.deletes || context.merges)
    return kNoSlot;
  const std::vector<Slot> outer = outer_slots(*exists.subplan).list();
  if (outer.size() != 1 || context.info(outer[0]).type.type != Type::kNode) return kNoSlot;
  const bool in_pattern = std::ranges::any_of(exists.pattern->graph.nodes, [&](auto& n) { return n.slot == outer[0]; });
  return in_pattern ? outer[0] : kNoSlot;
}

// The work for one row until it is clear whether there is any.
double until_first(const PhysicalNode& subplan) { return subplan.estimated_cost / std::max(1.0, subplan.estimated_rows); }

// Tests rows of `input` against the set of all nodes that the EXISTS is true of; null where running it for each row is
// likely to cost less.
NodePtr semi_join(StatementContext& context, const NodePtr& input, const BoundExpression& exists) {
  constexpr double kTest = 0.1;     // a node, by the set of all
  constexpr double kClearly = 1.5;  // a set is made before the first row goes on
  const double in = input->estimated_rows * context.runs, each = in * std::max(1.0, until_first(*exists.subplan));
  const SemiSide& side = semi_side(context, exists);
  if (!side.plan) return nullptr;
  const double once = side.plan->estimated_cost + (side.plan->estimated_rows + in) * kTest;
  if (once * kClearly >= each) return nullptr;
  NodePtr n = on_top_of(input, NodeKind::kNodeSemiJoin);
  n->right = side.plan, n->slot = side.slot;
  n->estimated_rows = input->estimated_rows, n->estimated_cost = input->estimated_cost + once / context.runs;
  return n;
}

// Tests rows of `input` against the keys of all that the EXISTS looks for, or counts those alike (COUNT); null as above.
NodePtr hash_join(StatementContext& context, const NodePtr& input, const BoundExpression& e, bool anti) {
  constexpr double kUntilFirst = 0.5;  // where there is a match it may be anywhere
  if (!e.pattern) return nullptr;
  const double share = e.kind == BoundKind::kExists && !anti ? kUntilFirst : 1;
  HashSide side = hash_side(context, e.pattern->graph, {.input = *input, .plan = *e.subplan, .share = share});
  if (!side.plan) return nullptr;
  NodePtr n = on_top_of(input, e.kind == BoundKind::kCount ? NodeKind::kHashCount : NodeKind::kHashSemiJoin);
  n->estimated_rows = input->estimated_rows, n->estimated_cost = input->estimated_cost + side.cost / context.runs;
  set_hash_side(*n, std::move(side));
  return n;
}

NodePtr semi_apply(StatementContext& context, const NodePtr& input, const BoundExpression& exists, bool anti) {
  NodePtr n = semi_join(context, input, exists);
  if (!n) n = hash_join(context, input, exists, anti);
  if (!n) {
    n = on_top_of(input, NodeKind::kSemiApply);
    n->right = exists.subplan;
    n->estimated_cost = input->estimated_cost + input->estimated_rows * exists.subplan->estimated_cost;
  }
  n->anti = anti;
  return n;
}

bool is_test(BoundKind kind) { return kind == BoundKind::kExists || kind == BoundKind::kCount; }

// What is computed of its parts for the same row: no loops, whose variables are no columns.
bool combines(BoundKind kind) {
  const bool compares = kind >= BoundKind::kEqual && kind <= BoundKind::kGreaterEqual;
  const bool calculates = kind >= BoundKind::kAdd && kind <= BoundKind::kPower;
  return kind == BoundKind::kAnd || kind == BoundKind::kOr || kind == BoundKind::kXor || kind == BoundKind::kNot ||
         kind == BoundKind::kCase || compares || calculates;
}

bool combines_tests(const BoundExpression& e) {
  if (is_test(e.kind)) return true;
  return combines(e.kind) && std::ranges::any_of(e.args, [](const BoundPtr& a) { return a && combines_tests(*a); });
}

NodePtr mark_join(StatementContext& context, const NodePtr& input, const BoundExpression& e) {
  NodePtr n = e.kind == BoundKind::kExists ? semi_join(context, input, e) : nullptr;
  if (!n) n = hash_join(context, input, e, false);
  if (n) n->slot2 = context.new_slot(e.type, e.kind == BoundKind::kExists ? "EXISTS {...}" : "COUNT {...}");
  return n;
}

NodePtr filter(NodePtr input, std::vector<BoundPtr> conditions, double rows) {
  const double cost = input->estimated_cost + input->estimated_rows * CostModel::kCheck * double(conditions.size());
  NodePtr n = on_top_of(std::move(input), NodeKind::kFilter);
  n->expressions = std::move(conditions), n->estimated_rows = rows, n->estimated_cost = cost;
  return n;
}

}  // namespace

const BoundExpression* exists_condition(const BoundExpression& e, bool& anti) {
  anti = e.kind == BoundKind::kNot;
  const BoundExpression* inner = anti ? e.args[0].get() : &e;
  return inner->kind == BoundKind::kExists ? inner : nullptr;
}

const SemiSide& semi_side(StatementContext& context, const BoundExpression& exists) {
  auto [at, added] = context.semi_sides.try_emplace(exists.pattern);
  SemiSide& side = at->second;
  if (!added) return side;
  side.slot = only_node_read(context, exists);
  if (side.slot != kNoSlot) side.plan = MatchPlanner(context, exists.pattern->graph, SlotSet()).plan(nullptr, false);
  return side;
}

NodePtr distinct_nodes(const SemiSide& side) {
  NodePtr n = on_top_of(side.plan, NodeKind::kDistinct);
  n->slots = {side.slot};
  n->estimated_rows = side.plan->estimated_rows, n->estimated_cost = side.plan->estimated_cost + side.plan->estimated_rows;
  return n;
}

BoundPtr with_marks(StatementContext& context, NodePtr& input, const BoundPtr& e) {
  if (is_test(e->kind)) {
    NodePtr join = mark_join(context, input, *e);
    if (!join) return e;
    input = join;
    return context.slot_expression(join->slot2, e->position);
  }
  if (!combines_tests(*e)) return e;
  auto copy = std::make_shared<BoundExpression>(*e);
  for (BoundPtr& a : copy->args)
    if (a) a = with_marks(context, input, a);
  return copy;
}

NodePtr add_condition(StatementContext& context, NodePtr input, const std::vector<BoundPtr>& conjuncts, double share) {
  std::vector<BoundPtr> plain, combined, exists;
  bool anti = false;
  for (const BoundPtr& c : conjuncts)
    (exists_condition(*c, anti) ? exists : combines_tests(*c) ? combined : plain).push_back(c);
  const double rows = input->estimated_rows * share;
  if (!plain.empty()) input = filter(std::move(input), std::move(plain), rows);
  if (!combined.empty()) {
    for (BoundPtr& c : combined) c = with_marks(context, input, c);
    input = filter(std::move(input), std::move(combined), rows);
  }
  for (const BoundPtr& c : exists) {
    const BoundExpression* e = exists_condition(*c, anti);
    input = semi_apply(context, input, *e, anti);
    input->estimated_rows = rows;
  }
  return input;
}

}  // namespace elegraph::query::plan
