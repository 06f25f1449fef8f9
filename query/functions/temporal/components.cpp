// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/components.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "query/functions/temporal/parts.h"
#include "query/functions/temporal/zone_rules.h"
#include "storage/error.h"

namespace elegraph::query::temporal {
namespace {

struct Component {
  std::string_view name;
  Value (*of)(const Parts&);
};

Value number(int64_t n) { return Value::integer(n); }
Civil civil(const Parts& p) { return civil_from_days(*p.days); }
int64_t utc_seconds(const Parts& p) { return p.local_seconds() - *p.offset; }

constexpr Component kOfDate[] = {
    {"year", [](const Parts& p) { return number(civil(p).year); }},
    {"quarter", [](const Parts& p) { return number(quarter_of(civil(p).month)); }},
    {"month", [](const Parts& p) { return number(civil(p).month); }},
    {"week", [](const Parts& p) { return number(week_date(*p.days).week); }},
    {"weekYear", [](const Parts& p) { return number(week_date(*p.days).year); }},
    {"day", [](const Parts& p) { return number(civil(p).day); }},
    {"ordinalDay", [](const Parts& p) { return number(day_of_year(*p.days)); }},
    {"dayOfWeek", [](const Parts& p) { return number(day_of_week(*p.days)); }},
    {"weekDay", [](const Parts& p) { return number(day_of_week(*p.days)); }},
    {"dayOfQuarter", [](const Parts& p) { return number(day_of_quarter(*p.days)); }},
};
constexpr Component kOfTime[] = {
    {"hour", [](const Parts& p) { return number(*p.nanos / (3600 * kNanosPerSecond)); }},
    {"minute", [](const Parts& p) { return number(*p.nanos / (60 * kNanosPerSecond) % 60); }},
    {"second", [](const Parts& p) { return number(*p.nanos / kNanosPerSecond % 60); }},
    {"millisecond", [](const Parts& p) { return number(p.subsecond() / 1'000'000); }},
    {"microsecond", [](const Parts& p) { return number(p.subsecond() / 1'000); }},
    {"nanosecond", [](const Parts& p) { return number(p.subsecond()); }},
};
constexpr Component kOfZone[] = {
    {"timezone", [](const Parts& p) { return Value::string(zone_text(*p.zone)); }},
    {"offset", [](const Parts& p) { return Value::string(offset_text(*p.offset)); }},
    {"offsetMinutes", [](const Parts& p) { return number(*p.offset / 60); }},
    {"offsetSeconds", [](const Parts& p) { return number(*p.offset); }},
};
constexpr Component kOfInstant[] = {
    {"epochSeconds", [](const Parts& p) { return number(utc_seconds(p)); }},
    {"epochMillis", [](const Parts& p) { return number(utc_seconds(p) * 1000 + p.subsecond() / 1'000'000); }},
};

struct DurationComponent {
  std::string_view name;
  __int128_t (*of)(const DurationObject&);
};
__int128_t nanos(const DurationObject& d) { return __int128_t(d.seconds) * kNanosPerSecond + d.nanos; }

constexpr DurationComponent kOfDuration[] = {
    {"years", [](const DurationObject& d) -> __int128_t { return d.months / 12; }},
    {"quarters", [](const DurationObject& d) -> __int128_t { return d.months / 3; }},
    {"months", [](const DurationObject& d) -> __int128_t { return d.months; }},
    {"weeks", [](const DurationObject& d) -> __int128_t { return d.days / 7; }},
    {"days", [](const DurationObject& d) -> __int128_t { return d.days; }},
    {"hours", [](const DurationObject& d) -> __int128_t { return d.seconds / 3600; }},
    {"minutes", [](const DurationObject& d) -> __int128_t { return d.seconds / 60; }},
    {"seconds", [](const DurationObject& d) -> __int128_t { return d.seconds; }},
    {"milliseconds", [](const DurationObject& d) { return nanos(d) / 1'000'000; }},
    {"microseconds", [](const DurationObject& d) { return nanos(d) / 1'000; }},
    {"nanoseconds", [](const DurationObject& d) { return nanos(d); }},
    {"quartersOfYear", [](const DurationObject& d) -> __int128_t { return d.months / 3 % 4; }},
    {"monthsOfQuarter", [](const DurationObject& d) -> __int128_t { return d.months % 3; }},
    {"monthsOfYear", [](const DurationObject& d) -> __int128_t { return d.months % 12; }},
    {"daysOfWeek", [](const DurationObject& d) -> __int128_t { return d.days % 7; }},
    {"minutesOfHour", [](const DurationObject& d) -> __int128_t { return d.seconds / 60 % 60; }},
    {"secondsOfMinute", [](const DurationObject& d) -> __int128_t { return d.seconds % 60; }},
    {"millisecondsOfSecond", [](const DurationObject& d) -> __int128_t { return d.nanos / 1'000'000; }},
    {"microsecondsOfSecond", [](const DurationObject& d) -> __int128_t { return d.nanos / 1'000; }},
    {"nanosecondsOfSecond", [](const DurationObject& d) -> __int128_t { return d.nanos; }},
};

template <class Table>
auto* find(const Table& table, std::string_view name) {
  auto it = std::find_if(std::begin(table), std::end(table), [&](auto& c) { return c.name == name; });
  return it == std::end(table) ? nullptr : &*it;
}

[[noreturn]] void no_component(Type type, std::string_view name) {
  throw Error(sqlstate::kInvalidParameterValue,
              fmt::format("a value of type {} has no component \"{}\"", type_name(type), name));
}

}  // namespace

Value component(const Value& v, std::string_view name) {
  Parts p = parts_of(v);
  const Component* c = p.days ? find(kOfDate, name) : nullptr;
  if (!c && p.nanos) c = find(kOfTime, name);
  if (!c && p.zone) c = find(kOfZone, name);
  if (!c && p.zone && p.days) c = find(kOfInstant, name);
  if (!c) no_component(v.type(), name);
  return c->of(p);
}

Value duration_component(const DurationObject& d, std::string_view name) {
  auto* c = find(kOfDuration, name);
  if (!c) no_component(Type::kDuration, name);
  __int128_t n = c->of(d);
  if (n != __int128_t(int64_t(n))) throw Error(sqlstate::kNumericOutOfRange, "duration component out of range");
  return number(int64_t(n));
}

}  // namespace elegraph::query::temporal
