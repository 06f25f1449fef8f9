// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/components.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "query/functions/temporal/parts.h"
#include "query/functions/temporal/zone_rules.h"
#include "query/functions/vector_loops.h"
#include "storage/error.h"

namespace elegraph::query::temporal {
namespace {

struct Component {
  std::string_view name;
  int64_t (*of)(const Parts&);
};
struct TextComponent {
  std::string_view name;
  std::string (*of)(const Parts&);
};

Value number(int64_t n) { return Value::integer(n); }
int64_t utc_seconds(const Parts& p) { return p.local_seconds() - *p.offset; }

struct DateComponent {
  std::string_view name;
  int64_t (*of)(int64_t days);
  void (*of_column)(const Vector& dates, const uint16_t* rows, uint32_t count, Vector& out);
};

// A loop of its own for each component, so that the compiler has the calculation inside of it.
template <int64_t (*f)(int64_t days)>
constexpr DateComponent of_date(std::string_view name) {
  return {name, f, [](const Vector& dates, const uint16_t* rows, uint32_t count, Vector& out) {
            out.reset(Type::kInt);
            const int64_t* days = dates.data<int64_t>();
            int64_t* to = out.mutable_data<int64_t>();
            for_valid(dates, rows, count, out, [=](uint32_t row) { to[row] = f(days[row]); });
          }};
}

constexpr DateComponent kOfDate[] = {
    of_date<[](int64_t days) -> int64_t { return civil_from_days(days).year; }>("year"),
    of_date<[](int64_t days) -> int64_t { return quarter_of(civil_from_days(days).month); }>("quarter"),
    of_date<[](int64_t days) -> int64_t { return civil_from_days(days).month; }>("month"),
    of_date<[](int64_t days) -> int64_t { return week_date(days).week; }>("week"),
    of_date<[](int64_t days) -> int64_t { return week_date(days).year; }>("weekYear"),
    of_date<[](int64_t days) -> int64_t { return civil_from_days(days).day; }>("day"),
    of_date<[](int64_t days) -> int64_t { return day_of_year(days); }>("ordinalDay"),
    of_date<[](int64_t days) -> int64_t { return day_of_week(days); }>("dayOfWeek"),
    of_date<[](int64_t days) -> int64_t { return day_of_week(days); }>("weekDay"),
    of_date<[](int64_t days) -> int64_t { return day_of_quarter(days); }>("dayOfQuarter"),
};
constexpr Component kOfTime[] = {
    {"hour", [](const Parts& p) { return *p.nanos / (3600 * kNanosPerSecond); }},
    {"minute", [](const Parts& p) { return *p.nanos / (60 * kNanosPerSecond) % 60; }},
    {"second", [](const Parts& p) { return *p.nanos / kNanosPerSecond % 60; }},
    {"millisecond", [](const Parts& p) -> int64_t { return p.subsecond() / 1'000'000; }},
    {"microsecond", [](const Parts& p) -> int64_t { return p.subsecond() / 1'000; }},
    {"nanosecond", [](const Parts& p) -> int64_t { return p.subsecond(); }},
};
constexpr TextComponent kOfZone[] = {
    {"timezone", [](const Parts& p) { return zone_text(*p.zone); }},
    {"offset", [](const Parts& p) { return offset_text(*p.offset); }},
};
constexpr Component kOfOffset[] = {
    {"offsetMinutes", [](const Parts& p) -> int64_t { return *p.offset / 60; }},
    {"offsetSeconds", [](const Parts& p) -> int64_t { return *p.offset; }},
};
constexpr Component kOfInstant[] = {
    {"epochSeconds", [](const Parts& p) { return utc_seconds(p); }},
    {"epochMillis", [](const Parts& p) { return utc_seconds(p) * 1000 + p.subsecond() / 1'000'000; }},
};

struct DurationComponent {
  std::string_view name;
  WholeComponent of;
};
struct NanosComponent {
  std::string_view name;
  int64_t nanos;  // in one
};

constexpr DurationComponent kOfDuration[] = {
    {"years", [](const DurationObject& d) { return d.months / 12; }},
    {"quarters", [](const DurationObject& d) { return d.months / 3; }},
    {"months", [](const DurationObject& d) { return d.months; }},
    {"weeks", [](const DurationObject& d) { return d.days / 7; }},
    {"days", [](const DurationObject& d) { return d.days; }},
    {"hours", [](const DurationObject& d) { return d.seconds / 3600; }},
    {"minutes", [](const DurationObject& d) { return d.seconds / 60; }},
    {"seconds", [](const DurationObject& d) { return d.seconds; }},
    {"quartersOfYear", [](const DurationObject& d) { return d.months / 3 % 4; }},
    {"monthsOfQuarter", [](const DurationObject& d) { return d.months % 3; }},
    {"monthsOfYear", [](const DurationObject& d) { return d.months % 12; }},
    {"daysOfWeek", [](const DurationObject& d) { return d.days % 7; }},
    {"minutesOfHour", [](const DurationObject& d) { return d.seconds / 60 % 60; }},
    {"secondsOfMinute", [](const DurationObject& d) { return d.seconds % 60; }},
    {"millisecondsOfSecond", [](const DurationObject& d) -> int64_t { return d.nanos / 1'000'000; }},
    {"microsecondsOfSecond", [](const DurationObject& d) -> int64_t { return d.nanos / 1'000; }},
    {"nanosecondsOfSecond", [](const DurationObject& d) -> int64_t { return d.nanos; }},
};
constexpr NanosComponent kOfNanos[] = {{"milliseconds", 1'000'000}, {"microseconds", 1'000}, {"nanoseconds", 1}};

template <class Table>
auto* find(const Table& table, std::string_view name) {
  auto it = std::find_if(std::begin(table), std::end(table), [&](auto& c) { return c.name == name; });
  return it == std::end(table) ? nullptr : &*it;
}

[[noreturn]] void no_component(Type type, std::string_view name) {
  throw Error(sqlstate::kInvalidParameterValue,
              fmt::format("a value of type {} has no component \"{}\"", type_name(type), name));
}

// A component that is a number, of values of one type.
struct NumberComponent {
  int64_t (*of_days)(int64_t) = nullptr;
  int64_t (*of_parts)(const Parts&) = nullptr;

  explicit operator bool() const { return of_days || of_parts; }
  int64_t of(const Parts& p) const { return of_days ? of_days(*p.days) : of_parts(p); }
};

bool has_zone(Type type) { return type == Type::kTime || type == Type::kDateTime; }

NumberComponent number_component(Type type, std::string_view name) {
  if (!is_temporal(type)) return {};
  const bool has_date = type == Type::kDate || type == Type::kLocalDateTime || type == Type::kDateTime;
  if (has_date)
    if (const DateComponent* c = find(kOfDate, name)) return {.of_days = c->of};
  const Component* c = type != Type::kDate ? find(kOfTime, name) : nullptr;
  if (!c && has_zone(type)) c = find(kOfOffset, name);
  if (!c && type == Type::kDateTime) c = find(kOfInstant, name);
  return {.of_parts = c ? c->of : nullptr};
}

// Columns of values that say their own type each.
bool of_values(const Vector& in, std::string_view name, const uint16_t* rows, uint32_t count, Vector& out) {
  out.reset(Type::kInt);
  int64_t* to = out.mutable_data<int64_t>();
  Type type = Type::kNull;
  NumberComponent component;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t row = rows ? rows[i] : i;
    const Value& v = in.data<Value>()[row];
    if (v.is_null()) {
      out.set_null(row);
      continue;
    }
    if (v.type() != type) type = v.type(), component = number_component(type, name);
    if (!component) return false;
    to[row] = component.of(parts_of(v));
  }
  return true;
}

bool of_times(const Vector& in, std::string_view name, const uint16_t* rows, uint32_t count, Vector& out) {
  const NumberComponent component = number_component(Type::kLocalTime, name);
  if (!component) return false;
  out.reset(Type::kInt);
  int64_t* to = out.mutable_data<int64_t>();
  Parts p;
  for_valid(in, rows, count, out, [&](uint32_t row) {
    p.nanos = in.data<int64_t>()[row];
    to[row] = component.of(p);
  });
  return true;
}

// Columns of Value::microseconds().
bool of_instants(const Vector& in, std::string_view name, const uint16_t* rows, uint32_t count, Vector& out) {
  const NumberComponent component = number_component(in.type(), name);
  if (!component) return false;
  out.reset(Type::kInt);
  int64_t* to = out.mutable_data<int64_t>();
  Parts p;
  if (in.type() == Type::kDateTime) p.zone = 0, p.offset = 0;
  for_valid(in, rows, count, out, [&](uint32_t row) {
    const int64_t micros = in.data<int64_t>()[row];
    p.days = floor_div(micros, kMicrosPerDay);
    p.nanos = (micros - *p.days * kMicrosPerDay) * kNanosPerMicro;
    to[row] = component.of(p);
  });
  return true;
}

}  // namespace

Value component(const Value& v, std::string_view name) {
  if (const NumberComponent c = number_component(v.type(), name)) return number(c.of(parts_of(v)));
  const TextComponent* text = has_zone(v.type()) ? find(kOfZone, name) : nullptr;
  if (!text) no_component(v.type(), name);
  return Value::string(text->of(parts_of(v)));
}

bool component_vector(const Vector& in, std::string_view name, const uint16_t* rows, uint32_t count, Vector& out) {
  if (in.constant()) return false;
  switch (in.type()) {
    case Type::kDate: {
      const DateComponent* c = find(kOfDate, name);
      if (c) c->of_column(in, rows, count, out);
      return c;
    }
    case Type::kLocalTime: return of_times(in, name, rows, count, out);
    case Type::kLocalDateTime:
    case Type::kDateTime: return of_instants(in, name, rows, count, out);
    case Type::kAny: return of_values(in, name, rows, count, out);
    default: return false;
  }
}

WholeComponent whole_component(std::string_view name) {
  const DurationComponent* c = find(kOfDuration, name);
  return c ? c->of : nullptr;
}

Value duration_component(const DurationObject& d, std::string_view name) {
  if (const WholeComponent of = whole_component(name)) return number(of(d));
  const NanosComponent* c = find(kOfNanos, name);
  if (!c) no_component(Type::kDuration, name);
  const __int128_t n = (__int128_t(d.seconds) * kNanosPerSecond + d.nanos) / c->nanos;
  if (n != __int128_t(int64_t(n))) throw Error(sqlstate::kNumericOutOfRange, "duration component out of range");
  return number(int64_t(n));
}

}  // namespace elegraph::query::temporal
