// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "query/plan/scope.h"

namespace elegraph::query::plan {

// The share of the index's entries that is within the range, by the values that planning knows; notes the question for
// those who run the plan with others.
double range_share(const StatementContext& context, RangeEstimate range);

// The order of magnitude of each of the plan's ranges under some values, a byte for each; empty where the plan was made
// for such. REQUIRES: rcu::ReadGuard.
std::string other_ranges(const Plan& plan, std::span<const Value> values, const index::IndexSet& indexes);

}  // namespace elegraph::query::plan
