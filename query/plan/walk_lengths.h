// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"
#include "query/plan/scope.h"
#include "query/plan/slot_set.h"

namespace elegraph::query::plan {

// Of walks of any length of which nothing is read but how many relationships they have, size(r) or length(p), that number
// becomes a column (PhysicalNode::hops) in place of the list and the path. `needed`: the slots that are read of the root's
// rows. `live` is filled in. True: it has to be filled in again.
bool count_hops(StatementContext& context, PhysicalNode& root, const SlotSet& needed);

}  // namespace elegraph::query::plan
