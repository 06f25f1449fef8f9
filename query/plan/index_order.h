// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "query/plan/physical.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

// `input` with its rows in the order of `keys`, taken from an index instead of a sort: nothing has to be read to the end
// before the first row goes on, and under a LIMIT the rest is never read. Null where no index gives that order, or where
// it would cost more: an index is walked row by row, a scan read by columns. `limit`: how many rows are likely to be
// taken, if not all.
//
// An index seek that is there anyway comes in its index's order. A label scan, or a scan of the relationships of one type
// in one direction, is exchanged for a walk over an index of one property; what is without the property has no entry and
// comes from a scan of its own, before or behind.
//
// Expansions keep the order of the rows that they expand. So does a grouping whose rows come together group by group; it is
// told so (PhysicalNode::index_ordered), and gives each group on when it is complete.
std::shared_ptr<PhysicalNode> in_index_order(const StatementContext& context, const PhysicalPtr& input,
                                             std::span<const SortKey> keys, std::optional<double> limit);

// The same where any `limit` groups will do: null where `input` is no grouping by a node that its rows come from (or by an
// indexed property of it), or all workers together are likely to have all groups sooner than one has so many.
std::shared_ptr<PhysicalNode> in_groups(const StatementContext& context, const PhysicalPtr& input, double limit);

// `top`, a top-k, where an index gives the order of the first of its keys only: rows that are alike in these are sorted by
// the rest, and none is read behind those that the limit is reached in (PhysicalNode::presorted). Also where it gives the
// order of all keys, but conditions drop rows before they are counted. Null where no index does, or where so many are alike
// that all rows are likely to be sorted sooner.
std::shared_ptr<PhysicalNode> partly_in_index_order(const StatementContext& context, const PhysicalPtr& top, double limit);

}  // namespace elegraph::query::plan
