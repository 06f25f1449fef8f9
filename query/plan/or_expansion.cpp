// SPDX-License-Identifier: Apache-2.0
#include "query/plan/or_expansion.h"

#include <algorithm>
#include <utility>

#include "query/plan/expression_tools.h"
#include "query/plan/label_choice.h"
#include "query/plan/pattern_halves.h"

namespace elegraph::query::plan {

namespace {

constexpr size_t kMostArms = 8;
constexpr double kCheap = 64;     // in rows touched: not worth another plan
constexpr double kClearly = 1.2;  // estimates are not that good

// Something that an index or an id may serve.
bool seekable(const BoundExpression& e) {
  if (e.kind == BoundKind::kAnd) return std::ranges::any_of(e.args, [](auto& a) { return seekable(*a); });
  if (!is_comparison(e.kind) && e.kind != BoundKind::kIn && e.kind != BoundKind::kStartsWith) return false;
  return std::ranges::any_of(e.args, [](const BoundPtr& a) {
    return (a->kind == BoundKind::kProperty || a->kind == BoundKind::kFunction) && !slots_of(a).empty();
  });
}

bool expandable(const BoundExpression& e) {
  return e.kind == BoundKind::kOr && e.args.size() <= kMostArms &&
         std::ranges::all_of(e.args, [](auto& a) { return seekable(*a); });
}

// False or null.
BoundPtr not_true(const BoundPtr& e) {
  BoundPtr is_false = make_call(BoundKind::kNot, {Type::kBool}, {e}, e->position);
  BoundPtr is_null = make_call(BoundKind::kIsNull, {Type::kBool}, {e}, e->position);
  return make_call(BoundKind::kOr, {Type::kBool}, {is_false, is_null}, e->position);
}

// The pattern with the arm in place of the OR, without what the arms before it have found.
PatternGraph with_arm(const PatternGraph& graph, size_t predicate, size_t arm) {
  PatternGraph out = graph;
  const BoundPtr all = graph.predicates[predicate];
  out.predicates.erase(out.predicates.begin() + ptrdiff_t(predicate));
  split_conjuncts(all->args[arm], out.predicates);
  for (size_t i = 0; i < arm; ++i) out.predicates.push_back(not_true(all->args[i]));
  return out;
}

std::vector<Slot> slots_of(const PatternGraph& graph) {
  SlotSet out;
  for (const PatternNode& n : graph.nodes) out.add(n.slot);
  for (const PatternRelationship& r : graph.relationships) out.add(r.slot);
  for (const PatternPathBinding& p : graph.paths) out.add(p.slot);
  return out.list();
}

// Null as soon as it costs more than `most`.
NodePtr expand_or(StatementContext& context, const PatternGraph& graph, size_t predicate, double most) {
  NodePtr out;
  for (size_t arm = 0; arm < graph.predicates[predicate]->args.size(); ++arm) {
    const PatternGraph one = with_arm(graph, predicate, arm);
    NodePtr plan = MatchPlanner(context, one, SlotSet()).plan(nullptr, false);
    out = out ? append(std::move(out), std::move(plan), slots_of(graph)) : std::move(plan);
    if (out->estimated_cost * kClearly > most) return nullptr;
  }
  return out;
}

}  // namespace

NodePtr plan_match(StatementContext& context, const PatternGraph& graph) {
  NodePtr best = MatchPlanner(context, graph, SlotSet()).plan(nullptr, false);
  if (best->estimated_cost <= kCheap || !context.deterministic) return best;
  for (size_t i = 0; i < graph.predicates.size(); ++i)
    if (expandable(*graph.predicates[i]))
      if (NodePtr other = expand_or(context, graph, i, best->estimated_cost)) best = std::move(other);
  if (NodePtr other = join_halves(context, graph, best->estimated_cost)) best = std::move(other);
  return best;
}

}  // namespace elegraph::query::plan
