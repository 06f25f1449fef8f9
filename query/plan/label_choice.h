// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/plan/physical.h"
#include "query/plan/scope.h"

// Nodes that have one label or another, as (n:A|B) or n:A OR n:B ask for.
namespace elegraph::query::plan {

// The labels where `e` is true of the nodes in `slot` with any of them, and of no others; empty where it asks for something
// else.
std::vector<std::string> label_choice(const BoundExpression& e, Slot slot);

// The rows of `input` whose node has none of the labels.
std::shared_ptr<PhysicalNode> without_labels(const StatementContext& context, std::shared_ptr<PhysicalNode> input,
                                             Slot slot, const std::vector<std::string>& labels);

// The rows of both, which bind the same slots.
std::shared_ptr<PhysicalNode> append(std::shared_ptr<PhysicalNode> left, std::shared_ptr<PhysicalNode> right,
                                     const std::vector<Slot>& slots);

}  // namespace elegraph::query::plan
