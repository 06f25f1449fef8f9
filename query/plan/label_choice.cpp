// SPDX-License-Identifier: Apache-2.0
#include "query/plan/label_choice.h"

#include <algorithm>
#include <utility>

#include "query/plan/expression_tools.h"
#include "query/plan/match_planner.h"

namespace elegraph::query::plan {

namespace {

// Of a long choice: each label is an access path of its own.
constexpr size_t kMostLabels = 16;

bool is_label_of(const BoundExpression& e, Slot slot) {
  return e.kind == BoundKind::kHasLabels && e.names.size() == 1 && e.args[0]->kind == BoundKind::kSlot &&
         e.args[0]->slot == slot;
}

void add_choice(const BoundExpression& e, Slot slot, std::vector<std::string>& out, bool& only_labels) {
  if (is_label_of(e, slot)) {
    if (std::ranges::find(out, e.names[0]) == out.end()) out.push_back(e.names[0]);
  } else if (e.kind == BoundKind::kOr) {
    for (const BoundPtr& arm : e.args) add_choice(*arm, slot, out, only_labels);
  } else {
    only_labels = false;
  }
}

}  // namespace

std::vector<std::string> label_choice(const BoundExpression& e, Slot slot) {
  std::vector<std::string> out;
  bool only_labels = e.kind == BoundKind::kOr;
  if (only_labels) add_choice(e, slot, out, only_labels);
  if (!only_labels || out.size() > kMostLabels) out.clear();
  return out;
}

NodePtr without_labels(const StatementContext& context, NodePtr input, Slot slot, const std::vector<std::string>& labels) {
  NodePtr n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kFilter;
  for (const std::string& l : labels)
    n->expressions.push_back(make_call(BoundKind::kNot, {Type::kBool}, {has_labels(context, slot, {l})}));
  n->estimated_rows = input->estimated_rows;
  n->estimated_cost = input->estimated_cost + input->estimated_rows * CostModel::kCheck * double(labels.size());
  n->left = std::move(input);
  return n;
}

NodePtr append(NodePtr left, NodePtr right, const std::vector<Slot>& slots) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kUnion;
  n->slots = n->slots2 = n->slots3 = slots;
  n->estimated_rows = left->estimated_rows + right->estimated_rows;
  n->estimated_cost = left->estimated_cost + right->estimated_cost;
  n->left = std::move(left), n->right = std::move(right);
  return n;
}

}  // namespace elegraph::query::plan
