// SPDX-License-Identifier: Apache-2.0
#include "query/plan/row_use.h"

#include <algorithm>

#include "query/plan/expression_tools.h"
#include "query/plan/node_expressions.h"

namespace elegraph::query::plan {

namespace {

bool ignores_repetition(const AggregateCall& c) {
  return c.distinct || c.def->kind == AggregateKind::kMin || c.def->kind == AggregateKind::kMax;
}

// Each row gives the same result whenever it comes.
bool decides_by_row(const PhysicalNode& n) {
  bool out = true;
  for_each_expression(n, [&](const BoundPtr& e) {
    out = out &&
          !any_part(*e, [](const BoundExpression& p) { return p.subplan || (p.function && !p.function->deterministic); });
  });
  return out;
}

// The same of all that runs for a row: nothing in it writes or is left to chance.
bool decides_by_row(const PhysicalPtr& tree) {
  using enum NodeKind;
  if (!tree) return true;
  switch (tree->kind) {
    case kCreate:
    case kMerge:
    case kSet:
    case kDelete:
    case kForeach:
    case kProcedure: return false;
    default: return decides_by_row(*tree) && decides_by_row(tree->left) && decides_by_row(tree->right);
  }
}

}  // namespace

Use use_of_input(const PhysicalNode& n, bool left, Use use) {
  using enum NodeKind;
  const bool as_set = use.as_set && decides_by_row(n) && decides_by_row(n.right);
  switch (n.kind) {
    case kAggregate:
      return {!n.by_node && std::ranges::all_of(n.aggregates, ignores_repetition) && decides_by_row(n), false};
    case kDistinct: return {true, use.in_part && !n.all_at_once};
    case kSort: return {as_set && !n.limit, false};
    case kSkip: return {false, use.in_part};
    case kLimit: return {false, true};
    case kSemiApply: return left ? Use{as_set, use.in_part} : Use{true, true};
    case kNodeSemiJoin:
    case kHashSemiJoin: return left ? Use{as_set, use.in_part} : Use{true, false};
    case kHashCount: return left ? Use{as_set, use.in_part} : Use{};
    case kFilter:
    case kProject:
    case kUnwind:
    case kExpand:
    case kVarExpand:
    case kIntersect:
    case kShortestPath:
    case kApply:
    case kOptional:
    case kHashLeftJoin:
    case kHashJoin: return {as_set, use.in_part};
    default: return {};
  }
}

}  // namespace elegraph::query::plan
