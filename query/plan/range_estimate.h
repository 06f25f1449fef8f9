// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
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

// The expression's value where no row is needed for it and planning knows its parameters; null: not known.
Value known_value(const BoundExpression& e, std::span<const Value> values);

// How many elements a call of range() gives, where its arguments are known.
std::optional<double> range_length(const BoundExpression& call, std::span<const Value> values);

// How many elements the longest of the plan's calls of range() has under these values.
double longest_range_made(const Plan& plan, std::span<const Value> values);

}  // namespace elegraph::query::plan
