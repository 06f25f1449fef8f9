// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/arithmetic.h"

#include <cmath>
#include <limits>

#include "query/functions/compare.h"
#include "query/functions/faults.h"
#include "query/functions/temporal/parts.h"
#include "query/functions/value_ops.h"
#include "storage/value_memory.h"

namespace elegraph::query {
namespace {

bool both_int(const Value& a, const Value& b) { return a.type() == Type::kInt && b.type() == Type::kInt; }
bool both_numeric(const Value& a, const Value& b) { return is_numeric(a.type()) && is_numeric(b.type()); }
bool any_null(const Value& a, const Value& b) { return a.is_null() || b.is_null(); }

double as_double(const Value& v) {
  if (v.type() != Type::kNumeric) return v.to_double();
  Number n = number_of(v);
  return n.integral ? double(n.i) : n.d;
}

// What + and || may put beside a string.
bool joins_as_text(Type t) {
  return t == Type::kString || t == Type::kUuid || t == Type::kBool || t == Type::kDuration || is_numeric(t) ||
         temporal::is_temporal(t);
}

Value join_text(const Value& a, const Value& b) {
  std::string left = to_text(a), right = to_text(b);
  if (left.size() + right.size() > kMaxStringBytes) result_too_large("string");
  if (left.size() + right.size() >= kLargeValue) admit_value(left.size() + right.size());
  return Value::string(std::move(left) + right);
}

size_t items_of(const Value& v) { return v.type() == Type::kList ? v.as_list().size() : 1; }

Value join_lists(const Value& a, const Value& b) {
  const size_t size = items_of(a) + items_of(b);
  if (size > kMaxListItems) result_too_large("list");
  admit_value(size * sizeof(Value));
  std::vector<Value> items;
  items.reserve(size);
  for (const Value* v : {&a, &b})
    if (v->type() == Type::kList)
      append_items(items, v->as_list().begin(), v->as_list().end());
    else
      items.push_back(*v);
  return Value::list(std::move(items));
}

}  // namespace

Value add(const Value& a, const Value& b) {
  if (any_null(a, b)) return {};
  Type s = a.type(), t = b.type();
  if (both_int(a, b)) {
    int64_t r;
    if (__builtin_add_overflow(a.as_int(), b.as_int(), &r)) integer_overflow();
    return Value::integer(r);
  }
  if (both_numeric(a, b)) return Value::floating(as_double(a) + as_double(b));
  if (s == Type::kList || t == Type::kList) return join_lists(a, b);
  if (t == Type::kDuration && temporal::is_temporal(s)) return temporal::add(a, b.as_duration(), 1);
  if (s == Type::kDuration && temporal::is_temporal(t)) return temporal::add(b, a.as_duration(), 1);
  if (s == Type::kDuration && t == Type::kDuration) return temporal::sum(a.as_duration(), b.as_duration(), 1);
  if ((s == Type::kString && joins_as_text(t)) || (t == Type::kString && joins_as_text(s))) return join_text(a, b);
  wrong_operands("+", a, b);
}

Value subtract(const Value& a, const Value& b) {
  if (any_null(a, b)) return {};
  if (both_int(a, b)) {
    int64_t r;
    if (__builtin_sub_overflow(a.as_int(), b.as_int(), &r)) integer_overflow();
    return Value::integer(r);
  }
  if (both_numeric(a, b)) return Value::floating(as_double(a) - as_double(b));
  if (b.type() == Type::kDuration && temporal::is_temporal(a.type())) return temporal::add(a, b.as_duration(), -1);
  if (a.type() == Type::kDuration && b.type() == Type::kDuration)
    return temporal::sum(a.as_duration(), b.as_duration(), -1);
  wrong_operands("-", a, b);
}

Value multiply(const Value& a, const Value& b) {
  if (any_null(a, b)) return {};
  if (both_int(a, b)) {
    int64_t r;
    if (__builtin_mul_overflow(a.as_int(), b.as_int(), &r)) integer_overflow();
    return Value::integer(r);
  }
  if (both_numeric(a, b)) return Value::floating(as_double(a) * as_double(b));
  if (a.type() == Type::kDuration && is_numeric(b.type())) return temporal::scale(a.as_duration(), as_double(b));
  if (b.type() == Type::kDuration && is_numeric(a.type())) return temporal::scale(b.as_duration(), as_double(a));
  wrong_operands("*", a, b);
}

Value divide(const Value& a, const Value& b) {
  if (any_null(a, b)) return {};
  if (both_int(a, b)) {
    if (b.as_int() == 0) throw Error(sqlstate::kDivisionByZero, "division by zero");
    if (b.as_int() == -1) return negate(a);
    return Value::integer(a.as_int() / b.as_int());
  }
  if (both_numeric(a, b)) return Value::floating(as_double(a) / as_double(b));
  if (a.type() == Type::kDuration && is_numeric(b.type())) {
    if (as_double(b) == 0) throw Error(sqlstate::kDivisionByZero, "division by zero");
    return temporal::scale(a.as_duration(), 1 / as_double(b));
  }
  wrong_operands("/", a, b);
}

Value modulo(const Value& a, const Value& b) {
  if (any_null(a, b)) return {};
  if (both_int(a, b)) {
    if (b.as_int() == 0) throw Error(sqlstate::kDivisionByZero, "division by zero");
    return Value::integer(b.as_int() == -1 ? 0 : a.as_int() % b.as_int());
  }
  if (both_numeric(a, b)) return Value::floating(std::fmod(as_double(a), as_double(b)));
  wrong_operands("%", a, b);
}

Value power(const Value& a, const Value& b) {
  if (any_null(a, b)) return {};
  if (both_numeric(a, b)) return Value::floating(std::pow(as_double(a), as_double(b)));
  wrong_operands("^", a, b);
}

Value negate(const Value& a) {
  if (a.is_null()) return {};
  if (a.type() == Type::kInt) {
    if (a.as_int() == std::numeric_limits<int64_t>::min()) integer_overflow();
    return Value::integer(-a.as_int());
  }
  if (is_numeric(a.type())) return Value::floating(-as_double(a));
  if (a.type() == Type::kDuration) return temporal::sum(DurationObject(), a.as_duration(), -1);
  wrong_argument("operator -", a);
}

Value concat(const Value& a, const Value& b) {
  if (any_null(a, b)) return {};
  if (a.type() == Type::kList || b.type() == Type::kList) return join_lists(a, b);
  if (a.type() == Type::kBytes && b.type() == Type::kBytes)
    return Value::bytes(std::string(a.as_string()) + std::string(b.as_string()));
  if (joins_as_text(a.type()) && joins_as_text(b.type())) return join_text(a, b);
  wrong_operands("||", a, b);
}

}  // namespace elegraph::query
