// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "query/plan/physical.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

// `grouping` over a product, where each key and each aggregate reads one side alone: each side is grouped by itself, and
// rows of the two are put together. `MATCH (a:A), (b:B) RETURN count(*), sum(a.x), max(b.y)` looks at |A| + |B| rows
// instead of |A| * |B| pairs. Null where it is no such grouping, or few pairs are expected.
std::shared_ptr<PhysicalNode> by_components(StatementContext& context, const PhysicalPtr& grouping);

}  // namespace elegraph::query::plan
