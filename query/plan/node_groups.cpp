// SPDX-License-Identifier: Apache-2.0
#include "query/plan/node_groups.h"

#include <algorithm>
#include <utility>

#include "query/plan/expression_tools.h"

namespace elegraph::query::plan {

namespace {

using NodePtr = std::shared_ptr<PhysicalNode>;

// Rows that come of one input row come together.
bool is_row_wise(NodeKind kind) {
  using enum NodeKind;
  return kind == kFilter || kind == kProject || kind == kSemiApply || kind == kNodeSemiJoin || kind == kExpand ||
         kind == kIntersect || kind == kOptional || kind == kHashLeftJoin || kind == kHashSemiJoin || kind == kHashCount ||
         kind == kUnwind;
}

// The scan or seek whose nodes' rows come together; it gives each node once.
const PhysicalNode* scan_below(const PhysicalNode& n) {
  if (is_node_scan(n.kind) || n.kind == NodeKind::kNodeIndexSeek) return n.left ? nullptr : &n;
  return n.left && is_row_wise(n.kind) ? scan_below(*n.left) : nullptr;
}

// The index by which no two nodes of the label share a value of the property, if there is one. Not all nodes need to have
// it.
IndexId unique_index(const StatementContext& context, const std::string& label, KeyId key) {
  const auto id = context.planning.catalog->find_label(label);
  if (!id || !key.valid()) return {};
  for (const index::PropertyIndex* i : context.planning.indexes->on_label(*id)) {
    const auto constraint = i->definition().constraint;
    const bool unique = constraint == index::ConstraintKind::kKey || constraint == index::ConstraintKind::kUnique;
    if (unique && i->online() && i->keys().size() == 1 && i->keys()[0] == key) return i->id();
  }
  return {};
}

// By the scan's node or a unique property, beside which there may be other properties of it.
bool group_by(PhysicalNode& n, const PhysicalNode& scan, const StatementContext& context) {
  auto is_node = [&](const BoundPtr& e) { return e->kind == BoundKind::kSlot && e->slot == scan.slot; };
  auto is_property = [&](const BoundPtr& e) { return e->kind == BoundKind::kProperty && is_node(e->args[0]); };
  auto tells_apart = [&](const BoundPtr& e) {
    const bool has_labels = scan.kind == NodeKind::kLabelScan || scan.kind == NodeKind::kNodeIndexSeek;
    if (!is_property(e) || !has_labels) return false;
    for (const std::string& label : scan.labels)
      if (n.index = unique_index(context, label, e->key_id); n.index.valid()) return true;
    return false;
  };
  if (!std::ranges::all_of(n.expressions, [&](const BoundPtr& e) { return is_node(e) || is_property(e); })) return false;
  n.by_node = true, n.slot = scan.slot;
  if (std::ranges::any_of(n.expressions, is_node)) return true;
  const auto unique = std::ranges::find_if(n.expressions, tells_apart);
  if (unique == n.expressions.end()) return false;
  n.unique_key = uint32_t(unique - n.expressions.begin());
  return true;
}

// By the scan's node and what there is beside it: each node has groups of its own, which are complete with its last row.
bool group_within(PhysicalNode& n, const PhysicalNode& scan) {
  for (size_t i = 0; i < n.expressions.size(); i++) {
    if (n.expressions[i]->kind != BoundKind::kSlot || n.expressions[i]->slot != scan.slot) continue;
    std::swap(n.slots[0], n.slots[i]);
    std::swap(n.expressions[0], n.expressions[i]);
    n.by_node = n.index_ordered = true, n.slot = scan.slot;
    return true;
  }
  return false;
}

// DISTINCT of a node and something else, as a grouping by them. Of one slot alone it keeps a set of its own.
NodePtr as_grouping(const StatementContext& context, const PhysicalNode& distinct) {
  auto n = std::make_shared<PhysicalNode>(distinct);
  n->kind = NodeKind::kAggregate;
  for (Slot s : n->slots) {
    auto key = std::make_shared<BoundExpression>(*make_slot(s, context.info(s).type));
    key->name = context.info(s).name;
    n->expressions.push_back(std::move(key));
  }
  return n;
}

}  // namespace

NodePtr by_scanned_nodes(const StatementContext& context, const PhysicalPtr& input) {
  if (input->kind == NodeKind::kDistinct && input->slots.size() > 1)
    return by_scanned_nodes(context, as_grouping(context, *input));
  auto copy = std::make_shared<PhysicalNode>(*input);
  if (input->kind == NodeKind::kAggregate) {
    const PhysicalNode* scan = input->slots.empty() || input->index_ordered ? nullptr : scan_below(*input->left);
    return scan && (group_by(*copy, *scan, context) || group_within(*copy, *scan)) ? copy : nullptr;
  }
  if (!input->left || !is_row_wise(input->kind)) return nullptr;
  NodePtr below = by_scanned_nodes(context, input->left);
  if (!below) return nullptr;
  copy->left = std::move(below);
  return copy;
}

}  // namespace elegraph::query::plan
