// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// Tells the collect() calls of whose lists only the first elements are read, as in head(collect(x)) and collect(x)[..3], how
// many these are (AggregateCall::first). REQUIRES: fill_live().
void mark_list_prefixes(PhysicalNode& root);

}  // namespace elegraph::query::plan
