// SPDX-License-Identifier: Apache-2.0
#include "query/plan/plan_indexes.h"

#include "query/plan/node_expressions.h"

namespace elegraph::query::plan {
namespace {

bool has_its_indexes(const BoundExpression& e, const index::IndexSet& indexes) {
  if (e.subplan && !has_its_indexes(*e.subplan, indexes)) return false;
  for (const BoundPtr& arg : e.args)
    if (arg && !has_its_indexes(*arg, indexes)) return false;
  return true;
}

}  // namespace

bool has_its_indexes(const PhysicalNode& root, const index::IndexSet& indexes) {
  if (root.index.valid() && !indexes.get(root.index)) return false;
  if (root.left && !has_its_indexes(*root.left, indexes)) return false;
  if (root.right && !has_its_indexes(*root.right, indexes)) return false;
  bool all = true;
  for_each_expression(root, [&](const BoundPtr& e) { all = all && has_its_indexes(*e, indexes); });
  return all;
}

}  // namespace elegraph::query::plan
