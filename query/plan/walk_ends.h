// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// Moves conditions such as `b <> a` into walks of any length from a to b.
void leave_starts_out(PhysicalNode& root);

// Puts a kDistinct on top of walks of any length (kVarExpand) of which nothing is read but the node at their end, and where it
// does not matter how often that comes: below DISTINCT, count(DISTINCT ..), min() and the like. The executor then looks for the nodes that
// can be reached, each once, and not for all ways to them.
//
// `live` is filled in. True: nodes were added, and it has to be filled in again.
bool take_ends_once(PhysicalNode& root);

}  // namespace elegraph::query::plan
