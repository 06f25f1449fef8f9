// SPDX-License-Identifier: Apache-2.0
#include "query/plan/expression_tools.h"

#include "query/functions/value_ops.h"
#include "query/plan/liveness.h"

namespace elegraph::query::plan {

void collect_slots(const BoundExpression& e, SlotSet& out) {
  switch (e.kind) {
    case BoundKind::kSlot: out.add(e.slot); return;
    case BoundKind::kPath:
      for (Slot s : e.path_slots) out.add(s);
      return;
    case BoundKind::kExists:
    case BoundKind::kCount:
    case BoundKind::kCollect: out.add(outer_slots(*e.subplan)); return;
    case BoundKind::kListComprehension:
    case BoundKind::kAll:
    case BoundKind::kAny:
    case BoundKind::kNone:
    case BoundKind::kSingle:
    case BoundKind::kReduce: {
      SlotSet inner;
      for (const BoundPtr& a : e.args)
        if (a) collect_slots(*a, inner);
      inner.remove(e.slot);
      inner.remove(e.slot2);
      out.add(inner);
      return;
    }
    default:
      for (const BoundPtr& a : e.args)
        if (a) collect_slots(*a, out);
  }
}

SlotSet slots_of(const BoundPtr& e) {
  SlotSet out;
  if (e) collect_slots(*e, out);
  return out;
}

namespace {

bool same_arguments(const BoundExpression& a, const BoundExpression& b) {
  if (a.args.size() != b.args.size()) return false;
  for (size_t i = 0; i < a.args.size(); ++i) {
    if (!a.args[i] != !b.args[i]) return false;
    if (a.args[i] && !same_expression(*a.args[i], *b.args[i])) return false;
  }
  return true;
}

bool same_literal(const Value& a, const Value& b) { return a.type() == b.type() && equivalent(a, b); }

}  // namespace

bool reads_session(const BoundExpression& call) {
  const FunctionDef* def = call.function;
  if (!def || !def->session_bound) return false;
  if (!def->value_says_all || call.args.size() != 1) return true;
  const Type from = call.args[0]->type.type;
  return from != Type::kString && from != Type::kDate && from != Type::kLocalDateTime && from != Type::kLocalTime;
}

bool is_row_independent(const BoundExpression& e) {
  return !any_part(e, [](const BoundExpression& part) {
    switch (part.kind) {
      case BoundKind::kSlot:
      case BoundKind::kPath:
      case BoundKind::kExists:
      case BoundKind::kCount:
      case BoundKind::kCollect: return true;
      default: return part.function && !part.function->deterministic;
    }
  });
}

BoundKind mirrored(BoundKind k) {
  switch (k) {
    case BoundKind::kLess: return BoundKind::kGreater;
    case BoundKind::kLessEqual: return BoundKind::kGreaterEqual;
    case BoundKind::kGreater: return BoundKind::kLess;
    case BoundKind::kGreaterEqual: return BoundKind::kLessEqual;
    default: return k;
  }
}

bool is_comparison(BoundKind k) {
  return k == BoundKind::kEqual || k == BoundKind::kLess || k == BoundKind::kLessEqual || k == BoundKind::kGreater ||
         k == BoundKind::kGreaterEqual;
}

bool same_expression(const BoundExpression& a, const BoundExpression& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.subplan || b.subplan) return false;
  if (a.kind == BoundKind::kSlot) return a.slot == b.slot;  // names are for show
  if (a.kind == BoundKind::kLiteral) return same_literal(a.literal, b.literal);
  if (a.function && !a.function->deterministic) return false;
  return a.parameter == b.parameter && a.slot == b.slot && a.slot2 == b.slot2 && a.name == b.name && a.names == b.names &&
         a.function == b.function && a.path_slots == b.path_slots && same_arguments(a, b);
}

void split_conjuncts(const BoundPtr& e, std::vector<BoundPtr>& out) {
  if (!e) return;
  if (e->kind != BoundKind::kAnd) return out.push_back(e);
  for (const BoundPtr& a : e->args) split_conjuncts(a, out);
}

BoundPtr rewrite(const BoundPtr& e, const std::function<BoundPtr(const BoundPtr&)>& replace) {
  if (!e) return e;
  if (BoundPtr other = replace(e)) return other;
  std::shared_ptr<BoundExpression> copy;
  for (size_t i = 0; i < e->args.size(); ++i) {
    BoundPtr changed = rewrite(e->args[i], replace);
    if (changed == e->args[i]) continue;
    if (!copy) copy = std::make_shared<BoundExpression>(*e);
    copy->args[i] = std::move(changed);
  }
  return copy ? BoundPtr(std::move(copy)) : e;
}

bool any_part(const BoundExpression& e, const std::function<bool(const BoundExpression&)>& test) {
  if (test(e)) return true;
  for (const BoundPtr& a : e.args)
    if (a && any_part(*a, test)) return true;
  return false;
}

BoundPtr make_slot(Slot slot, StaticType type, uint32_t position) {
  auto e = std::make_shared<BoundExpression>();
  e->kind = BoundKind::kSlot, e->type = type, e->slot = slot, e->position = position;
  return e;
}

BoundPtr make_literal(Value v, StaticType type, uint32_t position) {
  auto e = std::make_shared<BoundExpression>();
  e->kind = BoundKind::kLiteral, e->type = type, e->literal = std::move(v), e->position = position;
  return e;
}

BoundPtr make_call(BoundKind kind, StaticType type, std::vector<BoundPtr> args, uint32_t position) {
  auto e = std::make_shared<BoundExpression>();
  e->kind = kind, e->type = type, e->args = std::move(args), e->position = position;
  return e;
}

BoundPtr make_end(std::string_view name, BoundPtr relationship) {
  auto e = std::make_shared<BoundExpression>();
  e->kind = BoundKind::kFunction, e->type = {Type::kNode}, e->name = name, e->args = {std::move(relationship)};
  e->function = find_function(name);
  return e;
}

BoundPtr or_is_end(BoundPtr holds, Slot node, Slot from, Slot to) {
  for (Slot end : {from, to}) {
    const BoundPtr is_end =
        make_call(BoundKind::kSameNode, {Type::kBool}, {make_slot(node, {Type::kNode}), make_slot(end, {Type::kNode})});
    holds = make_call(BoundKind::kOr, {Type::kBool}, {is_end, std::move(holds)});
  }
  return holds;
}

BoundPtr conjunction(const std::vector<BoundPtr>& parts) {
  if (parts.empty()) return nullptr;
  if (parts.size() == 1) return parts[0];
  return make_call(BoundKind::kAnd, {Type::kBool}, parts, parts[0]->position);
}

}  // namespace elegraph::query::plan
