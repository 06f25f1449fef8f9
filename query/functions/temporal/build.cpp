// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "query/functions/compare.h"
#include "query/functions/faults.h"
#include "query/functions/temporal/arithmetic.h"
#include "query/functions/temporal/parse.h"
#include "query/functions/temporal/zone_rules.h"
#include "storage/error.h"

namespace elegraph::query::temporal {
namespace {

bool has_date(Type t) { return t == Type::kDate || t == Type::kLocalDateTime || t == Type::kDateTime; }
bool has_time(Type t) { return t != Type::kDate; }
bool has_zone(Type t) { return t == Type::kTime || t == Type::kDateTime; }

// Another temporal value as `type`: it must have the date or the time that `type` is about.
Value project(Type type, const Value& v, const FunctionContext& context) {
  Parts p = parts_of(v);
  if ((has_date(type) && !p.days) || (!has_date(type) && !p.nanos))
    wrong_argument(fmt::format("a function that makes a {}", type_name(type)), v);
  if (!p.zone) p.zone = context.session_zone;
  return assemble(type, p);
}

Value from_epoch(const Fields& f, const FunctionContext& context) {
  if (f.has_date() || f.any({"date", "time", "datetime", "hour", "minute", "second"}))
    invalid_value("epochSeconds and epochMillis stand for the whole instant");
  auto seconds = f.integer("epochSeconds"), millis = f.integer("epochMillis");
  if (seconds && millis) invalid_value("an instant is given by epochSeconds or by epochMillis, not by both");
  int64_t nanos = f.nanos(0, false);
  if (millis) {
    nanos += floor_mod(*millis, 1000) * 1'000'000;
    seconds = floor_div(*millis, 1000);
  }
  if (nanos >= kNanosPerSecond) throw Error(sqlstate::kDatetimeOverflow, "nanosecond is out of range");
  return at_instant(Type::kDateTime, *seconds, int32_t(nanos), f.zone().value_or(context.session_zone));
}

// What the map's date, time and datetime fields bring.
struct Bases {
  std::optional<int64_t> days, nanos;
  std::optional<uint16_t> zone;
  std::optional<int32_t> offset;
};

Bases read_bases(const Fields& f, Type type) {
  Bases b;
  auto date = f.base("date"), time = f.base("time"), both = f.base("datetime");
  if (both && (date || time)) invalid_value("datetime stands for date and time together");
  if (both) date = time = both;
  if (date) b.days = date->days;
  if (time) b.nanos = time->nanos;
  if (time && has_zone(type)) b.zone = time->zone, b.offset = time->offset;
  return b;
}

// The value in its own zone, or moved to the zone that the map asks for.
Value with_zone(Type type, Parts p, bool zone_of_base, std::optional<uint16_t> wanted, const FunctionContext& context) {
  if (!zone_of_base) {
    p.zone = wanted.value_or(context.session_zone);
    p.offset.reset();
    if (type == Type::kTime && !p.days) p.offset = offset_at(*p.zone, context.statement_seconds);
    return assemble(type, p);
  }
  Value v = assemble(type, p);
  if (!wanted) return v;
  if (type == Type::kDateTime) return Value::datetime(v.temporal(), v.nanos(), *wanted);
  int32_t offset = offset_at(*wanted, context.statement_seconds);
  int64_t moved = v.temporal() + int64_t(offset - v.offset_seconds()) * kNanosPerSecond;
  return Value::time(floor_mod(moved, kNanosPerDay), offset);
}

Value from_map(Type type, const Value& map, const FunctionContext& context) {
  Fields f(map);
  if (f.any_null()) return {};
  if (f.any({"epochSeconds", "epochMillis"})) {
    if (type != Type::kDateTime) invalid_value("epochSeconds and epochMillis are for datetime()");
    return from_epoch(f, context);
  }
  auto wanted = f.zone();
  if (wanted && !f.has_date() && !f.has_time() && !f.any({"date", "time", "datetime"}))
    return at_instant(type, context.statement_seconds, context.statement_nanos, *wanted);
  Bases bases = read_bases(f, type);
  Parts p;
  if (has_date(type))
    p.days = bases.days && !f.has_date() ? *bases.days : f.days(bases.days);
  else if (f.has_date())
    invalid_value(fmt::format("a {} has no date", type_name(type)));
  if (!has_time(type) && f.has_time()) invalid_value("a DATE has no time of day");
  if (has_time(type)) {
    if (!has_date(type) && !bases.nanos && !f.has_time()) invalid_value("a time of day needs an hour");
    p.nanos = f.nanos(bases.nanos, false);
  }
  p.zone = bases.zone, p.offset = bases.offset;
  if (!has_zone(type)) return assemble(type, p);
  return with_zone(type, p, bases.zone.has_value(), wanted, context);
}

}  // namespace

Value at_instant(Type type, int64_t utc_seconds, int32_t nanos, uint16_t zone) {
  check_days(floor_div(utc_seconds, kSecondsPerDay));
  Value v = Value::datetime(utc_seconds, nanos, zone);
  return type == Type::kDateTime ? v : assemble(type, parts_of(v));
}

Value build(Type type, const Value& from, const FunctionContext& context) {
  if (from.is_null()) return {};
  if (from.type() == Type::kString) return parse(type, from.as_string(), context.session_zone);
  if (from.type() == Type::kMap) return from_map(type, from, context);
  if (is_temporal(from.type())) return project(type, from, context);
  wrong_argument(fmt::format("a function that makes a {}", type_name(type)), from);
}

Value build_duration(const Value& map) {
  struct Unit {
    std::string_view name;
    int64_t months, days, nanos;
  };
  constexpr Unit kUnits[] = {
      {"years", 12, 0, 0},
      {"quarters", 3, 0, 0},
      {"months", 1, 0, 0},
      {"weeks", 0, 7, 0},
      {"days", 0, 1, 0},
      {"hours", 0, 0, 3600 * kNanosPerSecond},
      {"minutes", 0, 0, 60 * kNanosPerSecond},
      {"seconds", 0, 0, kNanosPerSecond},
      {"milliseconds", 0, 0, 1'000'000},
      {"microseconds", 0, 0, 1'000},
      {"nanoseconds", 0, 0, 1},
  };
  __int128_t months = 0, days = 0, nanos = 0;                              // of integers, exact
  long double fraction_months = 0, fraction_days = 0, fraction_nanos = 0;  // of floats
  for (auto& [key, value] : map.as_map()) {
    auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](auto& u) { return u.name == key; });
    if (unit == std::end(kUnits)) invalid_value(fmt::format("\"{}\" is no field of a duration", key));
    if (value.is_null()) return {};
    if (!value.is_number()) wrong_argument(fmt::format("field \"{}\"", key), value);
    if (value.type() == Type::kInt) {
      __int128_t n = value.as_int();
      months += n * unit->months, days += n * unit->days, nanos += n * unit->nanos;
    } else {
      long double n = (long double)value.as_float();
      fraction_months += n * (long double)unit->months, fraction_days += n * (long double)unit->days;
      fraction_nanos += n * (long double)unit->nanos;
    }
  }
  Value whole = make_duration(months, days, nanos);
  Value rest = make_fractional_duration(fraction_months, fraction_days, fraction_nanos);
  return sum(whole.as_duration(), rest.as_duration(), 1);
}

}  // namespace elegraph::query::temporal
