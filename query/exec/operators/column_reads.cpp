// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/column_reads.h"

#include <algorithm>
#include <vector>

#include "query/exec/expressions/referenced.h"
#include "query/plan/node_expressions.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;
using plan::NodeKind;

// Bodies of these are computed over rows of their own, which are no chunk's: what they read of the node goes by its id.
bool has_own_rows(BoundKind kind) {
  switch (kind) {
    case BoundKind::kListComprehension:
    case BoundKind::kAll:
    case BoundKind::kAny:
    case BoundKind::kNone:
    case BoundKind::kSingle:
    case BoundKind::kReduce: return true;
    default: return false;
  }
}

bool refers_to(const plan::BoundExpression& e, plan::Slot slot) {
  std::vector<plan::Slot> read;
  referenced_slots(e, read);
  return std::find(read.begin(), read.end(), slot) != read.end();
}

bool reads_columns(const plan::BoundExpression& e, plan::Slot slot) {
  if (e.subplan || e.kind == BoundKind::kPath) return false;
  if (has_own_rows(e.kind)) return !refers_to(e, slot);
  if (e.kind == BoundKind::kSlot) return e.slot != slot;
  if (e.kind == BoundKind::kProperty && e.args[0] && e.args[0]->kind == BoundKind::kSlot) return true;
  for (const plan::BoundPtr& a : e.args)
    if (a && !reads_columns(*a, slot)) return false;
  return true;
}

// The nodes above `scan` within the plan proper, the nearest last; false where it is not there (in a subplan).
bool find_path(const plan::PhysicalNode& n, const plan::PhysicalNode& scan, std::vector<const plan::PhysicalNode*>& path) {
  if (&n == &scan) return true;
  path.push_back(&n);
  if (n.left && find_path(*n.left, scan, path)) return true;
  if (n.right && find_path(*n.right, scan, path)) return true;
  path.pop_back();
  return false;
}

}  // namespace

bool only_columns_read(const plan::Plan& plan, const plan::PhysicalNode& scan) {
  std::vector<const plan::PhysicalNode*> path;
  if (plan.writes || !plan.root || !find_path(*plan.root, scan, path)) return false;
  for (size_t i = path.size(); i-- > 0;) {
    const plan::PhysicalNode& n = *path[i];
    if (n.kind != NodeKind::kFilter && n.kind != NodeKind::kAggregate) return false;
    bool columns = !n.by_node;
    plan::for_each_expression(n, [&](const plan::BoundPtr& e) { columns = columns && reads_columns(*e, scan.slot); });
    if (!columns) return false;
    if (n.kind == NodeKind::kAggregate) return true;
  }
  return false;
}

std::vector<KeyId> missing_keys(const plan::Plan& plan, const plan::PhysicalNode& scan, plan::Slot entity) {
  std::vector<const plan::PhysicalNode*> path;
  if (!plan.root || !find_path(*plan.root, scan, path) || path.empty() || path.back()->kind != NodeKind::kFilter) return {};
  std::vector<KeyId> out;
  for (const plan::BoundPtr& e : path.back()->expressions) {
    if (e->kind != BoundKind::kIsNull || e->args[0]->kind != BoundKind::kProperty) continue;
    const plan::BoundExpression& property = *e->args[0];
    const bool of_it = property.args[0]->kind == BoundKind::kSlot && property.args[0]->slot == entity;
    if (of_it && property.key_id.valid()) out.push_back(property.key_id);
  }
  return out;
}

}  // namespace elegraph::query::exec
