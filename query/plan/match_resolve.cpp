// SPDX-License-Identifier: Apache-2.0
#include "query/plan/expression_tools.h"
#include "query/plan/match_planner.h"
#include "storage/error.h"

// Patterns over relationships that a clause before has found: MATCH (a)-[r]->(b) WITH r MATCH (a)-[r]->(c).
namespace elegraph::query::plan {

namespace {

BoundPtr of_types(const BoundPtr& relationship, const std::vector<std::string>& types) {
  std::vector<BoundPtr> any;
  for (const std::string& t : types) {
    auto e = std::make_shared<BoundExpression>();
    e->kind = BoundKind::kHasLabels, e->type = {Type::kBool}, e->args = {relationship}, e->names = {t};
    any.push_back(std::move(e));
  }
  return any.size() == 1 ? any[0] : make_call(BoundKind::kOr, {Type::kBool}, std::move(any));
}

BoundPtr pair_of(const BoundPtr& a, const BoundPtr& b) { return make_call(BoundKind::kList, {Type::kList}, {a, b}); }

BoundPtr element(const BoundPtr& pair, int64_t i) {
  return make_call(BoundKind::kIndex, {Type::kNode}, {pair, make_literal(Value::integer(i), {Type::kInt})});
}

NodePtr node_of(NodeKind kind, const NodePtr& left) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = kind, n->left = left;
  return n;
}

}  // namespace

// Without a direction each relationship is met from both ends, a loop once: one row for each of the ways.
void MatchPlanner::orient(const PatternRelationship& r, BoundPtr& source, BoundPtr& target) {
  if (r.direction == Direction::kIn) std::swap(source, target);
  if (r.direction != Direction::kBoth) return;
  BoundPtr loop = make_call(BoundKind::kSameNode, {Type::kBool}, {source, target});
  BoundPtr once = make_call(BoundKind::kList, {Type::kList}, {pair_of(source, target)});
  BoundPtr twice = make_call(BoundKind::kList, {Type::kList}, {pair_of(source, target), pair_of(target, source)});
  NodePtr n = node_of(NodeKind::kUnwind, current_);
  n->slot = context_.new_slot({Type::kAny});
  n->expressions = {make_call(BoundKind::kCase, {Type::kList}, {loop, once, twice})};
  double in = current_->estimated_rows;
  BoundPtr way = make_slot(n->slot, {Type::kAny});
  put(std::move(n), in * 2, in);
  source = element(way, 0), target = element(way, 1);
}

void MatchPlanner::build_resolve(const Step& step, const State& s) {
  const PatternRelationship& r = graph_.relationships[step.index];
  if (!current_) {
    current_ = node_of(NodeKind::kArgument, nullptr);
    current_->estimated_rows = 1;
  }
  BoundPtr rel = context_.slot_expression(r.slot);
  std::vector<BoundPtr> conditions = {make_call(BoundKind::kIsNotNull, {Type::kBool}, {rel})};
  if (!r.types.empty()) conditions.push_back(of_types(rel, r.types));
  add_filter(std::move(conditions), 1);
  BoundPtr source = make_end("startnode", rel), target = make_end("endnode", rel);
  orient(r, source, target);

  NodePtr n = node_of(NodeKind::kProject, current_);
  conditions.clear();
  SlotSet known = s.bound;
  auto end = [&](const PatternNode& node, const BoundPtr& value) {
    Slot slot = node.slot;
    if (known.contains(slot)) {
      slot = context_.new_slot({Type::kNode});
      conditions.push_back(make_call(BoundKind::kSameNode, {Type::kBool},
                                     {make_slot(slot, {Type::kNode}), context_.slot_expression(node.slot)}));
    } else if (!node.labels.empty()) {
      conditions.push_back(has_labels(context_, slot, node.labels));
    }
    known.add(slot);
    n->slots.push_back(slot), n->expressions.push_back(value);
  };
  end(graph_.nodes[r.from], source);
  end(graph_.nodes[r.to], target);
  put(std::move(n), current_->estimated_rows, step.cost);
  add_filter(std::move(conditions), 1);
}

}  // namespace elegraph::query::plan
