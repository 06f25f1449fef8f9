// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <utility>

#include "query/plan/match_planner.h"

// Conditions such as `country IN [x, y]` on a node that is found by an expansion, or right after one: where x and y are
// known, the expansion itself leaves ends out that lead nowhere else (a semi-join reduction: Bernstein and Chiu 1981).
namespace elegraph::query::plan {

namespace {

bool is_slot(const BoundExpression& e, Slot slot) { return e.kind == BoundKind::kSlot && e.slot == slot; }

bool is_bound_slot(const BoundExpression& e, const SlotSet& bound) {
  return e.kind == BoundKind::kSlot && bound.contains(e.slot);
}

// Adds the nodes, or lists of nodes, one of which `slot` must be where the condition is true; false where it does not say.
bool add_known(const BoundExpression& condition, Slot slot, const SlotSet& bound, std::vector<BoundPtr>& out) {
  const auto& args = condition.args;
  auto add = [&](const BoundPtr& e) {
    const bool known = is_bound_slot(*e, bound);
    if (known) out.push_back(e);
    return known;
  };
  auto add_arm = [&](const BoundPtr& e) { return add_known(*e, slot, bound, out); };
  switch (condition.kind) {
    case BoundKind::kEqual:
    case BoundKind::kSameNode:
      if (is_slot(*args[0], slot)) return add(args[1]);
      return is_slot(*args[1], slot) && add(args[0]);
    case BoundKind::kIn:
      if (!is_slot(*args[0], slot)) return false;
      return args[1]->kind == BoundKind::kList ? std::ranges::all_of(args[1]->args, add) : add(args[1]);
    case BoundKind::kOr: return std::ranges::all_of(args, add_arm);
    case BoundKind::kAnd: return std::ranges::any_of(args, add_arm);
    default: return false;
  }
}

}  // namespace

// By the first condition that says what it must be; empty where none does.
std::vector<BoundPtr> MatchPlanner::known_nodes(uint32_t node, const SlotSet& bound) const {
  for (uint32_t i : node_predicates_[node]) {
    std::vector<BoundPtr> out;
    if (add_known(*graph_.predicates[i], graph_.nodes[node].slot, bound, out)) return out;
  }
  return {};
}

// `s`: before the expansion, which leads to the node number `end`.
void MatchPlanner::add_known_ends(PhysicalNode& expansion, uint32_t end, const State& s) const {
  if (auto nodes = known_nodes(end, s.bound); !nodes.empty())
    expansion.known_ends.push_back({std::move(nodes), false, {}, Direction::kOut});
  for (uint32_t i : incident_[end]) {
    const PatternRelationship& r = graph_.relationships[i];
    const uint32_t other = r.from == end ? r.to : r.from;
    if (r.bound || r.variable_length || r.path_kind != cypher::PathKind::kPlain || s.relationships[i]) continue;
    if (other == end || s.nodes[other] || r.slot == expansion.rel) continue;
    auto nodes = known_nodes(other, s.bound);
    if (nodes.empty()) continue;
    const Direction direction = r.from == end ? r.direction : reverse(r.direction);
    expansion.known_ends.push_back({std::move(nodes), true, r.types, direction});
  }
}

}  // namespace elegraph::query::plan
