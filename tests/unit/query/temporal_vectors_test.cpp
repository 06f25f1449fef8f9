// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

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

TEST(TemporalVectors, OtherComponentsGoRowByRow) {
  EXPECT_FALSE(component_agrees("hour", all_dates()));
  EXPECT_FALSE(component_agrees("Year", all_dates()));
  EXPECT_FALSE(component_agrees("year", {Value::date(0)}));
  EXPECT_FALSE(
      component_agrees("timezone", values({"datetime('2024-06-01T00:30[Europe/Paris]')", "datetime('2024-06-01T00:00Z')"})));
  EXPECT_FALSE(component_agrees("year", values({"{year: 1}", "date('2024-01-01')"})));
  EXPECT_FALSE(component_agrees("days", values({"duration('P1D')", "duration('P2D')"})));
}

}  // namespace
}  // namespace elegraph::query
