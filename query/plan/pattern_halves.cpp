// SPDX-License-Identifier: Apache-2.0
#include "query/plan/pattern_halves.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "query/plan/cost_model.h"
#include "query/plan/expression_tools.h"
#include "query/plan/or_expansion.h"
#include "query/plan/semi_join.h"

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

struct Parting {
  uint32_t node;
  std::vector<bool> branch;  // of all relationships
};

// A pattern in two parts that no relationship ties: what hangs together with some node, and the rest.
struct Split {
  PatternGraph component, rest;
  std::vector<BoundPtr> across;  // conditions on both
};

std::vector<bool> connected_nodes(const PatternGraph& graph, uint32_t node) {
  std::vector<bool> in(graph.nodes.size());
  in[node] = true;
  for (bool more = true; more;) {
    more = false;
    for (const PatternRelationship& r : graph.relationships)
      if (in[r.from] != in[r.to]) in[r.from] = in[r.to] = more = true;
  }
  return in;
}

// The part of the pattern with those nodes, without conditions, and its slots.
PatternGraph part_of(const PatternGraph& graph, const std::vector<bool>& nodes, SlotSet& slots) {
  PatternGraph out = graph;
  out.nodes.clear(), out.relationships.clear(), out.paths.clear(), out.predicates.clear();
  std::vector<uint32_t> number(graph.nodes.size());
  for (uint32_t i = 0; i < graph.nodes.size(); ++i) {
    number[i] = uint32_t(out.nodes.size());
    if (nodes[i]) out.nodes.push_back(graph.nodes[i]), slots.add(graph.nodes[i].slot);
  }
  for (PatternRelationship r : graph.relationships) {
    if (!nodes[r.from]) continue;
    slots.add(r.slot);
    r.from = number[r.from], r.to = number[r.to];
    out.relationships.push_back(std::move(r));
  }
  for (const PatternPathBinding& p : graph.paths)
    if (std::ranges::all_of(p.parts, [&](Slot s) { return slots.contains(s); })) out.paths.push_back(p);
  for (const PatternPathBinding& p : out.paths) slots.add(p.slot);
  return out;
}

Split split_at(const PatternGraph& graph, uint32_t node) {
  const std::vector<bool> in = connected_nodes(graph, node);
  std::vector<bool> others = in;
  others.flip();
  SlotSet own, other;
  Split out{part_of(graph, in, own), part_of(graph, others, other), {}};
  for (const BoundPtr& p : graph.predicates) {
    const SlotSet read = slots_of(p);
    const bool reads_own = read.intersects(own), reads_other = read.intersects(other);
    if (reads_own && reads_other)
      out.across.push_back(p);
    else
      (reads_own ? out.component : out.rest).predicates.push_back(p);
  }
  return out;
}

// The cheapest parting of a pattern that is one component and costs so much in one piece, if one is clearly cheaper.
std::optional<Parting> best_parting(StatementContext& context, const PatternGraph& graph, double most) {
  std::optional<Parting> best;
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
      const NodePtr plan = MatchPlanner(context, halves, SlotSet()).plan(nullptr, false);
      const auto cost = cost_of_join(*plan, meeting_nodes(context, graph, node));
      if (!cost || *cost * kClearly > most) continue;
      most = *cost * kClearly, best = Parting{node, branch};
    }
  }
  return best;
}

PatternGraph parted(StatementContext& context, const PatternGraph& graph, const Parting& parting) {
  return parted(context, graph, parting.node, parting.branch);
}

bool may_be_same(const PatternRelationship& a, const PatternRelationship& b) {
  if (a.group != b.group || a.path_kind != cypher::PathKind::kPlain || b.path_kind != cypher::PathKind::kPlain)
    return false;
  return a.types.empty() || b.types.empty() ||
         std::ranges::any_of(a.types, [&](const std::string& t) { return std::ranges::find(b.types, t) != b.types.end(); });
}

// By an equality, or as relationships of both have to differ.
bool is_tied(const Split& split) {
  const auto in_rest = [&](const PatternRelationship& r) {
    return std::ranges::any_of(split.rest.relationships, [&](const PatternRelationship& o) { return may_be_same(r, o); });
  };
  return std::ranges::any_of(split.across, [](const BoundPtr& p) { return p->kind == BoundKind::kEqual; }) ||
         std::ranges::any_of(split.component.relationships, in_rest);
}

// The component in halves, multiplied with the rest: what it is multiplied with says nothing of how it is best found. Null
// where something else would tie the two, or it is not worth it.
NodePtr halves_beside_rest(StatementContext& context, const Split& split) {
  if (split.component.may_stop_early || !may_part(split.component) || is_tied(split)) return nullptr;
  const NodePtr whole = MatchPlanner(context, split.component, SlotSet()).plan(nullptr, false);
  if (whole->estimated_cost < kLong) return nullptr;
  const auto parting = best_parting(context, split.component, whole->estimated_cost);
  if (!parting) return nullptr;
  auto product = std::make_shared<PhysicalNode>();
  product->kind = NodeKind::kHashJoin, product->left_first = true;
  product->left = plan_match(context, split.rest);
  product->right = MatchPlanner(context, parted(context, split.component, *parting), SlotSet()).plan(nullptr, false);
  if (product->right->estimated_rows > kMostKept) return nullptr;
  const double left = product->left->estimated_rows, right = product->right->estimated_rows;
  product->estimated_rows = left * right;
  product->estimated_cost = product->left->estimated_cost + product->right->estimated_cost + left + right;
  const CostModel costs(context);
  double share = 1;
  for (const BoundPtr& p : split.across) share *= costs.selectivity(*p);
  return split.across.empty() ? product : add_condition(context, std::move(product), split.across, share);
}

}  // namespace

NodePtr join_halves(StatementContext& context, const PatternGraph& graph, double most) {
  if (most < kLong) return nullptr;
  std::vector<bool> seen(graph.nodes.size());
  for (uint32_t node = 0; node < graph.nodes.size(); ++node) {
    if (seen[node]) continue;
    const std::vector<bool> in = connected_nodes(graph, node);
    for (size_t i = 0; i < seen.size(); ++i) seen[i] = seen[i] || in[i];
    if (std::ranges::all_of(in, std::identity())) {
      const auto parting = may_part(graph) ? best_parting(context, graph, most) : std::nullopt;
      if (!parting) return nullptr;
      return MatchPlanner(context, parted(context, graph, *parting), SlotSet()).plan(nullptr, false);
    }
    if (NodePtr plan = halves_beside_rest(context, split_at(graph, node))) return plan;
  }
  return nullptr;
}

}  // namespace elegraph::query::plan
