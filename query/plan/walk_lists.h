// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "query/plan/physical.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

// Walks of any length give numbers in place of the lists of their relationships (PhysicalNode::walk), and these are made
// above the conditions behind the walk that do not read them. `live` is filled in. True: it has to be filled in again.
bool make_walks_late(StatementContext& context, std::shared_ptr<PhysicalNode>& root);

}  // namespace elegraph::query::plan
