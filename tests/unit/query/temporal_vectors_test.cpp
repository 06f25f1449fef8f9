// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "query/functions/element_function.h"
#include "query/functions/temporal/arithmetic.h"
#include "query/functions/temporal/civil.h"
#include "query/functions/temporal/components.h"
#include "tests/unit/query/function_vectors.h"

namespace elegraph::query {
namespace {

using namespace test;

Column values(std::initializer_list<std::string_view> expressions) {
  Column out;
  for (std::string_view e : expressions) out.push_back(evaluate(e));
  return out;
}

// Ends of years and of months, leap days, before 1970 and out of the range of 32 bits.
Column all_dates() {
  Column out =
      values({"date('1970-01-01')", "date('1969-12-31')", "date('2024-02-29')", "date('2023-02-28')", "date('2024-12-30')",
              "date('2020-12-31')", "date('2021-01-03')", "date('2000-02-29')", "date('1900-03-01')", "date('2024-03-31')",
              "date('0000-03-01')", "date('0000-02-29')", "date('-0001-12-31')", "date('1582-10-15')"});
  for (int64_t days : {temporal::kMinDays, temporal::kMaxDays, (int64_t{1} << 28) - temporal::kDaysBefore1970})
    for (int64_t step : {-1, 0, 1})
      if (days + step >= temporal::kMinDays && days + step <= temporal::kMaxDays) out.push_back(Value::date(days + step));
  return out;
}

bool component_agrees(std::string_view name, const Column& column) {
  SCOPED_TRACE(name);
  return agrees([&](auto args, auto rows, auto count,
                    Vector& out) { return temporal::component_vector(*args[0], name, rows, count, out); },
                [&](std::span<const Value> v) { return property_of(v[0], name, {}); }, {column});
}

constexpr std::string_view kOfDate[] = {"year", "quarter",    "month",     "week",    "weekYear",
                                        "day",  "ordinalDay", "dayOfWeek", "weekDay", "dayOfQuarter"};
constexpr std::string_view kOfTime[] = {"hour", "minute", "second", "millisecond", "microsecond", "nanosecond"};

TEST(TemporalVectors, NearDatesAreAsFarOnes) {
  using namespace temporal;
  for (int64_t days = -kDaysBefore1970; days < 800'000; days++) {
    const Civil near = civil_from_days(days);
    // 400 years are as many days each.
    const Civil far = civil_from_days(days - 146097 * 10);
    ASSERT_EQ(near.year, far.year + 4000);
    ASSERT_EQ(near.month, far.month);
    ASSERT_EQ(near.day, far.day);
    ASSERT_EQ(days_from_civil(near.year, near.month, near.day), days);
    ASSERT_EQ(days_from_civil(far.year, far.month, far.day), days - 146097 * 10);
  }
  for (int64_t year : {699'999, 700'000, 700'001, 734'000, 735'000, 736'000})
    for (int month = 1; month <= 12; month++) {
      const int64_t days = days_from_civil(year, month, 1), before = days_from_civil(year - 720'000, month, 1);
      ASSERT_EQ(days, before + 146097 * (720'000 / 400));
      ASSERT_EQ(civil_from_days(days).month, month);
      ASSERT_EQ(civil_from_days(days).year, year);
    }
}

TEST(TemporalVectors, Components) {
  const Column dates = all_dates();
  const Column local = values({"localdatetime('1969-12-31T23:59:59.123456789')", "localdatetime('2024-02-29T00:00')",
                               "localdatetime('2021-01-03T12:30')"});
  const Column zoned = values({"datetime('1969-12-31T23:59:59.5Z')", "datetime('2024-06-01T00:30[Europe/Paris]')",
                               "datetime('2024-12-31T23:30-08:00')"});
  const Column times = values({"localtime('23:59:59.123456789')", "localtime('00:00')", "localtime('12:30')"});
  const Column zoned_times = values({"time('23:59:59+01:00')", "time('00:00-01:30')", "time('12:30Z')"});
  for (std::string_view name : kOfDate)
    for (const Column& column : {dates, with_nulls(dates), local, with_nulls(local), zoned, with_nulls(zoned)})
      EXPECT_TRUE(component_agrees(name, column)) << name;
  for (std::string_view name : kOfTime)
    for (const Column& column : {local, zoned, times, with_nulls(times), zoned_times})
      EXPECT_TRUE(component_agrees(name, column)) << name;
  for (std::string_view name : {"epochSeconds", "epochMillis", "offsetMinutes", "offsetSeconds"})
    EXPECT_TRUE(component_agrees(name, with_nulls(zoned))) << name;
  Column mixed = zoned;
  mixed.insert(mixed.end(), local.begin(), local.end());
  mixed.push_back(dates[0]);
  EXPECT_TRUE(component_agrees("year", mixed));
  EXPECT_FALSE(component_agrees("hour", mixed)) << "a DATE has none";
}

// Whole microseconds without a zone, or in UTC: not values.
Column instants(std::string_view type, std::string_view zone) {
  Column out;
  for (std::string_view text : {"1969-12-31T23:59:59.123456", "2024-02-29T00:00", "2021-01-03T12:30", "1970-01-01T00:00",
                                "0000-02-29T23:59:59.999999", "-0044-03-15T06:00", "9999-12-31T23:59:59"})
    out.push_back(evaluate(std::string(type) + "('" + std::string(text) + std::string(zone) + "')"));
  return out;
}

TEST(TemporalVectors, InstantsInMicroseconds) {
  const Column local = instants("localdatetime", ""), zoned = instants("datetime", "Z");
  for (const Column& column : {local, with_nulls(local), zoned, with_nulls(zoned)}) {
    for (std::string_view name : kOfDate) EXPECT_TRUE(component_agrees(name, column)) << name;
    for (std::string_view name : kOfTime) EXPECT_TRUE(component_agrees(name, column)) << name;
    EXPECT_TRUE(function_agrees("date", {column}));
    for (std::string_view unit : {"millennium", "weekYear", "month", "day"})
      EXPECT_TRUE(function_agrees("date.truncate", {texts({unit}), column})) << unit;
  }
  for (std::string_view name : {"epochSeconds", "epochMillis", "offsetMinutes", "offsetSeconds"}) {
    EXPECT_TRUE(component_agrees(name, zoned)) << name;
    EXPECT_FALSE(component_agrees(name, local)) << name;
  }
}

TEST(TemporalVectors, OtherComponentsGoRowByRow) {
  EXPECT_FALSE(component_agrees("hour", all_dates()));
  EXPECT_FALSE(component_agrees("Year", all_dates()));
  EXPECT_FALSE(component_agrees("year", {Value::date(0)}));
  EXPECT_FALSE(component_agrees("timezone",
                                values({"datetime('2024-06-01T00:30[Europe/Paris]')", "datetime('2024-06-01T00:00Z')"})));
  EXPECT_FALSE(component_agrees("year", values({"{year: 1}", "date('2024-01-01')"})));
  EXPECT_FALSE(component_agrees("days", values({"duration('P1D')", "duration('P2D')"})));
}

bool move_agrees(const Column& column, const Column& duration, int sign) {
  return agrees([&](auto args, auto rows, auto count,
                    Vector& out) { return temporal::add_vector(*args[0], *args[1], sign, rows, count, out); },
                [&](std::span<const Value> v) { return sign > 0 ? add(v[0], v[1]) : subtract(v[0], v[1]); },
                {column, duration});
}

TEST(TemporalVectors, MovedDates) {
  Column dates = all_dates();
  std::erase_if(dates, [](const Value& d) { return std::abs(d.temporal()) > 1'000'000'000; });
  for (std::string_view text : {"P1M", "P-1M", "P13M", "P1Y2M3D", "P30D", "PT47H", "PT-47H", "P1MT23H59M", "P0D", "P400Y"})
    for (int sign : {1, -1})
      for (const Column& column : {dates, with_nulls(dates)})
        EXPECT_TRUE(move_agrees(column, {evaluate("duration('" + std::string(text) + "')")}, sign)) << text;
}

TEST(TemporalVectors, MovedDatetimes) {
  const Column moments =
      values({"localdatetime('1969-12-31T23:59:59.123456789')", "datetime('2024-03-30T02:30[Europe/Paris]')",
              "localdatetime('2024-02-29T00:00')", "time('23:30-08:00')", "date('2024-05-05')"});
  for (std::string_view text : {"P1M", "P1Y2M3DT4H5M6.789S", "PT0.999999999S", "PT-0.000000001S", "P1DT-24H", "PT1000000H"})
    for (int sign : {1, -1})
      EXPECT_TRUE(move_agrees(with_nulls(moments), {evaluate("duration('" + std::string(text) + "')")}, sign)) << text;
  const Column ends =
      values({"localdatetime('-999999999-01-01T00:00')", "localdatetime('+999999999-12-31T23:59:59.999999999')"});
  for (std::string_view d : {"duration('PT0.000000001S')", "duration('PT-0.000000001S')",
                             "duration({seconds: 9223372036854775807})", "duration('P1M')"})
    for (const Value& end : ends)
      for (int sign : {1, -1}) EXPECT_TRUE(move_agrees({moments[2], end, moments[2]}, {evaluate(d)}, sign)) << d;
}

TEST(TemporalVectors, MovedInstantsInMicroseconds) {
  for (const Column& column : {instants("localdatetime", ""), with_nulls(instants("datetime", "Z"))})
    for (int sign : {1, -1}) {
      for (std::string_view text : {"P1M", "P-13M", "P1Y2M3DT4H5M6.789S", "P1DT-24H", "PT1000000H", "PT-0.000001S"})
        EXPECT_TRUE(move_agrees(column, {evaluate("duration('" + std::string(text) + "')")}, sign)) << text;
      for (std::string_view d : {"duration('PT0.000000001S')", "duration({years: 400000})", "duration({days: 200000000})"})
        EXPECT_FALSE(move_agrees(column, {evaluate(d)}, sign)) << d << " leaves what microseconds hold";
    }
}

TEST(TemporalVectors, DatesMovedOutOfRange) {
  for (std::string_view d :
       {"duration({days: 1})", "duration({months: 1})", "duration({years: 1999999998})", "duration({years: 1000000000})",
        "duration({months: 9223372036854775807})", "duration({days: -9223372036854775807})",
        "duration({months: -9223372036854775807, days: 9223372036854775807})"})
    for (int sign : {1, -1}) EXPECT_TRUE(move_agrees(with_nulls(all_dates()), {evaluate(d)}, sign)) << d;
}

TEST(TemporalVectors, OtherSumsGoRowByRow) {
  const Value day = evaluate("duration('P1D')");
  EXPECT_FALSE(move_agrees(all_dates(), Column(all_dates().size(), day), 1));
  EXPECT_FALSE(move_agrees(all_dates(), {Value::integer(1)}, 1));
  EXPECT_FALSE(move_agrees(all_dates(), {Value()}, 1));
  EXPECT_FALSE(move_agrees(values({"localdatetime('2024-02-29T00:00')", "'a text'"}), {day}, 1));
  EXPECT_FALSE(move_agrees(values({"duration('P1M')", "duration('P1D')"}), {day}, 1));
  EXPECT_FALSE(move_agrees(values({"localtime('10:00')", "localtime('11:00')"}), {day}, 1));
}

Column turned(Column column) { return {column.rbegin(), column.rend()}; }

TEST(TemporalVectors, Differences) {
  const Column dates = all_dates(), other = turned(dates), one = values({"date('2024-02-29')"});
  for (std::string_view f : {"duration.between", "duration.inMonths", "duration.inDays", "duration.inSeconds"}) {
    for (const Column& to : {other, one, with_nulls(dates)}) {
      EXPECT_TRUE(function_agrees(f, {with_nulls(dates), to.size() == 1 ? one : with_nulls(other)}));
      EXPECT_TRUE(function_agrees(f, {one, to}) || to.size() == 1);
    }
    EXPECT_FALSE(function_agrees(f, {dates, {Value::integer(1)}}));
    const FunctionDef& whole = *find_function(f);
    EXPECT_EQ(component_function(whole, "nanoseconds"), nullptr);
    for (std::string_view name :
         {"years", "months", "days", "weeks", "seconds", "daysOfWeek", "monthsOfYear", "nanosecondsOfSecond"}) {
      const FunctionDef& part = *component_function(whole, name);
      EXPECT_TRUE(agrees(part.vector,
                         [&](std::span<const Value> v) {
                           if (v[0].is_null() || v[1].is_null()) return Value();
                           return property_of(whole.call(v.first(2), {}), name, {});
                         },
                         {with_nulls(dates), with_nulls(other), texts({name})}))
          << f << ' ' << name;
      EXPECT_EQ(outcome([&] { return part.call(std::vector<Value>{one[0], other[0], Value::string(name)}, {}); }),
                outcome([&] { return property_of(whole.call(std::vector<Value>{one[0], other[0]}, {}), name, {}); }));
    }
  }
}

TEST(TemporalVectors, TruncatedAndProjected) {
  const Column dates = all_dates();
  EXPECT_TRUE(function_agrees("toString", {with_nulls(dates)}));
  const Column moments =
      values({"localdatetime('1969-12-31T23:59:59.123456789')", "datetime('2024-06-01T00:30[Europe/Paris]')",
              "localdatetime('2024-02-29T00:00')", "datetime('2024-12-31T23:30-08:00')", "date('2024-05-05')"});
  for (const Column& column : {dates, with_nulls(dates), moments, with_nulls(moments)}) {
    EXPECT_TRUE(function_agrees("date", {column}));
    for (std::string_view unit : {"millennium", "century", "decade", "year", "weekYear", "QUARTER", "month", "week", "day"})
      EXPECT_TRUE(function_agrees("date.truncate", {texts({unit}), column})) << unit;
    for (std::string_view unit : {"hour", "fortnight", ""})
      EXPECT_FALSE(function_agrees("date.truncate", {texts({unit}), column})) << unit;
  }
  EXPECT_FALSE(function_agrees("date", {texts({"2024-01-01", "2024"})}));
  EXPECT_FALSE(function_agrees("date", {values({"datetime('2024-06-01T00:30Z')", "localtime('10:00')"})}));
  EXPECT_FALSE(function_agrees("date.truncate", {{Value()}, dates}));
  EXPECT_FALSE(function_agrees("date.truncate", {texts({"day"}), dates, values({"{day: 2}"})}));
}

}  // namespace
}  // namespace elegraph::query
