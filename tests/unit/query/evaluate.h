// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "query/cypher/parser.h"
#include "query/functions/registry.h"
#include "query/functions/value_ops.h"
#include "storage/error.h"

// Evaluates Cypher expressions without variables, straight over the value operators and functions: what tests
// of functions are written in. Numbers of an Error come out as "!22012".
namespace elegraph::query::test {

inline Value of(Ternary t) { return t ? Value::boolean(*t) : Value(); }

Value evaluate(const cypher::Expression& e, const FunctionContext& context);

inline Value call(const cypher::Expression& e, const FunctionContext& context) {
  const FunctionDef* f = find_function(e.name);
  if (!f) throw Error(sqlstate::kUndefinedFunction, "no function " + e.name);
  std::vector<Value> args;
  for (auto& a : e.args) args.push_back(evaluate(*a, context));
  for (auto& a : args)
    if (f->null_on_null && a.is_null()) return {};
  return f->call(args, context);
}

inline Value evaluate(const cypher::Expression& e, const FunctionContext& context) {
  using cypher::ExprKind;
  auto arg = [&](size_t i) { return evaluate(*e.args[i], context); };
  switch (e.kind) {
    case ExprKind::kLiteral: return e.literal;
    case ExprKind::kFunction: return call(e, context);
    case ExprKind::kProperty: return property_of(arg(0), e.name, context);
    case ExprKind::kCast: return cast(arg(0), e.name, context);
    case ExprKind::kIndex: return index_value(arg(0), arg(1), context);
    case ExprKind::kIn: return in_list(arg(0), arg(1));
    case ExprKind::kEqual: return of(equals(arg(0), arg(1)));
    case ExprKind::kLess: return of(less(arg(0), arg(1)));
    case ExprKind::kLessEqual: return of(less_equal(arg(0), arg(1)));
    case ExprKind::kGreater: return of(less(arg(1), arg(0)));
    case ExprKind::kGreaterEqual: return of(less_equal(arg(1), arg(0)));
    case ExprKind::kRegexMatch: return of(regex_match(arg(0), arg(1)));
    case ExprKind::kStartsWith: return of(starts_with(arg(0), arg(1)));
    case ExprKind::kAdd: return add(arg(0), arg(1));
    case ExprKind::kSubtract: return subtract(arg(0), arg(1));
    case ExprKind::kMultiply: return multiply(arg(0), arg(1));
    case ExprKind::kDivide: return divide(arg(0), arg(1));
    case ExprKind::kModulo: return modulo(arg(0), arg(1));
    case ExprKind::kPower: return power(arg(0), arg(1));
    case ExprKind::kConcat: return concat(arg(0), arg(1));
    case ExprKind::kNegate: return negate(arg(0));
    case ExprKind::kSlice: {
      Value from = e.args[1] ? arg(1) : Value(), to = e.args[2] ? arg(2) : Value();
      return slice(arg(0), e.args[1] ? &from : nullptr, e.args[2] ? &to : nullptr);
    }
    case ExprKind::kList: {
      std::vector<Value> items;
      for (size_t i = 0; i < e.args.size(); i++) items.push_back(arg(i));
      return Value::list(std::move(items));
    }
    case ExprKind::kMap: {
      std::vector<std::pair<std::string, Value>> entries;
      for (size_t i = 0; i < e.args.size(); i++) entries.emplace_back(e.names[i], arg(i));
      return Value::map(std::move(entries));
    }
    default: throw Error(sqlstate::kFeatureNotSupported, "not in a function test");
  }
}

inline FunctionContext context_at(int64_t seconds) {
  FunctionContext context;
  context.statement_seconds = seconds;
  return context;
}

inline Value evaluate(std::string_view text, const FunctionContext& context = context_at(1'000'000'000)) {
  return evaluate(*cypher::parse_expression(text, {}), context);
}

// The result as JSON, or "!" and the SQLSTATE.
inline std::string json(std::string_view text, const FunctionContext& context = context_at(1'000'000'000)) {
  try {
    std::string out;
    append_json(out, evaluate(text, context), context);
    return out;
  } catch (const Error& error) {
    return "!" + error.sqlstate;
  }
}

struct Case {
  std::string_view expression, result;
};

}  // namespace elegraph::query::test

#define EXPECT_CASES(cases) \
  for (auto& c : cases) EXPECT_EQ(::elegraph::query::test::json(c.expression), c.result) << c.expression
