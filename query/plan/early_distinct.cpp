// SPDX-License-Identifier: Apache-2.0
#include "query/plan/early_distinct.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "query/plan/cost_model.h"
#include "query/plan/liveness.h"
#include "query/plan/node_expressions.h"
#include "query/plan/row_use.h"

namespace elegraph::query::plan {

namespace {

// Rows that are alike, for each that is not, from which on it pays to find them out. A pipeline with a DISTINCT in it is
// one thread's, but not the right side of a join, which is that in any case.
constexpr double kOnRight = 4, kOnLeft = 16;
constexpr double kLeastRows = 4096;

// Takes more time for rows that are alike: it makes more rows of them, or has them to enter in a table.
bool multiplies(NodeKind kind, bool left) {
  using enum NodeKind;
  if (kind == kHashSemiJoin) return !left;
  return kind == kHashJoin || kind == kHashLeftJoin || kind == kOptional || kind == kSemiApply || kind == kExpand ||
         kind == kVarExpand || kind == kIntersect;
}

// How many rows there can be that differ in what is read of them; nothing where that is more than nodes and relationships.
std::optional<double> most_rows(const StatementContext& context, const PhysicalNode& n) {
  const CostModel costs(context);
  double most = 1;
  for (Slot s : n.live) {
    const SlotInfo& info = context.info(s);
    if (info.type.type == Type::kNode)
      most *= std::max(1.0, costs.nodes(info.labels));
    else if (info.type.type == Type::kRelationship)
      most *= std::max(1.0, costs.relationships(info.types));
    else
      return std::nullopt;
  }
  return most;
}

PhysicalPtr distinct(const StatementContext& context, PhysicalPtr input, double rows) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kDistinct;
  n->slots = input->live;
  const bool one_node = n->slots.size() == 1 && context.info(n->slots[0]).type.type == Type::kNode;
  n->all_at_once = one_node && always_bound(*input, n->slots[0]);
  n->estimated_rows = rows;
  n->estimated_cost = input->estimated_cost + input->estimated_rows;
  n->left = std::move(input);
  return n;
}

bool visit(const StatementContext& context, PhysicalNode& n, Use use);

bool visit_input(const StatementContext& context, const PhysicalNode& n, PhysicalPtr& input, bool left, Use use) {
  if (!input) return false;
  const Use of_input = use_of_input(n, left, use);
  bool changed = visit(context, const_cast<PhysicalNode&>(*input), of_input);
  if (!of_input.as_set || of_input.in_part || !multiplies(n.kind, left) || input->kind == NodeKind::kDistinct)
    return changed;
  if (!outer_slots(*input).empty() || input->estimated_rows < kLeastRows) return changed;
  const std::optional<double> most = most_rows(context, *input);
  if (!most || *most * (left ? kOnLeft : kOnRight) > input->estimated_rows) return changed;
  input = distinct(context, input, *most);
  return true;
}

bool visit(const StatementContext& context, PhysicalNode& n, Use use) {
  const bool left = visit_input(context, n, n.left, true, use);
  return visit_input(context, n, n.right, false, use) || left;
}

}  // namespace

bool distinct_early(const StatementContext& context, PhysicalNode& root) { return visit(context, root, {}); }

}  // namespace elegraph::query::plan
