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

constexpr double kLong = 50'000;   // below this nobody minds
constexpr double kMostKept = 4e6;  // rows in a table that stands for what the graph's own lists tell

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

bool has_subplan(const BoundExpression& e) {
  return any_part(e, [](const BoundExpression& p) { return p.subplan != nullptr; });
}

// What a pattern that begins or ends at nodes of the row becomes without them: it has nodes of its own in their places,
// which have to be the same ones.
class Untied {
 public:
  Untied(StatementContext& context, const PatternGraph& graph, const SlotSet& outer) : graph(graph) {
    for (PatternNode& n : this->graph.nodes) {
      if (!outer.contains(n.slot)) continue;
      const SlotInfo info = context.info(n.slot);
      const Slot own = context.new_slot(info.type, "");
      context.info(own).labels = info.labels;
      shared_.emplace_back(n.slot, own);
      outer_keys.push_back(make_slot(n.slot, info.type)), keys.push_back(make_slot(own, info.type));
      n.slot = own;
    }
    for (BoundPtr& p : this->graph.predicates) p = untie(p);
  }

  PatternGraph graph;
  std::vector<BoundPtr> outer_keys, keys;

 private:
  // Conditions on these nodes are as true of the pattern's own.
  BoundPtr untie(const BoundPtr& e) const {
    if (has_subplan(*e)) return e;
    return rewrite(e, [&](const BoundPtr& part) -> BoundPtr {
      if (part->kind != BoundKind::kSlot) return nullptr;
      const auto found = std::ranges::find(shared_, part->slot, &std::pair<Slot, Slot>::first);
      return found == shared_.end() ? nullptr : make_slot(found->second, part->type, part->position);
    });
  }

  std::vector<std::pair<Slot, Slot>> shared_;
};

// Reading it cannot fail, whatever conditions came before.
bool is_column(const BoundExpression& e) {
  return e.kind == BoundKind::kSlot || (e.kind == BoundKind::kProperty && e.args[0]->kind == BoundKind::kSlot);
}

bool is_value(const BoundExpression& e) {
  return e.kind == BoundKind::kLiteral || e.kind == BoundKind::kParameter || is_column(e);
}

// Comparisons of properties and constants, and what combines such: they hold or do not, of any node.
bool cannot_fail(const BoundExpression& e) {
  const bool combines = e.kind >= BoundKind::kAnd && e.kind <= BoundKind::kNot;
  const bool tests = (e.kind >= BoundKind::kEqual && e.kind <= BoundKind::kGreaterEqual) || e.kind == BoundKind::kIsNull ||
                     e.kind == BoundKind::kIsNotNull || e.kind == BoundKind::kHasLabels;
  return (combines || tests) &&
         std::ranges::all_of(e.args, [&](const BoundPtr& a) { return combines ? cannot_fail(*a) : is_value(*a); });
}

// Whether all of a pattern may be found, also what no row leads to: looking at that must not end the statement.
bool may_be_found_whole(const PatternGraph& graph) {
  return std::ranges::all_of(graph.predicates, [](const BoundPtr& p) { return cannot_fail(*p); }) &&
         std::ranges::all_of(graph.relationships, [](const PatternRelationship& r) {
           return r.path_kind == cypher::PathKind::kPlain && r.element_predicates.empty() && r.hop_predicates.empty() &&
                  r.pair_predicates.empty();
         });
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
  if (std::ranges::any_of(graph.relationships, &PatternRelationship::bound)) return side;
  Untied untied(context, graph, outer_slots(each.plan));
  PatternGraph& alone = untied.graph;
  side.by_nodes = !untied.keys.empty();
  // Either side may have grown by the time that the plan runs.
  const bool many = context.runs > 1;
  const double left =
      many ? each.input.estimated_rows : CostModel::likely_rows(each.input.estimated_rows, each.input.estimated_cost);
  const double in = context.runs * std::min(left, each.most);
  if (side.by_nodes && in * each.plan.estimated_cost * each.share < kLong) return side;
  side.outer_keys = std::move(untied.outer_keys), side.keys = std::move(untied.keys);
  Split split(alone, side);
  if (!split.take(alone.predicates)) return side;
  alone.predicates = std::move(split.alone);
  if (side.by_nodes && !may_be_found_whole(alone)) return side;
  alone.grouped_by.clear();
  alone.sorted_by = kNoSlot;
  NodePtr plan = MatchPlanner(context, alone, SlotSet()).plan(nullptr, false);
  if (!outer_slots(*plan).empty()) return side;
  const double rows = CostModel::likely_rows(plan->estimated_rows, plan->estimated_cost);
  side.cost = plan->estimated_cost + rows * CostModel::kBuildRow + in * CostModel::kProbeRow;
  // What begins at nodes of the row is looked for in whole batches of them, and goes through no more as the side grows.
  double one = each.plan.estimated_cost * each.share;
  if (!side.by_nodes) one = CostModel::kRestart + (each.plan.estimated_cost + rows - plan->estimated_rows) * each.share;
  if (side.by_nodes && rows > kMostKept) return side;
  if (side.cost < in * one) side.plan = std::move(plan);
  return side;
}

void set_hash_side(PhysicalNode& join, HashSide side) {
  join.right = std::move(side.plan);
  join.expressions = std::move(side.outer_keys), join.expressions2 = std::move(side.keys);
  join.residual = std::move(side.residual);
}

}  // namespace elegraph::query::plan
