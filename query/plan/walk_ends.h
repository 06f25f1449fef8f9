// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// Moves conditions such as `b <> a` into walks of any length from a to b.
void leave_starts_out(PhysicalNode& root);

// Finds walks of any length (kVarExpand) whose ways nobody reads, where it does not matter how often rows come that are
// alike: below DISTINCT, count(DISTINCT ..), min() and the like. They get `ends_once`. If nothing but the node at their end
// is read, a kDistinct comes on top as well: then the executor looks for what can be reached from all starts at once.
//
// `live` is filled in. True: nodes were added, and it has to be filled in again.
bool take_ends_once(PhysicalNode& root);

}  // namespace elegraph::query::plan
