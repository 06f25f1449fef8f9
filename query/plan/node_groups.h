// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "query/plan/physical.h"
#include "query/plan/semantic.h"

namespace elegraph::query::plan {

// A copy of the operators in which the topmost grouping takes its groups one after the other as a scan gives their nodes
// (PhysicalNode::by_node): it groups by the node that the rows start from, alone or beside other keys, or by a property
// that no two of those nodes share, and all that is between keeps rows of one node together. Null where that is not so.
//
// What comes of it fits an operator that takes rows of several workers (a top-k, another grouping): each group is one
// worker's alone, so nothing is hashed, kept or put together but what is above.
std::shared_ptr<PhysicalNode> by_scanned_nodes(const StatementContext& context, const PhysicalPtr& input);

}  // namespace elegraph::query::plan
