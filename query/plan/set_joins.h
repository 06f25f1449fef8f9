// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// Below DISTINCT and what else takes rows that are alike once, a hash join of which nobody reads the right side only says
// which left rows have a match: it need not make all the pairs. Conditions on pairs become the semi-join's. To be called
// when it is known which slots are read. Whether anything has changed, and with it what is read.
bool join_as_sets(PhysicalNode& root);

}  // namespace elegraph::query::plan
