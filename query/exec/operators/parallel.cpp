// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/parallel.h"

#include "query/exec/operators/correlated.h"

namespace elegraph::query::exec {

namespace {

// Work that each worker may as well do for itself.
constexpr double kDoneByEach = 50'000;

// Rows that the pipeline must be expected to touch before it is worth waking others.
constexpr double kWorthSplitting = 50'000;

bool has_scans(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  if (node.kind == kAllNodesScan || node.kind == kLabelScan || node.kind == kRelationshipScan) return true;
  return (node.left && has_scans(*node.left)) || (node.right && has_scans(*node.right));
}

bool splittable(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  switch (node.kind) {
    case kAllNodesScan:
    case kLabelScan:
    case kRelationshipScan: return true;
    case kFilter:
    case kExpand:
    case kIntersect:
    case kVarExpand:
    case kProject:
    case kOptional:
    case kSemiApply:
    case kUnwind: return node.left && splittable(*node.left);
    // Scans of its right side would share the morsels.
    case kNodeSemiJoin:
      return node.right->estimated_cost <= kDoneByEach && !has_scans(*node.right) && splittable(*node.left);
    // Not a product, whose right side has scans of its own that would share the morsels.
    case kApply: return node.left && runs_batched(*node.right) && splittable(*node.left);
    default: return false;
  }
}

}  // namespace

bool can_split(const plan::PhysicalNode& below, const plan::Plan& plan) {
  return plan.deterministic && !plan.writes && below.estimated_cost >= kWorthSplitting && splittable(below);
}

}  // namespace elegraph::query::exec
