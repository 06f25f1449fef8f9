// SPDX-License-Identifier: Apache-2.0
#include "query/plan/component_groups.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "query/plan/cost_model.h"
#include "query/plan/expression_tools.h"
#include "query/plan/liveness.h"
#include "query/plan/node_groups.h"

namespace elegraph::query::plan {

namespace {

using NodePtr = std::shared_ptr<PhysicalNode>;

// One side, grouped by the keys that it has.
struct Component {
  PhysicalPtr rows;
  SlotSet slots;
  NodePtr grouped;
  Slot count = kNoSlot;  // of the rows in a group
};

bool is_product(const PhysicalNode& n) {
  return n.kind == NodeKind::kHashJoin && n.expressions.empty() && n.residual.empty();
}

void collect_components(const PhysicalPtr& n, std::vector<Component>& out) {
  if (is_product(*n)) {
    collect_components(n->left, out), collect_components(n->right, out);
    return;
  }
  out.push_back({.rows = n, .slots = produced_in(*n), .grouped = nullptr});
}

// What reads properties alone does not fail for rows that the product does not have.
bool is_simple(const BoundExpression& e) {
  return e.kind == BoundKind::kSlot || (e.kind == BoundKind::kProperty && is_simple(*e.args[0]));
}

class Components {
 public:
  Components(StatementContext& context, const PhysicalNode& grouping) : context_(context), whole_(grouping) {}

  NodePtr plan() {
    collect_components(whole_.left, components_);
    if (components_.size() < 2 || !pays() || !take_keys() || !take_calls()) return nullptr;
    count_rows();
    return put_together();
  }

 private:
  bool pays() const {
    double rows = 0;
    for (const Component& c : components_) {
      if (c.rows->estimated_rows <= 1) return false;
      rows += c.rows->estimated_rows;
    }
    return whole_.left->estimated_rows > 2 * rows;
  }

  // Whose slots it reads; none if it is those of several, or of the row that a subplan runs for.
  Component* owner(const BoundExpression& e) {
    SlotSet read;
    collect_slots(e, read);
    if (read.empty() || !is_simple(e)) return nullptr;
    for (Component& c : components_)
      if (c.slots.contains_all(read)) return &c;
    return nullptr;
  }

  static PhysicalNode& grouped(Component& c) {
    if (c.grouped) return *c.grouped;
    c.grouped = std::make_shared<PhysicalNode>();
    c.grouped->kind = NodeKind::kAggregate, c.grouped->left = c.rows;
    return *c.grouped;
  }

  bool take_keys() {
    for (size_t i = 0; i < whole_.slots.size(); i++) {
      Component* c = owner(*whole_.expressions[i]);
      if (!c) return false;
      grouped(*c).slots.push_back(whole_.slots[i]), grouped(*c).expressions.push_back(whole_.expressions[i]);
    }
    return true;
  }

  bool take_calls() {
    for (const AggregateCall& call : whole_.aggregates) {
      if (call.arg2) return false;
      if (!call.arg) {  // of rows
        if (!is_count(call)) return false;
        owners_.push_back(nullptr);
        continue;
      }
      Component* c = owner(*call.arg);
      if (!c || !(is_same_for_more(call) || grows_with_rows(call))) return false;
      AggregateCall own = call;
      own.slot = context_.new_slot(context_.info(call.slot).type);
      grouped(*c).aggregates.push_back(own);
      owners_.push_back(c), own_.push_back(own.slot);
    }
    return true;
  }

  // Whether rows that come several times change nothing.
  static bool is_same_for_more(const AggregateCall& call) {
    using enum AggregateKind;
    const AggregateKind k = call.def->kind;
    return k == kMin || k == kMax || k == kAvg || (call.distinct && (k == kCount || k == kSum || k == kCollect));
  }
  static bool is_count(const AggregateCall& call) {
    return call.def->kind == AggregateKind::kCount || call.def->kind == AggregateKind::kCountStar;
  }
  static bool grows_with_rows(const AggregateCall& call) { return is_count(call) || call.def->kind == AggregateKind::kSum; }

  void count_rows() {
    for (Component& c : components_) {
      PhysicalNode& n = grouped(c);
      const AggregateDef* count = find_aggregate("count");
      n.aggregates.push_back({.def = count, .arg = nullptr, .arg2 = nullptr, .slot = context_.new_slot({Type::kInt})});
      c.count = n.aggregates.back().slot;
      const double in = c.rows->estimated_rows;
      n.estimated_rows = n.slots.empty() ? 1 : std::max(1.0, in / 10);
      n.estimated_cost = c.rows->estimated_cost + in;
      const bool distinct = std::ranges::any_of(n.aggregates, &AggregateCall::distinct);
      if (distinct)
        if (NodePtr by_node = by_scanned_nodes(context_, c.grouped)) c.grouped = std::move(by_node);
    }
  }

  BoundPtr count_of(const Component& c) const { return make_slot(c.count, {Type::kInt}); }

  // How many rows of the product go with each row of `c`, or make a group (null).
  BoundPtr pairs(const Component* c) const {
    BoundPtr out;
    for (const Component& other : components_) {
      if (&other == c) continue;
      out = out ? make_call(BoundKind::kMultiply, {Type::kInt}, {out, count_of(other)}) : count_of(other);
    }
    return out;
  }

  // One without keys has a row even where it has none to group.
  BoundPtr has_rows(const Component& c) const {
    const BoundPtr none = make_literal(Value::integer(0), {Type::kInt});
    return make_call(BoundKind::kGreater, {Type::kBool}, {count_of(c), none});
  }

  BoundPtr combined(const AggregateCall& call, const Component* c, Slot own) const {
    if (!c) return pairs(nullptr);
    const StaticType type = context_.info(call.slot).type;
    const BoundPtr value = make_slot(own, type);
    const bool grows = !is_same_for_more(call);
    const BoundPtr result = grows ? make_call(BoundKind::kMultiply, type, {value, pairs(c)}) : value;
    std::vector<BoundPtr> tests;
    for (const Component& other : components_)
      if (&other != c && other.grouped->slots.empty()) tests.push_back(has_rows(other));
    if (!whole_.slots.empty() || tests.empty()) return result;  // such groups are dropped
    return make_call(BoundKind::kCase, type, {conjunction(tests), result, of_nothing(call, type)});
  }

  static BoundPtr of_nothing(const AggregateCall& call, StaticType type) {
    using enum AggregateKind;
    if (call.def->kind == kCollect) return make_literal(Value::list({}), type);
    if (!is_count(call) && call.def->kind != kSum) return make_literal(Value(), type);
    return make_literal(type.type == Type::kFloat ? Value::floating(0) : Value::integer(0), type);
  }

  NodePtr on_top(NodePtr input, NodeKind kind) const {
    auto n = std::make_shared<PhysicalNode>();
    n->kind = kind, n->estimated_rows = input->estimated_rows;
    n->estimated_cost = input->estimated_cost + input->estimated_rows * CostModel::kCheck;
    n->left = std::move(input);
    return n;
  }

  NodePtr joined() const {
    NodePtr rows = components_[0].grouped;
    for (size_t i = 1; i < components_.size(); i++) {
      const NodePtr& right = components_[i].grouped;
      NodePtr n = on_top(rows, NodeKind::kHashJoin);
      n->right = right, n->left_first = true;
      n->estimated_rows = rows->estimated_rows * right->estimated_rows;
      n->estimated_cost = rows->estimated_cost + right->estimated_cost + n->estimated_rows;
      rows = std::move(n);
    }
    return rows;
  }

  NodePtr put_together() const {
    NodePtr rows = joined();
    std::vector<BoundPtr> tests;
    for (const Component& c : components_)
      if (!whole_.slots.empty() && c.grouped->slots.empty()) tests.push_back(has_rows(c));
    if (!tests.empty()) {
      rows = on_top(std::move(rows), NodeKind::kFilter);
      rows->expressions = std::move(tests);
    }
    rows = on_top(std::move(rows), NodeKind::kProject);
    size_t own = 0;
    for (size_t i = 0; i < whole_.aggregates.size(); i++) {
      const AggregateCall& call = whole_.aggregates[i];
      rows->slots.push_back(call.slot);
      rows->expressions.push_back(combined(call, owners_[i], owners_[i] ? own_[own++] : kNoSlot));
    }
    return rows;
  }

  StatementContext& context_;
  const PhysicalNode& whole_;
  std::vector<Component> components_;
  std::vector<Component*> owners_;  // of the aggregates; null for count(*)
  std::vector<Slot> own_;           // the slots that those of the others have there
};

}  // namespace

std::shared_ptr<PhysicalNode> by_components(StatementContext& context, const PhysicalPtr& grouping) {
  const bool writes = context.creates || context.sets || context.deletes || context.merges;
  if (grouping->kind != NodeKind::kAggregate || writes || !context.deterministic) return nullptr;
  if (!is_product(*grouping->left) || !outer_slots(*grouping).empty()) return nullptr;
  return Components(context, *grouping).plan();
}

}  // namespace elegraph::query::plan
