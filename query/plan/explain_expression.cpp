// SPDX-License-Identifier: Apache-2.0
#include "query/plan/explain_expression.h"

#include <string_view>

#include "query/functions/value_ops.h"

namespace elegraph::query::plan {

namespace {

// What makes a value of the type from a text.
std::string_view maker_of(Type type) {
  switch (type) {
    case Type::kDate: return "date";
    case Type::kTime: return "time";
    case Type::kLocalTime: return "localtime";
    case Type::kDateTime: return "datetime";
    case Type::kLocalDateTime: return "localdatetime";
    case Type::kDuration: return "duration";
    default: return {};
  }
}

std::string literal_text(const Value& v) {
  if (const auto maker = maker_of(v.type()); !maker.empty()) return std::string(maker) + "('" + to_text(v) + "')";
  switch (v.type()) {
    case Type::kNull: return "null";
    case Type::kBool: return v.as_bool() ? "true" : "false";
    case Type::kInt: return std::to_string(v.as_int());
    case Type::kFloat: return to_text(v);
    case Type::kString: return "'" + std::string(v.as_string()) + "'";
    case Type::kList: return "[" + std::to_string(v.as_list().size()) + " values]";
    default: return std::string(type_name(v.type()));
  }
}

std::string_view infix(BoundKind k) {
  switch (k) {
    case BoundKind::kAnd: return " AND ";
    case BoundKind::kOr: return " OR ";
    case BoundKind::kXor: return " XOR ";
    case BoundKind::kEqual: return " = ";
    case BoundKind::kNotEqual: return " <> ";
    case BoundKind::kLess: return " < ";
    case BoundKind::kLessEqual: return " <= ";
    case BoundKind::kGreater: return " > ";
    case BoundKind::kGreaterEqual: return " >= ";
    case BoundKind::kIn: return " IN ";
    case BoundKind::kStartsWith: return " STARTS WITH ";
    case BoundKind::kEndsWith: return " ENDS WITH ";
    case BoundKind::kContains: return " CONTAINS ";
    case BoundKind::kRegexMatch: return " =~ ";
    case BoundKind::kAdd: return " + ";
    case BoundKind::kSubtract: return " - ";
    case BoundKind::kMultiply: return " * ";
    case BoundKind::kDivide: return " / ";
    case BoundKind::kModulo: return " % ";
    case BoundKind::kPower: return " ^ ";
    case BoundKind::kConcat: return " || ";
    default: return "";
  }
}

std::string arguments(const BoundExpression& e, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < e.args.size(); ++i) {
    if (i) out += separator;
    if (e.args[i]) out += expression_text(*e.args[i]);
  }
  return out;
}

std::string map_text(const BoundExpression& e) {
  std::string out = "{";
  for (size_t i = 0; i < e.names.size() && i < e.args.size(); ++i)
    out += (i ? ", " : "") + e.names[i] + ": " + expression_text(*e.args[i]);
  return out + "}";
}

}  // namespace

std::string expression_text(const BoundExpression& e) {
  if (std::string_view op = infix(e.kind); !op.empty()) return "(" + arguments(e, op) + ")";
  switch (e.kind) {
    case BoundKind::kLiteral: return literal_text(e.literal);
    case BoundKind::kParameter: return "$" + std::to_string(e.parameter + 1);
    case BoundKind::kSlot: return e.name.empty() ? "#" + std::to_string(e.slot) : e.name;
    case BoundKind::kProperty: return expression_text(*e.args[0]) + "." + e.name;
    case BoundKind::kHasLabels: {
      std::string out = expression_text(*e.args[0]);
      for (const std::string& n : e.names) out += ":" + n;
      return out;
    }
    case BoundKind::kNot: return "NOT " + expression_text(*e.args[0]);
    case BoundKind::kNegate: return "-" + expression_text(*e.args[0]);
    case BoundKind::kIsNull: return expression_text(*e.args[0]) + " IS NULL";
    case BoundKind::kIsNotNull: return expression_text(*e.args[0]) + " IS NOT NULL";
    case BoundKind::kList: return "[" + arguments(e, ", ") + "]";
    case BoundKind::kMap: return map_text(e);
    case BoundKind::kIndex: return expression_text(*e.args[0]) + "[" + expression_text(*e.args[1]) + "]";
    case BoundKind::kFunction: return e.name + "(" + arguments(e, ", ") + ")";
    case BoundKind::kCast: return expression_text(*e.args[0]) + "::" + e.name;
    case BoundKind::kExists: return "EXISTS {...}";
    case BoundKind::kCount: return "COUNT {...}";
    case BoundKind::kCollect: return "COLLECT {...}";
    case BoundKind::kRelationshipsDistinct: return "distinct(" + arguments(e, ", ") + ")";
    case BoundKind::kSameNode: return "same(" + arguments(e, ", ") + ")";
    case BoundKind::kPath: return "path";
    case BoundKind::kWalk: return "walk";
    default: return "(...)";
  }
}

}  // namespace elegraph::query::plan
