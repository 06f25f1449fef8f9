// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "query/plan/expression.h"

namespace elegraph::query::exec {

// Adds the slots that the expression reads to `out`, each once; of a subplan, those of its whole tree.
void referenced_slots(const plan::BoundExpression& e, std::vector<plan::Slot>& out);

// The same for all expressions of one node, without its children.
void referenced_slots(const plan::PhysicalNode& node, std::vector<plan::Slot>& out);

}  // namespace elegraph::query::exec
