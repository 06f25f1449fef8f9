// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "query/exec/evaluator.h"

namespace elegraph::query::exec {

// The number in a SKIP, LIMIT or top-k. Errors: 22023 for what is no number of rows.
uint64_t row_limit(Evaluator& e, const State& state, std::string_view clause);

// Whether the plan changes the graph.
bool has_updates(const plan::PhysicalNode& node);

}  // namespace elegraph::query::exec
