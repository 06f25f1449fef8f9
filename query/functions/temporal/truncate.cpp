// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "query/functions/faults.h"
#include "query/functions/temporal/build.h"
#include "query/functions/unicode.h"
#include "query/functions/vector_loops.h"

namespace elegraph::query::temporal {
namespace {

enum class Unit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kWeekYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
};

std::optional<Unit> find_unit(std::string_view name) {
  constexpr std::string_view kNames[] = {"millennium", "century", "decade",      "year",       "weekyear",
                                         "quarter",    "month",   "week",        "day",        "hour",
                                         "minute",     "second",  "millisecond", "microsecond"};
  std::string lower = to_lower(name);
  for (size_t i = 0; i < std::size(kNames); i++)
    if (kNames[i] == lower) return Unit(i);
  return std::nullopt;
}

Unit parse_unit(std::string_view name) {
  if (auto unit = find_unit(name)) return *unit;
  invalid_value(fmt::format("\"{}\" is no unit to truncate to", name));
}

int64_t truncate_days(int64_t days, Unit unit) {
  Civil c = civil_from_days(days);
  auto year_step = [&](int64_t step) { return days_from_civil(floor_div(c.year, step) * step, 1, 1); };
  switch (unit) {
    case Unit::kMillennium: return year_step(1000);
    case Unit::kCentury: return year_step(100);
    case Unit::kDecade: return year_step(10);
    case Unit::kYear: return year_step(1);
    case Unit::kWeekYear: return week_year_start(week_date(days).year);
    case Unit::kQuarter: return quarter_start(c.year, quarter_of(c.month));
    case Unit::kMonth: return days_from_civil(c.year, c.month, 1);
    case Unit::kWeek: return days - (day_of_week(days) - 1);
    default: return days;
  }
}

int64_t truncate_nanos(int64_t nanos, Unit unit) {
  int64_t step = 1;
  switch (unit) {
    case Unit::kHour: step = 3600 * kNanosPerSecond; break;
    case Unit::kMinute: step = 60 * kNanosPerSecond; break;
    case Unit::kSecond: step = kNanosPerSecond; break;
    case Unit::kMillisecond: step = 1'000'000; break;
    case Unit::kMicrosecond: step = 1'000; break;
    default: return 0;
  }
  return nanos - nanos % step;
}

bool has_date(Type t) { return t == Type::kDate || t == Type::kLocalDateTime || t == Type::kDateTime; }

// The result's dates are f(days) of the column's dates.
template <class F>
bool map_dates(const Vector& in, const uint16_t* rows, uint32_t count, Vector& out, F&& f) {
  if (in.constant()) return false;
  out.reset(Type::kDate);
  int64_t* to = out.mutable_data<int64_t>();
  if (in.type() == Type::kDate) {
    const int64_t* days = in.data<int64_t>();
    for_valid(in, rows, count, out, [&](uint32_t row) { to[row] = f(days[row]); });
    return true;
  }
  if (Vector::is_instant(in.type())) {
    const int64_t* micros = in.data<int64_t>();
    for_valid(in, rows, count, out, [&](uint32_t row) { to[row] = f(floor_div(micros[row], kMicrosPerDay)); });
    return true;
  }
  if (in.type() != Type::kAny) return false;
  const Value* values = in.data<Value>();
  bool all_dates = true;
  for_valid(in, rows, count, out, [&](uint32_t row) { all_dates &= has_date(values[row].type()); });
  if (all_dates) for_valid(in, rows, count, out, [&](uint32_t row) { to[row] = f(*parts_of(values[row]).days); });
  return all_dates;
}

int64_t checked(int64_t days) { return check_days(days), days; }

}  // namespace

bool dates_of(const Vector& in, const uint16_t* rows, uint32_t count, Vector& out) {
  return map_dates(in, rows, count, out, checked);
}

bool truncate_vector(std::string_view unit_name, const Vector& in, const uint16_t* rows, uint32_t count, Vector& out) {
  const std::optional<Unit> unit = find_unit(unit_name);
  if (!unit || *unit > Unit::kDay) return false;
  return map_dates(in, rows, count, out, [&](int64_t days) { return checked(truncate_days(days, *unit)); });
}

Value truncate(Type type, std::string_view unit_name, const Value& v, const Value* map, const FunctionContext& context) {
  Unit unit = parse_unit(unit_name);
  if (!is_temporal(v.type())) wrong_argument("a truncation", v);
  Parts p = parts_of(v);
  bool misses_date = has_date(type) && !p.days, misses_time = !has_date(type) && !p.nanos;
  bool too_fine = unit > Unit::kDay && (type == Type::kDate || !p.nanos);
  bool too_coarse = unit < Unit::kDay && !has_date(type);
  if (misses_date || misses_time || too_fine || too_coarse)
    invalid_value(fmt::format("a {} cannot be truncated to a {} by {}", type_name(v.type()), type_name(type), unit_name));
  if (p.days) p.days = truncate_days(*p.days, unit);
  p.nanos = truncate_nanos(p.nanos.value_or(0), unit);
  if (!p.zone) p.zone = context.session_zone;
  if (map) {
    if (map->type() != Type::kMap) wrong_argument("the fields of a truncation", *map);
    Fields f(*map);
    if (f.any_null()) return {};
    if (f.has_date() && p.days) p.days = f.days(p.days);
    p.nanos = f.nanos(p.nanos, true);
    if (auto zone = f.zone()) p.zone = zone, p.offset.reset();  // the same clock time in the other zone
  }
  return assemble(type, p);
}

}  // namespace elegraph::query::temporal
