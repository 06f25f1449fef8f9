// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "query/plan/expression.h"

namespace elegraph::query::plan {

// A bound expression as EXPLAIN shows it: near to Cypher, with #n for slot n.
std::string expression_text(const BoundExpression& e);

}  // namespace elegraph::query::plan
