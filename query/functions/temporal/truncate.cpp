// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "query/functions/faults.h"
#include "query/functions/temporal/build.h"
#include "query/functions/unicode.h"

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

Unit parse_unit(std::string_view name) {
  constexpr std::string_view kNames[] = {"millennium", "century", "decade",      "year",       "weekyear",
                                         "quarter",    "month",   "week",        "day",        "hour",
                                         "minute",     "second",  "millisecond", "microsecond"};
  std::string lower = to_lower(name);
  for (size_t i = 0; i < std::size(kNames); i++)
    if (kNames[i] == lower) return Unit(i);
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

}  // namespace

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
