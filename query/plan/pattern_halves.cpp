// SPDX-License-Identifier: Apache-2.0
#include "query/plan/pattern_halves.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "query/plan/cost_model.h"
#include "query/plan/expression_tools.h"

namespace elegraph::query::plan {

namespace {

constexpr double kLong = 50'000;         // in rows touched: what costs less is not worth other plans
constexpr double kClearly = 4;           // one worker makes the table, and the rows of halves are estimates too
constexpr double kMostKept = 1'000'000;  // rows of the one half, which are all in memory
constexpr size_t kMostRelationships = 8;

bool may_part(const PatternGraph& graph) {
  const size_t count = graph.relationships.size();
  return count >= 2 && count <= kMostRelationships && !graph.grows && graph.sorted_by == kNoSlot &&
         std::ranges::none_of(graph.relationships, [](const PatternRelationship& r) {
           return r.bound || r.variable_length || r.path_kind != cypher::PathKind::kPlain;
         });
}

// The relationships that hang together with `first` without going through `node`.
std::vector<bool> branch_of(const PatternGraph& graph, uint32_t node, uint32_t first) {
  std::vector<bool> relationships(graph.relationships.size()), nodes(graph.nodes.size());
  relationships[first] = true;
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < relationships.size(); ++i)
      if (relationships[i])
        for (uint32_t end : {graph.relationships[i].from, graph.relationships[i].to})
          if (end != node) nodes[end] = true;
    for (size_t i = 0; i < relationships.size(); ++i) {
      const PatternRelationship& r = graph.relationships[i];
      if (relationships[i] || (!nodes[r.from] && !nodes[r.to])) continue;
      relationships[i] = more = true;
    }
  }
  return relationships;
}

// Whether a condition reads nothing but what is on this side of the node: else there is no reason why few should be there.
bool has_condition(const PatternGraph& graph, uint32_t node, const std::vector<bool>& branch, bool within) {
  SlotSet side;
  for (size_t i = 0; i < branch.size(); ++i) {
    if (branch[i] != within) continue;
    const PatternRelationship& r = graph.relationships[i];
    side.add(r.slot);
    for (uint32_t end : {r.from, r.to})
      if (end != node) side.add(graph.nodes[end].slot);
  }
  return std::ranges::any_of(graph.predicates, [&](const BoundPtr& p) {
    const SlotSet slots = slots_of(p);
    return !slots.empty() && side.contains_all(slots);
  });
}

// The pattern in which the branch begins at a node of its own, which has to be the same one.
PatternGraph parted(StatementContext& context, const PatternGraph& graph, uint32_t node, const std::vector<bool>& branch) {
  PatternGraph out = graph;
  const Slot slot = graph.nodes[node].slot;
  const SlotInfo info = context.info(slot);
  PatternNode other{context.new_slot(info.type, ""), graph.nodes[node].labels};
  context.info(other.slot).labels = info.labels;
  out.predicates.push_back(
      make_call(BoundKind::kEqual, {Type::kBool}, {make_slot(slot, info.type), make_slot(other.slot, info.type)}));
  for (size_t i = 0; i < branch.size(); ++i) {
    if (!branch[i]) continue;
    for (uint32_t* end : {&out.relationships[i].from, &out.relationships[i].to})
      if (*end == node) *end = uint32_t(graph.nodes.size());
  }
  out.nodes.push_back(std::move(other));
  return out;
}

// How many nodes the halves may meet in.
double meeting_nodes(const StatementContext& context, const PatternGraph& graph, uint32_t node) {
  const CostModel costs(context);
  double count = costs.all_nodes();
  if (const auto& labels = graph.nodes[node].labels; !labels.empty()) count = std::min(count, costs.nodes(labels));
  for (const PatternRelationship& r : graph.relationships) {
    if ((r.from != node && r.to != node) || r.direction == Direction::kBoth) continue;
    const bool source = (r.from == node) == (r.direction == Direction::kOut);
    const std::string label = costs.label_of_ends(r.types, source ? Direction::kOut : Direction::kIn);
    if (!label.empty()) count = std::min(count, costs.nodes(std::vector{label}));
  }
  return std::max(1.0, count);
}

const PhysicalNode* hash_join_in(const PhysicalNode* n) {
  while (n && n->kind != NodeKind::kHashJoin) n = n->left.get();
  return n;
}

// What the plan costs with all the pairs that meet in one of so many nodes; nothing where it is no join.
std::optional<double> cost_of_join(const PhysicalNode& plan, double nodes) {
  const PhysicalNode* join = hash_join_in(&plan);
  if (!join) return std::nullopt;
  const double left = join->left->estimated_rows, right = join->right->estimated_rows;
  if (right > kMostKept) return std::nullopt;
  const double pairs = left * right / std::min(nodes, std::max({left, right, 1.0}));
  return plan.estimated_cost + pairs * (CostModel::kHashedRow + CostModel::kCheck);
}

}  // namespace

NodePtr join_halves(StatementContext& context, const PatternGraph& graph, double most) {
  if (most < kLong || !may_part(graph)) return nullptr;
  NodePtr best;
  for (uint32_t node = 0; node < graph.nodes.size(); ++node) {
    std::vector<bool> seen(graph.relationships.size());
    uint32_t branches = 0;
    for (uint32_t r = 0; r < graph.relationships.size(); ++r) {
      if (seen[r] || (graph.relationships[r].from != node && graph.relationships[r].to != node)) continue;
      const std::vector<bool> branch = branch_of(graph, node, r);
      for (size_t i = 0; i < seen.size(); ++i) seen[i] = seen[i] || branch[i];
      if (++branches == 1) continue;  // with two of them the one is the rest of the other
      if (!has_condition(graph, node, branch, true) || !has_condition(graph, node, branch, false)) continue;
      const PatternGraph halves = parted(context, graph, node, branch);
      NodePtr plan = MatchPlanner(context, halves, SlotSet()).plan(nullptr, false);
      const auto cost = cost_of_join(*plan, meeting_nodes(context, graph, node));
      if (!cost || *cost * kClearly > most) continue;
      most = *cost * kClearly, best = std::move(plan);
    }
  }
  return best;
}

}  // namespace elegraph::query::plan
