// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/functions/faults.h"
#include "query/functions/temporal/zone_rules.h"
#include "storage/error.h"

namespace elegraph::query::temporal {
namespace {

constexpr std::string_view kNames[] = {"year",       "quarter",     "month",        "week",         "day",
                                       "ordinalDay", "dayOfWeek",   "dayOfQuarter", "hour",         "minute",
                                       "second",     "millisecond", "microsecond",  "nanosecond",   "timezone",
                                       "date",       "time",        "datetime",     "epochSeconds", "epochMillis"};

[[noreturn]] void out_of_range(std::string_view name, int64_t value) {
  throw Error(sqlstate::kDatetimeOverflow, fmt::format("{} {} is out of range", name, value));
}

// The finer field says nothing without the coarser.
void require(const std::optional<int64_t>& coarse, const std::optional<int64_t>& fine, std::string_view coarse_name,
             std::string_view fine_name) {
  if (!coarse && fine) invalid_value(fmt::format("{} needs {} beside it", fine_name, coarse_name));
}

}  // namespace

Fields::Fields(const Value& map) : map_(map) {
  for (auto& [key, value] : map.as_map())
    if (std::find(std::begin(kNames), std::end(kNames), key) == std::end(kNames))
      invalid_value(fmt::format("\"{}\" is no field of a temporal value", key));
}

bool Fields::empty() const { return map_.as_map().empty(); }

bool Fields::any(std::initializer_list<std::string_view> names) const {
  return std::any_of(names.begin(), names.end(), [&](auto name) { return map_.map_find(name) != nullptr; });
}

bool Fields::any_null() const {
  return std::any_of(map_.as_map().begin(), map_.as_map().end(), [](auto& e) { return e.second.is_null(); });
}

std::optional<int64_t> Fields::integer(std::string_view name) const {
  const Value* v = map_.map_find(name);
  if (!v) return std::nullopt;
  if (v->type() != Type::kInt) wrong_argument(fmt::format("field \"{}\"", name), *v);
  return v->as_int();
}

std::optional<int64_t> Fields::integer(std::string_view name, int64_t least, int64_t most) const {
  auto n = integer(name);
  if (n && (*n < least || *n > most)) out_of_range(name, *n);
  return n;
}

std::optional<uint16_t> Fields::zone() const {
  const Value* v = map_.map_find("timezone");
  if (!v) return std::nullopt;
  if (v->type() != Type::kString) wrong_argument("field \"timezone\"", *v);
  return parse_zone(v->as_string());
}

std::optional<Parts> Fields::base(std::string_view name) const {
  const Value* v = map_.map_find(name);
  if (!v) return std::nullopt;
  if (!is_temporal(v->type())) wrong_argument(fmt::format("field \"{}\"", name), *v);
  Parts p = parts_of(*v);
  if ((name != "time" && !p.days) || (name != "date" && !p.nanos)) wrong_argument(fmt::format("field \"{}\"", name), *v);
  return p;
}

bool Fields::has_date() const {
  return any({"year", "quarter", "month", "week", "day", "ordinalDay", "dayOfWeek", "dayOfQuarter"});
}
bool Fields::has_time() const { return any({"hour", "minute", "second", "millisecond", "microsecond", "nanosecond"}); }

int64_t Fields::year_or(std::optional<int64_t> base) const {
  auto year = integer("year", -kMaxYear, kMaxYear);
  if (!year && !base) invalid_value("a date needs a year");
  return year.value_or(base.value_or(0));
}

int64_t Fields::week_days(std::optional<int64_t> base) const {
  std::optional<WeekDate> from;
  if (base) from = week_date(*base);
  int64_t year = year_or(from ? std::optional(from->year) : std::nullopt);
  auto week = integer("week"), day = integer("dayOfWeek", 1, 7);
  if (!base) require(week, day, "week", "dayOfWeek");
  int64_t w = week.value_or(from ? from->week : 1);
  if (w < 1 || w > weeks_in_year(year)) out_of_range("week", w);
  return week_year_start(year) + (w - 1) * 7 + day.value_or(from ? from->day : 1) - 1;
}

int64_t Fields::quarter_days(std::optional<int64_t> base) const {
  std::optional<Civil> from;
  if (base) from = civil_from_days(*base);
  int64_t year = year_or(from ? std::optional(from->year) : std::nullopt);
  auto quarter = integer("quarter", 1, 4), day = integer("dayOfQuarter");
  if (!base) require(quarter, day, "quarter", "dayOfQuarter");
  int q = int(quarter.value_or(from ? quarter_of(from->month) : 1));
  int64_t d = day.value_or(base ? day_of_quarter(*base) : 1);
  if (d < 1 || d > days_in_quarter(year, q)) out_of_range("dayOfQuarter", d);
  return quarter_start(year, q) + d - 1;
}

int64_t Fields::ordinal_days(std::optional<int64_t> base) const {
  int64_t year = year_or(base ? std::optional(civil_from_days(*base).year) : std::nullopt);
  int64_t day = *integer("ordinalDay");
  if (day < 1 || day > days_in_year(year)) out_of_range("ordinalDay", day);
  return days_from_civil(year, 1, 1) + day - 1;
}

int64_t Fields::calendar_days(std::optional<int64_t> base) const {
  std::optional<Civil> from;
  if (base) from = civil_from_days(*base);
  int64_t year = year_or(from ? std::optional(from->year) : std::nullopt);
  auto month = integer("month", 1, 12), day = integer("day");
  if (!base) require(month, day, "month", "day");
  int m = int(month.value_or(from ? from->month : 1));
  int64_t d = day.value_or(from ? from->day : 1);
  if (d < 1 || d > days_in_month(year, m)) out_of_range("day", d);
  return days_from_civil(year, m, int(d));
}

int64_t Fields::days(std::optional<int64_t> base) const {
  bool week = any({"week", "dayOfWeek"}), quarter = any({"quarter", "dayOfQuarter"}), ordinal = any({"ordinalDay"});
  bool calendar = any({"month", "day"});
  if (week + quarter + ordinal + calendar > 1)
    invalid_value("a day is named by month and day, by week, by quarter or by ordinalDay, not by several of them");
  if (week) return week_days(base);
  if (quarter) return quarter_days(base);
  return ordinal ? ordinal_days(base) : calendar_days(base);
}

std::optional<int64_t> Fields::subsecond() const {
  auto milli = integer("millisecond", 0, 999);
  auto micro = integer("microsecond", 0, milli ? 999 : 999'999);
  auto nano = integer("nanosecond", 0, micro ? 999 : milli ? 999'999 : 999'999'999);
  if (!milli && !micro && !nano) return std::nullopt;
  return milli.value_or(0) * 1'000'000 + micro.value_or(0) * 1'000 + nano.value_or(0);
}

int64_t Fields::nanos(std::optional<int64_t> base, bool keep_subsecond) const {
  auto hour = integer("hour", 0, 23), minute = integer("minute", 0, 59), second = integer("second", 0, 59);
  auto fraction = subsecond();
  if (!base && !hour && (minute || second || fraction)) invalid_value("a time of day needs an hour");
  int64_t from = base.value_or(0), seconds = from / kNanosPerSecond;
  int64_t old = from % kNanosPerSecond;
  int64_t rest = fraction ? *fraction + (keep_subsecond ? old : 0) : old;
  if (rest >= kNanosPerSecond) out_of_range("nanosecond", rest);
  return ((hour.value_or(seconds / 3600) * 60 + minute.value_or(seconds / 60 % 60)) * 60 + second.value_or(seconds % 60)) *
             kNanosPerSecond +
         rest;
}

}  // namespace elegraph::query::temporal
