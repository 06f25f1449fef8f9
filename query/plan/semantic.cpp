// SPDX-License-Identifier: Apache-2.0
#include "query/plan/semantic.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "query/functions/value_ops.h"
#include "query/plan/type_rules.h"

namespace elegraph::query::plan {

using cypher::Expression;
using cypher::ExprKind;

void type_error(uint32_t position, std::string_view expected, StaticType actual) {
  throw Error(sqlstate::kDatatypeMismatch,
              "type mismatch: expected " + std::string(expected) + " but was " + std::string(type_name(actual.type)))
      .at(position);
}

void require_boolean(const BoundExpression& e) {
  if (!unknown(e.type) && e.type.type != Type::kBool) type_error(e.position, "BOOLEAN", e.type);
}

BoundPtr Binder::bind(const Expression& e, StaticType hint) {
  context_.check_interrupt();
  bool patterns = std::exchange(patterns_allowed_, false);
  BoundPtr bound = bind_kind(e, hint);
  patterns_allowed_ = patterns;
  return bound;
}

BoundPtr Binder::bind_condition(const Expression& e) { return condition(e); }

BoundPtr Binder::condition(const Expression& e) {
  patterns_allowed_ = true;
  BoundPtr bound = bind_kind(e, {Type::kBool});
  patterns_allowed_ = false;
  require_boolean(*bound);
  return bound;
}

BoundPtr Binder::bind_kind(const Expression& e, StaticType hint) {
  switch (e.kind) {
    case ExprKind::kLiteral: return make_literal(e.literal, {e.literal.type()}, e.position);
    case ExprKind::kParameter: return bind_parameter(e, hint);
    case ExprKind::kVariable: return bind_variable(e);
    case ExprKind::kProperty: return bind_property(e);
    case ExprKind::kHasLabels: return bind_has_labels(e);
    case ExprKind::kOr: return bind_junction(e, BoundKind::kOr);
    case ExprKind::kXor: return bind_junction(e, BoundKind::kXor);
    case ExprKind::kAnd: return bind_junction(e, BoundKind::kAnd);
    case ExprKind::kNot: return bind_not(e);
    case ExprKind::kEqual: return bind_comparison(e, BoundKind::kEqual);
    case ExprKind::kNotEqual: return bind_comparison(e, BoundKind::kNotEqual);
    case ExprKind::kLess: return bind_comparison(e, BoundKind::kLess);
    case ExprKind::kLessEqual: return bind_comparison(e, BoundKind::kLessEqual);
    case ExprKind::kGreater: return bind_comparison(e, BoundKind::kGreater);
    case ExprKind::kGreaterEqual: return bind_comparison(e, BoundKind::kGreaterEqual);
    case ExprKind::kIn: return bind_in(e);
    case ExprKind::kStartsWith: return bind_text_predicate(e, BoundKind::kStartsWith);
    case ExprKind::kEndsWith: return bind_text_predicate(e, BoundKind::kEndsWith);
    case ExprKind::kContains: return bind_text_predicate(e, BoundKind::kContains);
    case ExprKind::kRegexMatch: return bind_text_predicate(e, BoundKind::kRegexMatch);
    case ExprKind::kIsNull: return bind_null_test(e, BoundKind::kIsNull);
    case ExprKind::kIsNotNull: return bind_null_test(e, BoundKind::kIsNotNull);
    case ExprKind::kAdd: return bind_arithmetic(e, BoundKind::kAdd, hint);
    case ExprKind::kSubtract: return bind_arithmetic(e, BoundKind::kSubtract, hint);
    case ExprKind::kMultiply: return bind_arithmetic(e, BoundKind::kMultiply, hint);
    case ExprKind::kDivide: return bind_arithmetic(e, BoundKind::kDivide, hint);
    case ExprKind::kModulo: return bind_arithmetic(e, BoundKind::kModulo, hint);
    case ExprKind::kPower: return bind_arithmetic(e, BoundKind::kPower, hint);
    case ExprKind::kConcat: return bind_arithmetic(e, BoundKind::kConcat, hint);
    case ExprKind::kNegate:
    case ExprKind::kPlus: return bind_negate(e);
    case ExprKind::kIndex: return bind_index(e);
    case ExprKind::kSlice: return bind_slice(e);
    case ExprKind::kList: return bind_list(e);
    case ExprKind::kMap: return bind_map(e);
    case ExprKind::kMapProjection: return bind_map_projection(e);
    case ExprKind::kCase: return bind_case(e);
    case ExprKind::kFunction: return bind_function(e);
    case ExprKind::kCast: return bind_cast(e);
    case ExprKind::kListComprehension: return bind_comprehension(e);
    case ExprKind::kAll: return bind_quantifier(e, BoundKind::kAll);
    case ExprKind::kAny: return bind_quantifier(e, BoundKind::kAny);
    case ExprKind::kNone: return bind_quantifier(e, BoundKind::kNone);
    case ExprKind::kSingle: return bind_quantifier(e, BoundKind::kSingle);
    case ExprKind::kReduce: return bind_reduce(e);
    case ExprKind::kPatternComprehension: return bind_pattern_comprehension(e);
    case ExprKind::kPatternPredicate: return bind_pattern_predicate(e);
    case ExprKind::kExists:
    case ExprKind::kCountSubquery:
    case ExprKind::kCollectSubquery: return bind_subquery(e);
    case ExprKind::kShortestPath: return bind_shortest_path(e);
  }
  throw Error(sqlstate::kInternalError, "unknown kind of expression").at(e.position);
}

void Binder::undefined(const Expression& e) const {
  Error error = Error(sqlstate::kUndefinedColumn, "variable \"" + e.name + "\" is not defined").at(e.position);
  if (auto near = inner_scope().near(e.name)) error.hint = "Did you mean \"" + *near + "\"?";
  throw error;
}

BoundPtr Binder::bind_variable(const Expression& e) {
  for (size_t i = locals_.size(); i-- > 0;)
    if (locals_[i].name == e.name) return context_.slot_expression(locals_[i].slot, e.position);
  const Variable* v = scope_.find(e.name);
  if (!v) undefined(e);
  return context_.slot_expression(v->slot, e.position);
}

BoundPtr Binder::bind_parameter(const Expression& e, StaticType hint) {
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kParameter;
  out->position = e.position;
  out->parameter = context_.parameter_number(e);
  context_.hint_parameter(out->parameter, hint);
  auto known = context_.parameters[out->parameter];
  out->type = known ? *known : StaticType{Type::kAny};
  return out;
}

Slot Binder::open_local(const std::string& name, StaticType type) {
  Slot slot = context_.new_slot(type, name);
  locals_.push_back({name, slot});
  return slot;
}

Scope Binder::inner_scope() const {
  Scope out;
  for (size_t i = locals_.size(); i-- > 0;)
    if (!out.find(locals_[i].name)) out.add(locals_[i].name, locals_[i].slot);
  for (const Variable& v : scope_.variables())
    if (!out.find(v.name)) out.add(v.name, v.slot);
  return out;
}

BoundPtr Binder::bind_has_labels(const Expression& e) {
  BoundPtr base = bind(*e.args[0]);
  if (!unknown(base->type) && base->type.type != Type::kNode && base->type.type != Type::kRelationship)
    type_error(e.position, "NODE or RELATIONSHIP", base->type);
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kHasLabels, out->type = {Type::kBool}, out->position = e.position;
  out->args = {base}, out->names = e.names;
  return out;
}

BoundPtr Binder::bind_label_expression(const Expression& e, Slot slot) {
  if (e.kind == ExprKind::kHasLabels) {
    const bool node = context_.info(slot).type.type == Type::kNode;
    for (const std::string& name : e.names)
      context_.names.looked_for(node ? UnknownNames::Kind::kLabel : UnknownNames::Kind::kType, name, e.position);
    auto out = std::make_shared<BoundExpression>();
    out->kind = BoundKind::kHasLabels, out->type = {Type::kBool}, out->position = e.position;
    out->args = {make_slot(slot, context_.info(slot).type, e.position)}, out->names = e.names;
    return out;
  }
  std::vector<BoundPtr> args;
  for (const auto& a : e.args) args.push_back(bind_label_expression(*a, slot));
  BoundKind kind = e.kind == ExprKind::kOr ? BoundKind::kOr : e.kind == ExprKind::kNot ? BoundKind::kNot : BoundKind::kAnd;
  return make_call(kind, {Type::kBool}, std::move(args), e.position);
}

BoundPtr Binder::bind_cast(const Expression& e) {
  StaticType type;
  try {
    type = cast_result(e.name);
  } catch (Error& error) {
    if (!error.position) error.position = e.name_position ? e.name_position : e.position;
    throw;
  }
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kCast, out->type = type, out->position = e.position, out->name = e.name;
  out->args = {bind(*e.args[0], type)};
  // Texts of times depend on the session's zone and style.
  auto plain = [](Type t) { return t == Type::kBool || t == Type::kInt || t == Type::kFloat || t == Type::kString; };
  context_.reads_session |= !plain(type.type) || !plain(out->args[0]->type.type);
  return out;
}

namespace {

// What a call makes of a few numbers, but as large as they say: a plan is kept for long, and nobody counts its memory.
bool may_be_large(const FunctionDef& f, std::span<const Value> args) {
  constexpr double kLarge = 1000;
  auto number = [&](size_t i) { return args[i].type() == Type::kInt ? double(args[i].as_int()) : 0; };
  if (f.name == "range") return std::abs(number(1) - number(0)) > kLarge;
  return (f.name == "lpad" || f.name == "rpad") && number(1) > kLarge;
}

}  // namespace

BoundPtr Binder::fold(std::shared_ptr<BoundExpression> e) const {
  for (const BoundPtr& a : e->args)
    if (a && a->kind != BoundKind::kLiteral) return e;
  if (!e->function || !e->function->deterministic || !e->function->call || reads_session(*e)) return e;
  // What reads the session's time zone is left to run time.
  if (e->type.type == Type::kDateTime || e->type.type == Type::kTime || e->type.type == Type::kAny) return e;
  std::vector<Value> values;
  for (const BoundPtr& a : e->args) values.push_back(a->literal);
  if (may_be_large(*e->function, values)) return e;
  try {
    bool null = e->function->null_on_null && std::any_of(values.begin(), values.end(), [](auto& v) { return v.is_null(); });
    Value v = null ? Value() : e->function->call(values, FunctionContext{});
    return make_literal(std::move(v), e->type, e->position);
  } catch (const Error&) {
    return e;  // it fails when it runs, and only then
  }
}

}  // namespace elegraph::query::plan
