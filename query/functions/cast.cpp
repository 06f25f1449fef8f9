// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>

#include "query/functions/compare.h"
#include "query/functions/faults.h"
#include "query/functions/postgres_parse.h"
#include "query/functions/temporal/parse.h"
#include "query/functions/temporal/parts.h"
#include "query/functions/temporal/zone_rules.h"
#include "query/functions/type_names.h"
#include "query/functions/value_ops.h"
#include "query/sql/catalog/object_names.h"

namespace elegraph::query {
namespace {

[[noreturn]] void no_cast(const Value& v, std::string_view name) {
  throw Error(sqlstate::kInvalidParameterValue,
              fmt::format("a value of type {} cannot be cast to {}", type_name(v.type()), name));
}

bool is_text(const Value& v) { return v.type() == Type::kString; }

int64_t round_to_int(double d) {
  double r = std::nearbyint(d);  // halves to even, as PostgreSQL
  constexpr double kLimit = 9223372036854775808.0;
  if (!(r >= -kLimit && r < kLimit)) integer_overflow();
  return int64_t(r);
}

int64_t int_of(const Value& v, std::string_view name) {
  if (is_text(v)) {
    auto n = read_int(v.as_string());
    if (!n) unreadable(name, v.as_string());
    return *n;
  }
  if (v.type() == Type::kBool) return v.as_bool();
  if (!is_numeric(v.type())) no_cast(v, name);
  Number n = number_of(v);
  return n.integral ? n.i : round_to_int(n.d);
}

Value cast_to_int(const Value& v, const CastTarget& to, std::string_view name) {
  int64_t n = int_of(v, name);
  if (to.bits < 64 && (n < -(int64_t(1) << (to.bits - 1)) || n >= int64_t(1) << (to.bits - 1)))
    throw Error(sqlstate::kNumericOutOfRange, fmt::format("{} out of range", to.bits == 16 ? "smallint" : "integer"));
  return Value::integer(n);
}

Value cast_to_float(const Value& v, const CastTarget& to, std::string_view name) {
  double d;
  if (is_text(v)) {
    auto read = read_float(v.as_string());
    if (!read) unreadable(name, v.as_string());
    d = *read;
  } else if (is_numeric(v.type())) {
    Number n = number_of(v);
    d = n.integral ? double(n.i) : n.d;
  } else {
    no_cast(v, name);
  }
  return Value::floating(to.bits == 32 ? double(float(d)) : d);
}

Value cast_to_bool(const Value& v, std::string_view name) {
  if (v.type() == Type::kInt) return Value::boolean(v.as_int() != 0);
  if (!is_text(v)) no_cast(v, name);
  auto b = read_bool(v.as_string());
  if (!b) unreadable("boolean", v.as_string());
  return Value::boolean(*b);
}

// The first `length` characters; whole UTF-8 sequences.
std::string_view cut(std::string_view s, int64_t length) {
  size_t i = 0;
  for (; i < s.size(); i++)
    if ((s[i] & 0xC0) != 0x80 && length-- == 0) break;
  return s.substr(0, i);
}

Value cast_to_text(const Value& v, const CastTarget& to, const FunctionContext& context) {
  std::string text;
  bool structured = v.type() == Type::kList || v.type() == Type::kMap || v.type() == Type::kNode ||
                    v.type() == Type::kRelationship || v.type() == Type::kPath;
  if (structured)
    append_json(text, v, context);
  else
    text = to_text(v);
  return Value::string(to.length < 0 ? std::string_view(text) : cut(text, to.length));
}

// Between temporal types: what the target has is kept, what is missing comes from the session's zone and
// today.
Value cast_temporal(const Value& v, Type to, std::string_view name, const FunctionContext& context) {
  if (is_text(v)) return temporal::parse(to, trim_spaces(v.as_string()), context.session_zone);
  if (!temporal::is_temporal(v.type())) no_cast(v, name);
  temporal::Parts p = temporal::parts_of(v);
  bool wants_date = to != Type::kLocalTime && to != Type::kTime;
  if ((wants_date && !p.days) || (to != Type::kDate && !p.nanos && !wants_date)) no_cast(v, name);
  bool zoned_instant = v.type() == Type::kDateTime;
  if (zoned_instant && to != Type::kDateTime && to != Type::kTime)  // seen on the session's clocks
    p = temporal::parts_of(Value::datetime(v.temporal(), v.nanos(), context.session_zone));
  if (!p.zone) p.zone = context.session_zone;
  return temporal::assemble(to, p);
}

Value cast_to_duration(const Value& v, std::string_view name) {
  if (is_text(v)) return temporal::parse_interval(trim_spaces(v.as_string()));
  if (v.type() != Type::kLocalTime) no_cast(v, name);
  return Value::duration(0, 0, v.temporal() / temporal::kNanosPerSecond, int32_t(v.temporal() % temporal::kNanosPerSecond));
}

Value cast_to_numeric(const Value& v, std::string_view name) {
  if (is_text(v)) return parse_numeric(v.as_string());
  if (!is_numeric(v.type())) no_cast(v, name);
  return v.type() == Type::kNumeric ? v : parse_numeric(to_text(v));
}

Value cast_to_bytes(const Value& v, std::string_view name) {
  if (!is_text(v)) no_cast(v, name);
  return parse_bytes(v.as_string());
}

Value cast_to_uuid(const Value& v, std::string_view name) {
  if (!is_text(v)) no_cast(v, name);
  return parse_uuid(v.as_string());
}

Value cast_scalar(const Value& v, const CastTarget& to, Type type, std::string_view name, const FunctionContext& context) {
  if (v.is_null()) return {};
  switch (to.kind) {
    case CastTarget::Kind::kJson: return is_text(v) ? parse_json(v.as_string()) : v;
    case CastTarget::Kind::kText: return cast_to_text(v, to, context);
    case CastTarget::Kind::kObjectId:
      if (is_text(v) && name.starts_with("reg") && !read_int(v.as_string()))
        return Value::integer(sql::object_oid(name, v.as_string(), context));
      break;
    case CastTarget::Kind::kPlain: break;
  }
  if (type == Type::kInt) return cast_to_int(v, to, name);
  if (type == Type::kFloat) return cast_to_float(v, to, name);
  if (v.type() == type) return v;
  switch (type) {
    case Type::kBool: return cast_to_bool(v, name);
    case Type::kNumeric: return cast_to_numeric(v, name);
    case Type::kBytes: return cast_to_bytes(v, name);
    case Type::kUuid: return cast_to_uuid(v, name);
    case Type::kDuration: return cast_to_duration(v, name);
    default: return cast_temporal(v, type, name, context);
  }
}

Value cast_items(const Value& list, const CastTarget& to, std::string_view name, const FunctionContext& context) {
  std::vector<Value> items;
  items.reserve(list.as_list().size());
  for (auto& item : list.as_list())
    items.push_back(item.type() == Type::kList ? cast_items(item, to, name, context)
                                               : cast_scalar(item, to, to.type.element, name, context));
  return Value::list(std::move(items));
}

}  // namespace

Value cast(const Value& v, std::string_view type, const FunctionContext& context) {
  CastTarget to = cast_target(type);
  if (v.is_null()) return {};
  if (!to.array) return cast_scalar(v, to, to.type.type, type, context);
  TextStyle style;
  style.zone = context.session_zone;
  if (is_text(v)) return cast_items(parse_array_literal(v.as_string(), Type::kString, style), to, type, context);
  if (v.type() != Type::kList) no_cast(v, type);
  return cast_items(v, to, type, context);
}

}  // namespace elegraph::query
