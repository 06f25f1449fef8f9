// SPDX-License-Identifier: Apache-2.0
#include "query/plan/sharing.h"

#include <algorithm>

#include "query/plan/expression_tools.h"
#include "query/plan/node_expressions.h"

namespace elegraph::query::plan {

namespace {

// In rows touched. Cheaper statements would wait longer for others than they run.
constexpr double kWorthSharing = 16'384;
// No more are kept for others; estimates are rough.
constexpr double kFewRows = 2'048;

// How often each parameter is read, and whether there is anything that depends on more than parameters and snapshot.
struct Survey {
  explicit Survey(size_t parameters) : uses(parameters) {}

  void expression(const BoundExpression& e) {
    if (e.kind == BoundKind::kParameter && e.parameter < uses.size()) uses[e.parameter]++;
    for (const BoundPtr& a : e.args)
      if (a) expression(*a);
    if (e.subplan) tree(*e.subplan);
  }
  void tree(const PhysicalNode& n) {
    repeatable = repeatable && n.kind != NodeKind::kProcedure && n.kind != NodeKind::kVirtualTable;
    for_each_expression(n, [&](const BoundPtr& e) { expression(*e); });
    if (n.left) tree(*n.left);
    if (n.right) tree(*n.right);
  }

  std::vector<uint32_t> uses;
  bool repeatable = true;
};

// What can be read of every row without an error, so that it does not matter which other conditions came before.
bool is_column(const BoundExpression& e) {
  if (e.kind == BoundKind::kSlot) return true;
  if (e.kind != BoundKind::kProperty || !e.args[0] || e.args[0]->kind != BoundKind::kSlot) return false;
  Type of = e.args[0]->type.type;
  return of == Type::kNode || of == Type::kRelationship;
}

bool answers_at_end(const PhysicalNode* n) {
  while (n && (n->kind == NodeKind::kProject || n->kind == NodeKind::kSkip || n->kind == NodeKind::kLimit))
    n = n->left.get();
  return n && (n->kind == NodeKind::kAggregate || n->kind == NodeKind::kSort) && n->estimated_rows < kFewRows;
}

// The aggregate that all rows of the plan come from, without groups.
const PhysicalNode* only_aggregate(const PhysicalNode* n) {
  while (n && (n->kind == NodeKind::kProject || n->kind == NodeKind::kSort || n->kind == NodeKind::kSkip ||
               n->kind == NodeKind::kLimit))
    n = n->left.get();
  if (!n || n->kind != NodeKind::kAggregate || !n->expressions.empty()) return nullptr;
  bool plain = std::none_of(n->aggregates.begin(), n->aggregates.end(), [](auto& a) { return a.distinct || a.arg2; });
  bool filtered = n->left && n->left->kind == NodeKind::kFilter && n->left->left;
  return plain && filtered ? n : nullptr;
}

void find_free_parameters(const Survey& survey, Sharing& out) {
  const BoundExpression* column = nullptr;
  ColumnComparison c;
  for (const BoundPtr& e : out.aggregate->left->expressions) {
    if (!as_column_comparison(*e, c) || survey.uses[c.parameter] != 1) continue;
    if (column && !same_expression(*column, *c.column)) continue;
    column = c.column;
    out.free.push_back(c.parameter);
  }
  std::sort(out.free.begin(), out.free.end());
}

}  // namespace

bool as_column_comparison(const BoundExpression& e, ColumnComparison& out) {
  if (!is_comparison(e.kind) || e.args.size() != 2 || !e.args[0] || !e.args[1]) return false;
  const BoundExpression *a = e.args[0].get(), *b = e.args[1].get();
  out.kind = e.kind;
  if (a->kind == BoundKind::kParameter) {
    std::swap(a, b);
    out.kind = mirrored(e.kind);
  }
  out.column = a;
  out.parameter = b->parameter;
  return b->kind == BoundKind::kParameter && is_column(*a);
}

Sharing sharing_of(const Plan& plan) {
  Sharing out;
  if (!plan.root || plan.writes || !plan.same_in_all_sessions || plan.columns.empty()) return out;
  if (plan.root->estimated_cost < kWorthSharing) return out;
  Survey survey(plan.parameters.size());
  survey.tree(*plan.root);
  out.shareable = survey.repeatable;
  if (!out.shareable) return out;
  out.answers_at_end = answers_at_end(plan.root.get());
  out.aggregate = only_aggregate(plan.root.get());
  if (out.aggregate) find_free_parameters(survey, out);
  if (out.free.empty()) out.aggregate = nullptr;
  return out;
}

}  // namespace elegraph::query::plan
