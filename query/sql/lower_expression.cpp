// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "query/sql/lower.h"
#include "query/sql/lower_nesting.h"
#include "query/sql/type_names.h"
#include "storage/error.h"

// Expressions but for operators.
namespace elegraph::query::sql {

using cypher::ExpressionPtr;
using cypher::ExprKind;

void Lowering::refuse(const std::string& what, const Tree& node) const {
  Error error(sqlstate::kFeatureNotSupported, what + (what.back() == 's' ? " are" : " is") + " not supported in SQL");
  error.hint = "Cypher queries the graph: MATCH (n: Label) RETURN n.key.";
  throw std::move(error).at(location_of(node));
}

ExpressionPtr Lowering::make(ExprKind kind, const Tree& node) const {
  auto e = std::make_unique<cypher::Expression>();
  e->kind = kind;
  e->position = e->end = e->name_position = location_of(node);
  return e;
}

ExpressionPtr Lowering::done(ExpressionPtr e) const {
  uint16_t height = 0;
  for (const ExpressionPtr& arg : e->args) {
    if (arg) height = std::max(height, arg->height);
  }
  e->height = uint16_t(height + 1);
  return e;
}

ExpressionPtr Lowering::nary(ExprKind kind, const Tree& node, const Tree& list) {
  ExpressionPtr e = make(kind, node);
  for (size_t i = 0; i < list.size(); ++i) e->args.push_back(expression(list[i]));
  return done(std::move(e));
}

ExpressionPtr Lowering::unary(ExprKind kind, const Tree& node, ExpressionPtr operand) const {
  ExpressionPtr e = make(kind, node);
  e->args.push_back(std::move(operand));
  return done(std::move(e));
}

ExpressionPtr Lowering::binary(ExprKind kind, const Tree& node, ExpressionPtr left, ExpressionPtr right) const {
  ExpressionPtr e = make(kind, node);
  e->args.push_back(std::move(left));
  e->args.push_back(std::move(right));
  return done(std::move(e));
}

ExpressionPtr Lowering::call(std::string name, const Tree& node, ExpressionPtr first, ExpressionPtr second) const {
  ExpressionPtr e = make(ExprKind::kFunction, node);
  e->name = std::move(name);
  if (first) e->args.push_back(std::move(first));
  if (second) e->args.push_back(std::move(second));
  return done(std::move(e));
}

ExpressionPtr Lowering::literal(Value v, const Tree& node) const {
  ExpressionPtr e = make(ExprKind::kLiteral, node);
  e->literal = std::move(v);
  return e;
}

ExpressionPtr Lowering::expression(const Tree& node) {
  const Nesting nesting(depth_);
  if (grouping_) {
    if (ExpressionPtr e = grouped(node)) return e;
  }
  const std::string_view kind = kind_of(node);
  const Tree& body = body_of(node);
  if (kind == "A_Const") return constant(body);
  if (kind == "ParamRef") return parameter(body);
  if (kind == "ColumnRef") return column(body);
  if (kind == "FuncCall") return function(body);
  if (kind == "A_Expr") return operation(body);
  if (kind == "CollateClause") return expression(*find(body, "arg"));
  if (kind == "CaseExpr") return case_(body);
  if (kind == "SQLValueFunction") return value_function(body);
  if (kind == "A_Indirection") return indirection(body);
  if (kind == "BooleanTest") return boolean_test(body);
  if (kind == "SubLink") return sublink(body);
  if (kind == "TypeCast") {
    const std::string name = type_name(*find(body, "typeName"));
    ExpressionPtr operand = expression(*find(body, "arg"));
    if (name == "regproc" && operand->kind == ExprKind::kLiteral && operand->literal.type() == Type::kString) {
      // A function is its name, as the catalogs have it.
      const std::string function(operand->literal.as_string());
      return literal(Value::string(function.substr(function.rfind('.') + 1)), body);
    }
    if (name == "text" || name == "name" || name == "varchar") operand = object_name(std::move(operand), body);
    ExpressionPtr e = unary(ExprKind::kCast, body, std::move(operand));
    e->name = name;
    return e;
  }
  if (kind == "BoolExpr") {
    const std::string_view op = text_of(body, "boolop");
    return nary(op == "AND_EXPR"  ? ExprKind::kAnd
                : op == "OR_EXPR" ? ExprKind::kOr
                                  : ExprKind::kNot,
                body, *find(body, "args"));
  }
  if (kind == "NullTest") {
    const bool is_null = text_of(body, "nulltesttype") == "IS_NULL";
    return unary(is_null ? ExprKind::kIsNull : ExprKind::kIsNotNull, body, expression(*find(body, "arg")));
  }
  if (kind == "CoalesceExpr" || kind == "MinMaxExpr") {
    ExpressionPtr e = nary(ExprKind::kFunction, body, *find(body, "args"));
    e->name = kind == "CoalesceExpr" ? "coalesce" : text_of(body, "op") == "IS_GREATEST" ? "greatest" : "least";
    return e;
  }
  if (kind == "A_ArrayExpr") {
    const Tree* items = find(body, "elements");
    return items ? nary(ExprKind::kList, body, *items) : done(make(ExprKind::kList, body));
  }
  if (kind == "RowExpr") {
    const Tree* items = find(body, "args");
    return items ? nary(ExprKind::kList, body, *items) : done(make(ExprKind::kList, body));
  }
  if (kind == "List") {
    const Tree* items = find(body, "items");
    return items ? nary(ExprKind::kList, body, *items) : done(make(ExprKind::kList, body));
  }
  refuse("this expression", body);
}

// x::regclass shows the name of what is a number everywhere else.
ExpressionPtr Lowering::object_name(ExpressionPtr e, const Tree& node) const {
  const bool object =
      e->kind == ExprKind::kCast && (e->name == "regclass" || e->name == "regtype" || e->name == "regnamespace");
  if (!object) return e;
  ExpressionPtr type = literal(Value::string(e->name), node);
  return call("pg_object_name", node, std::move(type), std::move(e));
}

ExpressionPtr Lowering::constant(const Tree& node) {
  if (flag_of(node, "isnull")) return literal(Value(), node);
  if (find(node, "ival")) return integer_constant(node);
  if (const Tree* v = find(node, "boolval")) return literal(Value::boolean(flag_of(*v, "boolval")), node);
  if (const Tree* v = find(node, "sval")) return literal(Value::string(text_of(*v, "sval")), node);
  const Tree* number = find(node, "fval");
  if (!number) refuse("a bit string", node);
  // Integers above 32 bits come as this too; what else there is, is numeric in SQL.
  const std::string_view digits = text_of(*number, "fval");
  int64_t integer;
  const auto [p, error] = std::from_chars(digits.data(), digits.data() + digits.size(), integer);
  if (error == std::errc() && p == digits.data() + digits.size()) return literal(Value::integer(integer), node);
  return literal(Value::text(Type::kNumeric, digits), node);
}

// libpg_query leaves out negative integers as if they were 0: the text has them.
ExpressionPtr Lowering::integer_constant(const Tree& node) { return literal(Value::integer(integer_of(node)), node); }

int64_t Lowering::integer_of(const Tree& node) const {
  const Tree& number = *find(node, "ival");
  int64_t v = number_of(number, "ival");
  if (v == 0 && find(node, "location")) {
    std::string_view text = text_.substr(std::min<size_t>(location_of(node), text_.size()));
    if (text.starts_with('-')) {
      text.remove_prefix(1);
      const size_t first = text.find_first_of("0123456789");
      if (first != std::string_view::npos) std::from_chars(text.data() + first, text.data() + text.size(), v);
      v = -v;
    }
  }
  return v;
}

ExpressionPtr Lowering::parameter(const Tree& node) {
  const int64_t number = number_of(node, "number");
  if (number < 1 || number > 65535) {
    throw Error(sqlstate::kUndefinedParameter, "there is no parameter $" + std::to_string(number)).at(location_of(node));
  }
  parameters_ = std::max(parameters_, uint32_t(number));
  ExpressionPtr e = make(ExprKind::kParameter, node);
  e->name = std::to_string(number);
  e->index = uint32_t(number - 1);
  return e;
}

ExpressionPtr Lowering::function(const Tree& node) {
  for (const char* clause : {"agg_filter", "over", "agg_order"}) {
    if (find(node, clause)) refuse("a window or ordered aggregate", node);
  }
  const Tree& names = *find(node, "funcname");
  ExpressionPtr e = make(ExprKind::kFunction, node);
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string_view part = string_of(names[i]);
    if (part == "pg_catalog" && i + 1 < names.size()) continue;
    e->name += (e->name.empty() ? "" : ".") + std::string(part);
  }
  e->star = flag_of(node, "agg_star");
  e->distinct = flag_of(node, "agg_distinct");
  if (const Tree* args = find(node, "args")) {
    for (size_t i = 0; i < args->size(); ++i) {
      if (kind_of((*args)[i]) == "NamedArgExpr") refuse("a named argument", body_of((*args)[i]));
      e->args.push_back(expression((*args)[i]));
    }
  }
  if (e->name == "string_agg" && e->args.size() == 2) {
    ExpressionPtr separator = std::move(e->args[1]);
    e->args.pop_back();
    e->name = "collect";
    return call("array_to_string", node, done(std::move(e)), std::move(separator));
  }
  return done(std::move(e));
}

ExpressionPtr Lowering::case_(const Tree& node) {
  ExpressionPtr e = make(ExprKind::kCase, node);
  auto add = [&](const Tree* part) { e->args.push_back(part ? expression(*part) : nullptr); };
  add(find(node, "arg"));
  const Tree& whens = *find(node, "args");
  for (size_t i = 0; i < whens.size(); ++i) {
    add(find(body_of(whens[i]), "expr"));
    add(find(body_of(whens[i]), "result"));
  }
  add(find(node, "defresult"));
  return done(std::move(e));
}

namespace {

// "SVFOP_CURRENT_DATE" is current_date; a "_N" for a precision is dropped.
std::string value_function_name(std::string_view op) {
  op.remove_prefix(std::min<size_t>(6, op.size()));
  if (op.ends_with("_N")) op.remove_suffix(2);
  std::string name(op);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  return name;
}

}  // namespace

ExpressionPtr Lowering::value_function(const Tree& node) { return call(value_function_name(text_of(node, "op")), node); }

// array[1]: SQL counts from 1.
ExpressionPtr Lowering::indirection(const Tree& node) {
  ExpressionPtr e = expression(*find(node, "arg"));
  const Tree& steps = *find(node, "indirection");
  for (size_t i = 0; i < steps.size(); ++i) {
    const Tree* subscript = as(steps[i], "A_Indices");
    if (subscript && !flag_of(*subscript, "is_slice")) {
      ExpressionPtr index = expression(*find(*subscript, "uidx"));
      index = binary(ExprKind::kSubtract, node, std::move(index), literal(Value::integer(1), node));
      e = binary(ExprKind::kIndex, node, std::move(e), std::move(index));
    } else if (const std::string_view field = string_of(steps[i]); !field.empty()) {
      e = unary(ExprKind::kProperty, node, std::move(e));
      e->name = field;
    } else {
      refuse("an array slice", node);
    }
  }
  return e;
}

// x IS TRUE and its kin never give null.
ExpressionPtr Lowering::boolean_test(const Tree& node) {
  const std::string_view test = text_of(node, "booltesttype");
  ExpressionPtr e = expression(*find(node, "arg"));
  if (test == "IS_UNKNOWN") return unary(ExprKind::kIsNull, node, std::move(e));
  if (test == "IS_NOT_UNKNOWN") return unary(ExprKind::kIsNotNull, node, std::move(e));
  const bool when_null = test == "IS_FALSE" || test == "IS_NOT_FALSE";
  e = call("coalesce", node, std::move(e), literal(Value::boolean(when_null), node));
  const bool negated = test == "IS_NOT_TRUE" || test == "IS_FALSE";
  return negated ? unary(ExprKind::kNot, node, std::move(e)) : std::move(e);
}

ExpressionPtr Lowering::sublink(const Tree& node) {
  const std::string_view type = text_of(node, "subLinkType");
  const Tree* select = as(*find(node, "subselect"), "SelectStmt");
  if (!select || (type != "EXISTS_SUBLINK" && type != "EXPR_SUBLINK" && type != "ARRAY_SUBLINK")) {
    refuse("this subquery", node);
  }
  ExpressionPtr e = make(type == "EXISTS_SUBLINK" ? ExprKind::kExists : ExprKind::kCollectSubquery, node);
  e->subquery = query(*select);
  if (type != "EXPR_SUBLINK") return e;
  return binary(ExprKind::kIndex, node, std::move(e), literal(Value::integer(0), node));
}

namespace {

std::string type_cast_name(const Tree& cast) { return type_name(*find(cast, "typeName")); }

// PostgreSQL's FigureColname: the name and how good it is (2: a column's or function's, 1: a cast's, 0:
// none).
int figure_name(const Tree& node, std::string& name, int depth) {
  const std::string_view kind = kind_of(node);
  const Tree& body = body_of(node);
  auto is = [&](std::string_view text) { return name = text, 2; };
  if (depth > 100) return 0;
  if (kind == "ColumnRef") {
    const std::string_view last = last_name(*find(body, "fields"));
    return last.empty() ? 0 : is(last);
  }
  if (kind == "FuncCall") return is(last_name(*find(body, "funcname")));
  if (kind == "TypeCast") {
    if (figure_name(*find(body, "arg"), name, depth + 1) == 2) return 2;
    name = type_cast_name(body);
    if (name.ends_with("[]")) name.resize(name.size() - 2);
    return 1;
  }
  if (kind == "CollateClause") return figure_name(*find(body, "arg"), name, depth + 1);
  if (kind == "A_Indirection") {
    const Tree& steps = *find(body, "indirection");
    const std::string_view field = last_name(steps);
    return field.empty() ? figure_name(*find(body, "arg"), name, depth + 1) : is(field);
  }
  if (kind == "A_Expr") return text_of(body, "kind") == "AEXPR_NULLIF" ? is("nullif") : 0;
  if (kind == "CaseExpr") {
    const Tree* otherwise = find(body, "defresult");
    if (otherwise && figure_name(*otherwise, name, depth + 1) == 2) return 2;
    name = "case";
    return 1;
  }
  if (kind == "CoalesceExpr") return is("coalesce");
  if (kind == "MinMaxExpr") return is(text_of(body, "op") == "IS_GREATEST" ? "greatest" : "least");
  if (kind == "SQLValueFunction") return is(value_function_name(text_of(body, "op")));
  if (kind == "A_ArrayExpr") return is("array");
  if (kind == "RowExpr") return is("row");
  if (kind != "SubLink") return 0;
  const std::string_view type = text_of(body, "subLinkType");
  if (type == "EXISTS_SUBLINK") return is("exists");
  if (type == "ARRAY_SUBLINK") return is("array");
  const Tree* select = as(*find(body, "subselect"), "SelectStmt");
  const Tree* targets = select ? find(*select, "targetList") : nullptr;
  if (type != "EXPR_SUBLINK" || !targets) return 0;
  const Tree& first = body_of((*targets)[0]);
  if (const std::string_view alias = text_of(first, "name"); !alias.empty()) return is(alias);
  return figure_name(*find(first, "val"), name, depth + 1);
}

}  // namespace

std::string column_name(const Tree& expression) {
  std::string name;
  return figure_name(expression, name, 0) == 0 || name.empty() ? "?column?" : name;
}

}  // namespace elegraph::query::sql
