// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "query/sql/lower.h"
#include "storage/error.h"

// Operators: A_Expr nodes.
namespace elegraph::query::sql {

using cypher::ExpressionPtr;
using cypher::ExprKind;

namespace {

constexpr std::pair<std::string_view, ExprKind> kOperators[] = {
    {"=", ExprKind::kEqual},      {"<>", ExprKind::kNotEqual}, {"!=", ExprKind::kNotEqual},     {"<", ExprKind::kLess},
    {"<=", ExprKind::kLessEqual}, {">", ExprKind::kGreater},   {">=", ExprKind::kGreaterEqual}, {"+", ExprKind::kAdd},
    {"-", ExprKind::kSubtract},   {"*", ExprKind::kMultiply},  {"/", ExprKind::kDivide},        {"%", ExprKind::kModulo},
    {"^", ExprKind::kPower},      {"||", ExprKind::kConcat},
};

// A string constant beside a value of a written type is a constant of that type: oid = '16384'.
void adapt(ExpressionPtr& constant, const cypher::Expression& other) {
  if (other.kind != ExprKind::kCast || constant->kind != ExprKind::kLiteral || constant->literal.type() != Type::kString)
    return;
  auto cast = std::make_unique<cypher::Expression>();
  cast->kind = ExprKind::kCast;
  cast->position = cast->end = cast->name_position = constant->position;
  cast->name = other.name;
  cast->height = uint16_t(constant->height + 1);
  cast->args.push_back(std::move(constant));
  constant = std::move(cast);
}

}  // namespace

ExpressionPtr Lowering::operation(const Tree& node) {
  const std::string_view kind = text_of(node, "kind");
  if (kind == "AEXPR_OP") return plain_operation(node);
  if (kind == "AEXPR_NULLIF") return null_if(node);
  if (kind == "AEXPR_DISTINCT") return distinct(node);
  if (kind == "AEXPR_NOT_DISTINCT") return unary(ExprKind::kNot, node, distinct(node));
  if (kind == "AEXPR_BETWEEN") return between(node, false);
  if (kind == "AEXPR_NOT_BETWEEN") return between(node, true);
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE") return like(node);
  const bool equal = last_name(*find(node, "name")) == "=";
  if (kind == "AEXPR_IN" || (kind == "AEXPR_OP_ANY" && equal)) {
    ExpressionPtr left = expression(*find(node, "lexpr"));
    ExpressionPtr e = binary(ExprKind::kIn, node, std::move(left), expression(*find(node, "rexpr")));
    return equal ? std::move(e) : unary(ExprKind::kNot, node, std::move(e));
  }
  refuse("operator " + std::string(last_name(*find(node, "name"))), node);
}

ExpressionPtr Lowering::plain_operation(const Tree& node) {
  const std::string_view op = last_name(*find(node, "name"));
  const Tree* left = find(node, "lexpr");
  const Tree& right = *find(node, "rexpr");
  if (!left) {
    if (op != "-" && op != "+") refuse("operator " + std::string(op), node);
    return unary(op == "-" ? ExprKind::kNegate : ExprKind::kPlus, node, expression(right));
  }
  if (op == "~" || op == "!~") {
    // PostgreSQL's finds the pattern anywhere, Cypher's matches the whole string.
    ExpressionPtr l = expression(*left);
    ExpressionPtr pattern = binary(ExprKind::kConcat, node, literal(Value::string("(?s).*(?:"), node), expression(right));
    pattern = binary(ExprKind::kConcat, node, std::move(pattern), literal(Value::string(").*"), node));
    ExpressionPtr found = binary(ExprKind::kRegexMatch, node, std::move(l), std::move(pattern));
    return op == "~" ? std::move(found) : unary(ExprKind::kNot, node, std::move(found));
  }
  for (const auto& [text, kind] : kOperators) {
    if (text != op) continue;
    ExpressionPtr l = expression(*left);
    ExpressionPtr r = expression(right);
    adapt(l, *r);
    adapt(r, *l);
    return binary(kind, node, std::move(l), std::move(r));
  }
  refuse("operator " + std::string(op), node);
}

// x [NOT] [I]LIKE 'pattern' as a match of the regular expression that says the same.
ExpressionPtr Lowering::like(const Tree& node) {
  const std::string_view op = last_name(*find(node, "name"));
  ExpressionPtr value = expression(*find(node, "lexpr"));
  ExpressionPtr pattern = expression(*find(node, "rexpr"));
  if (pattern->kind != ExprKind::kLiteral || pattern->literal.type() != Type::kString)
    refuse("LIKE with a computed pattern", node);
  std::string regex = op.ends_with('*') ? "(?si)" : "(?s)";
  bool escaped = false;
  for (const char c : pattern->literal.as_string()) {
    const bool plain = std::exchange(escaped, !escaped && c == '\\') || (c != '%' && c != '_' && c != '\\');
    if (plain && std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) regex += '\\';
    if (plain)
      regex += c;
    else if (c != '\\')
      regex += c == '%' ? ".*" : ".";
  }
  ExpressionPtr match = binary(ExprKind::kRegexMatch, node, std::move(value), literal(Value::string(regex), node));
  return op.starts_with('!') ? unary(ExprKind::kNot, node, std::move(match)) : std::move(match);
}

ExpressionPtr Lowering::between(const Tree& node, bool negated) {
  const Tree& left = *find(node, "lexpr");
  const Tree& bounds = *find(body_of(*find(node, "rexpr")), "items");
  ExpressionPtr low = expression(left);
  low = binary(ExprKind::kGreaterEqual, node, std::move(low), expression(bounds[0]));
  ExpressionPtr high = expression(left);
  high = binary(ExprKind::kLessEqual, node, std::move(high), expression(bounds[1]));
  ExpressionPtr both = binary(ExprKind::kAnd, node, std::move(low), std::move(high));
  return negated ? unary(ExprKind::kNot, node, std::move(both)) : std::move(both);
}

// a IS DISTINCT FROM b never gives null: coalesce(a <> b, NOT (a IS NULL AND b IS NULL)).
ExpressionPtr Lowering::distinct(const Tree& node) {
  const Tree &left = *find(node, "lexpr"), &right = *find(node, "rexpr");
  ExpressionPtr l = expression(left);
  ExpressionPtr differ = binary(ExprKind::kNotEqual, node, std::move(l), expression(right));
  ExpressionPtr no_left = unary(ExprKind::kIsNull, node, expression(left));
  ExpressionPtr no_right = unary(ExprKind::kIsNull, node, expression(right));
  ExpressionPtr neither = binary(ExprKind::kAnd, node, std::move(no_left), std::move(no_right));
  return call("coalesce", node, std::move(differ), unary(ExprKind::kNot, node, std::move(neither)));
}

// nullif(a, b) is CASE WHEN a = b THEN null ELSE a END.
ExpressionPtr Lowering::null_if(const Tree& node) {
  const Tree& left = *find(node, "lexpr");
  ExpressionPtr e = make(ExprKind::kCase, node);
  e->args.push_back(nullptr);
  ExpressionPtr l = expression(left);
  e->args.push_back(binary(ExprKind::kEqual, node, std::move(l), expression(*find(node, "rexpr"))));
  e->args.push_back(literal(Value(), node));
  e->args.push_back(expression(left));
  return done(std::move(e));
}

}  // namespace elegraph::query::sql
