// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>

#include "query/plan/semantic.h"
#include "query/plan/type_rules.h"

// Calls of functions and aggregates.
namespace elegraph::query::plan {

using cypher::Expression;
using cypher::ExprKind;

namespace {

std::string lower(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return out;
}

// A parameter as the argument of one of these is a number, not text.
StaticType argument_hint(std::string_view name) {
  constexpr std::array kFloats = {"abs", "ceil", "floor", "round", "sign", "sqrt", "exp",   "log",     "log10",
                                  "sin", "cos",  "tan",   "asin",  "acos", "atan", "atan2", "radians", "degrees"};
  constexpr std::array kJson = {"size", "keys", "properties", "head", "last", "tail", "point", "coalesce", "reverse"};
  if (name == "range") return {Type::kInt};
  if (std::find(kFloats.begin(), kFloats.end(), name) != kFloats.end()) return {Type::kFloat};
  if (std::find(kJson.begin(), kJson.end(), name) != kJson.end()) return {Type::kAny};
  return {Type::kNull};
}

// left(text, n), substring(text, from, length): numbers after the first argument.
StaticType later_argument_hint(std::string_view name, StaticType first) {
  constexpr std::array kTextAndNumbers = {"left", "right", "substring", "lpad", "rpad", "round"};
  bool counts = std::find(kTextAndNumbers.begin(), kTextAndNumbers.end(), name) != kTextAndNumbers.end();
  return counts ? StaticType{Type::kInt} : first;
}

bool makes_temporal(std::string_view name) {
  constexpr std::array kMakers = {"duration", "date", "datetime", "localdatetime", "time", "localtime"};
  return std::find(kMakers.begin(), kMakers.end(), name) != kMakers.end();
}

std::string argument_count(const FunctionDef& f) {
  if (f.max_args == f.min_args) return std::to_string(f.min_args);
  if (f.max_args < 0) return "at least " + std::to_string(f.min_args);
  return std::to_string(f.min_args) + " to " + std::to_string(f.max_args);
}

void check_argument_count(const FunctionDef& f, const Expression& e) {
  int n = int(e.args.size());
  if (n >= f.min_args && (f.max_args < 0 || n <= f.max_args)) return;
  throw Error(sqlstate::kUndefinedFunction, "wrong number of arguments for function " + e.name)
      .with_detail("It takes " + argument_count(f) + ", not " + std::to_string(n) + ".")
      .at(e.position);
}

[[noreturn]] void unknown_function(const Expression& e) {
  Error error = Error(sqlstate::kUndefinedFunction, "function " + e.name + "() does not exist").at(e.position);
  std::string near = nearest_function(lower(e.name));
  if (!near.empty()) error.hint = "Did you mean " + near + "()?";
  throw error;
}

}  // namespace

BoundPtr Binder::bind_exists_function(const Expression& e) {
  const Expression& arg = *e.args[0];
  if (arg.kind == ExprKind::kPatternPredicate) {
    patterns_allowed_ = true;
    BoundPtr out = bind_kind(arg, {Type::kNull});
    patterns_allowed_ = false;
    return out;
  }
  return make_call(BoundKind::kIsNotNull, {Type::kBool}, {bind(arg)}, e.position);
}

namespace {

bool cannot_fail(const BoundExpression& e) {
  auto entity = [](const BoundExpression& of) {
    return of.kind == BoundKind::kSlot && (of.type.type == Type::kNode || of.type.type == Type::kRelationship);
  };
  if (e.kind == BoundKind::kSlot || e.kind == BoundKind::kLiteral || e.kind == BoundKind::kParameter) return true;
  return e.kind == BoundKind::kProperty && entity(*e.args[0]);
}

// size() of a list that a subplan makes only counts its rows.
BoundPtr count_of(const BoundExpression& collect, StaticType type) {
  auto out = std::make_shared<BoundExpression>(collect);
  out->kind = BoundKind::kCount, out->type = type, out->slot = kNoSlot;
  const PhysicalNode& top = *collect.subplan;
  if (top.kind == NodeKind::kProject &&
      std::all_of(top.expressions.begin(), top.expressions.end(), [](const BoundPtr& p) { return cannot_fail(*p); }))
    out->subplan = top.left;
  else
    out->pattern = nullptr;
  return out;
}

}  // namespace

BoundPtr Binder::bind_function(const Expression& e) {
  std::string name = lower(e.name);
  if (const AggregateDef* aggregate = find_aggregate(name)) return bind_aggregate(e, *aggregate);
  if (name == "exists" && e.args.size() == 1) return bind_exists_function(e);
  const FunctionDef* def = find_function(name);
  if (!def) unknown_function(e);
  check_argument_count(*def, e);
  if (e.distinct)
    throw Error(sqlstate::kSyntaxError, "DISTINCT is for aggregate functions, and " + e.name + " is none").at(e.position);
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kFunction, out->position = e.position, out->function = def, out->name = name;
  std::vector<StaticType> types;
  for (const auto& a : e.args) {
    StaticType hint = types.empty() ? argument_hint(name) : later_argument_hint(name, argument_hint(name));
    const bool fields = a->kind == ExprKind::kMap && makes_temporal(name);
    out->args.push_back(fields ? bind_temporal_fields(*a, name == "duration") : bind(*a, hint));
    types.push_back(out->args.back()->type);
  }
  try {
    out->type = def->result ? def->result(types) : StaticType{Type::kAny};
  } catch (Error& error) {
    if (!error.position) error.position = e.position;
    throw;
  }
  if (name == "size" && out->args[0]->kind == BoundKind::kCollect) return count_of(*out->args[0], out->type);
  context_.deterministic &= def->deterministic;
  context_.reads_session |= reads_session(*out);
  BoundPtr call = fold(std::move(out));
  if (name == "range" && call->kind == BoundKind::kFunction && is_row_independent(*call))
    context_.ranges_made.push_back(call);
  return call;
}

BoundPtr Binder::bind_aggregate(const Expression& e, const AggregateDef& def) {
  if (in_aggregate_) throw Error(sqlstate::kGroupingError, "aggregate function calls cannot be nested").at(e.position);
  if (!aggregates_)
    throw Error(sqlstate::kGroupingError, "aggregate functions are not allowed in " + std::string(place_)).at(e.position);
  if (!locals_.empty())
    throw Error(sqlstate::kGroupingError,
                "aggregate functions are not allowed inside of a list comprehension or a predicate over a list")
        .at(e.position);
  AggregateCall call;
  call.def = &def;
  int args = e.star ? 0 : int(e.args.size());
  if (!e.star && args != def.args)
    throw Error(sqlstate::kUndefinedFunction, "wrong number of arguments for function " + e.name)
        .with_detail("It takes " + std::to_string(def.args) + ", not " + std::to_string(args) + ".")
        .at(e.position);
  if (e.star && def.kind != AggregateKind::kCount && def.kind != AggregateKind::kCountStar)
    throw Error(sqlstate::kSyntaxError, "* is an argument of count only").at(e.position);
  in_aggregate_ = true;
  if (args > 0) call.arg = bind(*e.args[0]);
  if (args > 1) call.arg2 = bind(*e.args[1], {Type::kFloat});
  in_aggregate_ = false;
  call.distinct = e.distinct;
  StaticType type;
  try {
    type = def.result ? def.result(call.arg ? call.arg->type : StaticType{Type::kNull}) : StaticType{Type::kAny};
  } catch (Error& error) {
    if (!error.position) error.position = e.position;
    throw;
  }
  auto same = [](const BoundPtr& a, const BoundPtr& b) { return !a == !b && (!a || same_expression(*a, *b)); };
  for (const AggregateCall& other : aggregates_->calls)
    if (other.def == call.def && other.distinct == call.distinct && same(other.arg, call.arg) &&
        same(other.arg2, call.arg2))
      return make_slot(other.slot, context_.info(other.slot).type, e.position);
  if (aggregates_->frozen)
    throw Error(sqlstate::kGroupingError, "this aggregate is not one of the projection's").at(e.position);
  call.slot = context_.new_slot(type);
  aggregates_->calls.push_back(call);
  return make_slot(call.slot, type, e.position);
}

}  // namespace elegraph::query::plan
