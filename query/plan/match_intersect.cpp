// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "query/plan/match_planner.h"

// Steps that close cycles: a node that several bound nodes reach is looked for in all of their lists at once (the
// generic join of Ngo, Ré and Rudra, SIGMOD Record 2013), not expanded from one of them and checked against the others.
namespace elegraph::query::plan {

namespace {

// Whether the relationship may be a leg at all.
bool single(const PatternRelationship& r) {
  return !r.bound && !r.variable_length && r.path_kind == cypher::PathKind::kPlain && r.from != r.to;
}

uint32_t other_end(const PatternRelationship& r, uint32_t node) { return r.from == node ? r.to : r.from; }

// From the bound end to the node.
Direction leg_direction(const PatternRelationship& r, uint32_t node) {
  return r.to == node ? r.direction : reverse(r.direction);
}

}  // namespace

double MatchPlanner::leg_degree(const State& s, uint32_t relationship, uint32_t node) const {
  return degree(s, relationship, graph_.relationships[relationship].to == node);
}

// The work for one row: one leg's list is read, each of its nodes is looked for in the others'. A list that stays the
// same over several rows is made a bitmap once, and a look costs next to nothing.
double MatchPlanner::intersect_cost(const State& s, const Step& step, uint32_t node) const {
  constexpr double kProbe = 0.1, kSearch = 0.6, kMark = 0.2;
  struct Leg {
    double degree, run;
  };
  std::vector<Leg> legs;
  for (uint32_t i : step.legs) {
    const PatternRelationship& r = graph_.relationships[i];
    uint32_t from = other_end(r, node);
    double degree = leg_degree(s, i, node);
    // Rows of nodes that had no such relationship are gone.
    const double ends = costs_of(i).ends;
    const bool fewer = ends > 0 && !s.unordered[from] && is_end_of_same(s, i, from);
    const double nodes = fewer ? std::min(s.rows_at[from], ends) : s.rows_at[from];
    legs.push_back({degree, s.rows / std::max(1.0, nodes)});
  }
  double best = 0;
  for (size_t driver = 0; driver < legs.size(); ++driver) {
    double each = 0, once = 0;
    for (size_t i = 0; i < legs.size(); ++i) {
      if (i == driver) continue;
      each += legs[i].run >= 2 ? kProbe : kSearch;
      if (legs[i].run >= 2) once += kMark * legs[i].degree / legs[i].run;
    }
    double cost = legs[driver].degree * each + once;
    if (driver == 0 || cost < best) best = cost;
  }
  return best + CostModel::kExpandList * double(legs.size());
}

bool MatchPlanner::intersect_step(const State& s, uint32_t node, Step& out) const {
  if (s.nodes[node]) return false;
  out.kind = Step::Kind::kIntersect, out.index = node;
  std::vector<uint32_t> ends;
  for (uint32_t i : incident_[node]) {
    const PatternRelationship& r = graph_.relationships[i];
    if (s.relationships[i] || !single(r)) continue;
    uint32_t end = other_end(r, node);
    // Of two relationships between the same nodes the second is checked afterwards.
    if (!s.nodes[end] || std::find(ends.begin(), ends.end(), end) != ends.end()) continue;
    ends.push_back(end), out.legs.push_back(i);
  }
  if (out.legs.size() < 2) return false;
  const PatternNode& target = graph_.nodes[node];
  const RelationshipCosts& first = costs_of(out.legs[0]);
  double nodes = graph_.relationships[out.legs[0]].to == node ? first.to_nodes : first.from_nodes;
  double targets = std::max(1.0, nodes), rows = s.rows * targets;
  PredicateLists changed = {&node_predicates_[node]};
  SlotSet after = s.bound;
  after.add(target.slot);
  for (uint32_t i : out.legs) {
    const PatternRelationship& r = graph_.relationships[i];
    double fraction = r.to == node ? costs_of(i).to_fraction : costs_of(i).from_fraction;
    rows *= std::min(1.0, leg_degree(s, i, node) * fraction / targets);
    after.add(r.slot);
    changed.push_back(&relationship_predicates_[i]);
  }
  out.rows = rows * predicate_share(s, after, changed, {});
  out.cost = s.rows * intersect_cost(s, out, node);
  return true;
}

void MatchPlanner::build_intersect(const Step& step, const State& s) {
  auto n = std::make_shared<PhysicalNode>();
  if (!current_) {  // a subplan, whose outer row has the ends
    n->kind = NodeKind::kArgument, n->estimated_rows = 1;
    current_ = std::exchange(n, std::make_shared<PhysicalNode>());
  }
  n->kind = NodeKind::kIntersect, n->left = current_;
  n->slot2 = graph_.nodes[step.index].slot, n->target_labels = graph_.nodes[step.index].labels;
  auto add_once = [](std::vector<Slot>& to, Slot slot) {
    if (std::find(to.begin(), to.end(), slot) == to.end()) to.push_back(slot);
  };
  for (size_t i = 0; i < step.legs.size(); ++i) {
    const PatternRelationship& r = graph_.relationships[step.legs[i]];
    IntersectLeg leg;
    leg.slot = graph_.nodes[other_end(r, step.index)].slot, leg.rel = r.slot, leg.types = r.types;
    leg.direction = leg_direction(r, step.index);
    leg.distinct_from = distinct_from(s, step.legs[i]);
    for (size_t j = 0; j < i; ++j) {
      const PatternRelationship& o = graph_.relationships[step.legs[j]];
      if (o.group == r.group && overlapping(step.legs[i], step.legs[j])) leg.distinct_legs.push_back(uint32_t(j));
    }
    for (Slot slot : leg.distinct_from) add_once(n->distinct_from, slot);
    n->legs.push_back(std::move(leg));
  }
  for (const PatternRelationship& r : graph_.relationships) {
    if (std::find(n->distinct_from.begin(), n->distinct_from.end(), r.slot) == n->distinct_from.end()) continue;
    n->ends_unknown |= r.variable_length;
    add_once(n->ends, graph_.nodes[r.from].slot), add_once(n->ends, graph_.nodes[r.to].slot);
  }
  put(n, step.rows, step.cost);
}

}  // namespace elegraph::query::plan
