// SPDX-License-Identifier: Apache-2.0
#include "query/plan/hash_side.h"

#include <algorithm>
#include <utility>

#include "query/plan/cost_model.h"
#include "query/plan/effects.h"
#include "query/plan/expression_tools.h"
#include "query/plan/liveness.h"

namespace elegraph::query::plan {

namespace {

// All that the pattern binds.
SlotSet slots_in(const PatternGraph& graph) {
  SlotSet out;
  for (const PatternNode& n : graph.nodes) out.add(n.slot);
  for (const PatternRelationship& r : graph.relationships) {
    for (Slot s : {r.slot, r.element, r.hop_node, r.first, r.second}) out.add(s);
  }
  for (const PatternPathBinding& p : graph.paths) out.add(p.slot);
  return out;
}

bool binds_all(const PatternGraph& graph, const SlotSet& outer) {
  return std::ranges::none_of(graph.nodes, [&](const PatternNode& n) { return outer.contains(n.slot); }) &&
         std::ranges::none_of(graph.relationships, [](const PatternRelationship& r) { return r.bound; });
}

bool has_subplan(const BoundExpression& e) {
  return any_part(e, [](const BoundExpression& p) { return p.subplan != nullptr; });
}

// Reading it cannot fail, whatever conditions came before.
bool is_column(const BoundExpression& e) {
  return e.kind == BoundKind::kSlot || (e.kind == BoundKind::kProperty && e.args[0]->kind == BoundKind::kSlot);
}

// Of conditions on the pattern: those that are its own, and those that tie it to the row.
class Split {
 public:
  Split(const PatternGraph& graph, HashSide& side) : own_(slots_in(graph)), side_(side) {}

  // False where a join does not do.
  bool take(const std::vector<BoundPtr>& predicates) {
    for (const BoundPtr& p : predicates) {
      if (own_.contains_all(slots_of(p))) {
        alone.push_back(p);
        continue;
      }
      if (has_subplan(*p)) return false;
      if (p->kind != BoundKind::kEqual || (!take_keys(p->args[0], p->args[1]) && !take_keys(p->args[1], p->args[0])))
        side_.residual.push_back(p);
    }
    // Keys are read of all rows, and other conditions might keep some of them from it.
    const bool safe = std::ranges::all_of(side_.outer_keys, [](auto& k) { return is_column(*k); }) &&
                      std::ranges::all_of(side_.keys, [](auto& k) { return is_column(*k); });
    return !side_.keys.empty() && (safe || side_.residual.empty());
  }

  std::vector<BoundPtr> alone;

 private:
  bool take_keys(const BoundPtr& outer, const BoundPtr& inner) {
    const SlotSet of_row = slots_of(outer), of_pattern = slots_of(inner);
    if (of_row.empty() || of_row.intersects(own_) || of_pattern.empty() || !own_.contains_all(of_pattern)) return false;
    side_.outer_keys.push_back(outer), side_.keys.push_back(inner);
    return true;
  }

  SlotSet own_;
  HashSide& side_;
};

}  // namespace

HashSide hash_side(StatementContext& context, const PatternGraph& graph, const EachRow& each) {
  HashSide side;
  const bool once = context.runs <= 1.5 && at_most_one_row(each.input, *context.planning.indexes);
  if (!context.deterministic || once) return side;
  if (!binds_all(graph, outer_slots(each.plan))) return side;
  Split split(graph, side);
  if (!split.take(graph.predicates)) return side;
  PatternGraph alone = graph;
  alone.predicates = std::move(split.alone);
  alone.grouped_by.clear();
  alone.sorted_by = kNoSlot;
  NodePtr plan = MatchPlanner(context, alone, SlotSet()).plan(nullptr, false);
  if (!outer_slots(*plan).empty()) return side;
  // Either side may have grown by the time that the plan runs.
  const bool many = context.runs > 1;
  const double left =
      many ? each.input.estimated_rows : CostModel::likely_rows(each.input.estimated_rows, each.input.estimated_cost);
  const double in = context.runs * std::min(left, each.most);
  const double rows = CostModel::likely_rows(plan->estimated_rows, plan->estimated_cost);
  const double one = each.plan.estimated_cost + rows - plan->estimated_rows;
  side.cost = plan->estimated_cost + rows * CostModel::kBuildRow + in * CostModel::kProbeRow;
  if (side.cost < in * (CostModel::kRestart + one * each.share)) side.plan = std::move(plan);
  return side;
}

void set_hash_side(PhysicalNode& join, HashSide side) {
  join.right = std::move(side.plan);
  join.expressions = std::move(side.outer_keys), join.expressions2 = std::move(side.keys);
  join.residual = std::move(side.residual);
}

}  // namespace elegraph::query::plan
