// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "query/functions/temporal/zone_rules.h"
#include "tests/unit/query/evaluate.h"

namespace elegraph::query {
namespace {

std::string text_of(std::string_view expression, StaticType as, const TextStyle& style = {}) {
  std::string out;
  append_postgres_text(out, test::evaluate(expression), as, style, {});
  return out;
}

struct Row {
  std::string_view expression;
  Type type;
  std::string_view text;
};

// As PostgreSQL 15 prints them with DateStyle ISO and TimeZone UTC.
constexpr Row kRows[] = {
    {"true", Type::kBool, "t"},
    {"42", Type::kInt, "42"},
    {"1.0", Type::kFloat, "1"},
    {"0.1", Type::kFloat, "0.1"},
    {"1e20", Type::kFloat, "1e+20"},
    {"123456789012345.0", Type::kFloat, "123456789012345"},
    {"1e15", Type::kFloat, "1e+15"},
    {"0.0001", Type::kFloat, "0.0001"},
    {"0.00001", Type::kFloat, "1e-05"},
    {"0.0 / 0.0", Type::kFloat, "NaN"},
    {"-1 / 0.0", Type::kFloat, "-Infinity"},
    {"'\\x00ff'::bytea", Type::kBytes, "\\x00ff"},
    {"date('2020-02-03')", Type::kDate, "2020-02-03"},
    {"date('-0043-03-15')", Type::kDate, "0044-03-15 BC"},
    {"date('+12345-01-01')", Type::kDate, "12345-01-01"},
    {"localtime('04:05')", Type::kLocalTime, "04:05:00"},
    {"localtime('04:05:06.123456789')", Type::kLocalTime, "04:05:06.123456"},
    {"time('04:05:06.5+05:30')", Type::kTime, "04:05:06.5+05:30"},
    {"localdatetime('2020-02-03T04:05:06')", Type::kLocalDateTime, "2020-02-03 04:05:06"},
    {"datetime('2020-02-03T04:05:06+02:00')", Type::kDateTime, "2020-02-03 02:05:06+00"},
    {"duration('P1Y2M3DT4H5M6.7S')", Type::kDuration, "1 year 2 mons 3 days 04:05:06.7"},
    {"duration({years: -1, months: -2, days: 3, hours: -4})", Type::kDuration, "-1 years -2 mons +3 days -04:00:00"},
    {"duration({days: 1})", Type::kDuration, "1 day"},
    {"duration({seconds: -1.5})", Type::kDuration, "-00:00:01.5"},
    {"duration({seconds: 0})", Type::kDuration, "00:00:00"},
};

TEST(PostgresText, Prints) {
  for (auto& row : kRows) EXPECT_EQ(text_of(row.expression, {row.type, Type::kAny}), row.text) << row.expression;
}

TEST(PostgresText, ReadsWhatItPrints) {
  for (auto& row : kRows) {
    if (row.text.find("BC") != std::string_view::npos) continue;
    StaticType type{row.type, Type::kAny};
    std::string out;
    append_postgres_text(out, parse_postgres_text(row.text, type, {}), type, {}, {});
    EXPECT_EQ(out, row.text);
  }
}

TEST(PostgresText, ShowsInstantsInTheSessionsZone) {
  TextStyle style;
  style.zone = temporal::parse_zone("Europe/Berlin");
  StaticType type{Type::kDateTime, Type::kAny};
  EXPECT_EQ(text_of("datetime('2020-07-01T00:00Z')", type, style), "2020-07-01 02:00:00+02");
  EXPECT_EQ(text_of("datetime('2020-01-01T00:00Z')", type, style), "2020-01-01 01:00:00+01");
  EXPECT_EQ(text_of("datetime('2060-07-01T00:00Z')", type, style),
            "2060-07-01 02:00:00+02");  // past the tables
}

TEST(PostgresText, IsoIntervals) {
  TextStyle style;
  style.iso_intervals = true;
  StaticType type{Type::kDuration, Type::kAny};
  EXPECT_EQ(text_of("duration('P1Y2M3DT4H5M6.7S')", type, style), "P1Y2M3DT4H5M6.7S");
  EXPECT_EQ(text_of("duration('PT-0.0000005S')", type, style), "PT0S");
}

TEST(PostgresText, Arrays) {
  StaticType ints{Type::kList, Type::kInt}, texts{Type::kList, Type::kString};
  EXPECT_EQ(text_of("[1, null, 3]", ints), "{1,NULL,3}");
  EXPECT_EQ(text_of("[]", ints), "{}");
  EXPECT_EQ(text_of("['a', '', 'b c', 'x\"y', 'null', 'a\\b']", texts), "{a,\"\",\"b c\",\"x\\\"y\",\"null\",\"a\\\\b\"}");
  EXPECT_EQ(text_of("[1, 'a']", {Type::kList, Type::kAny}), "[1, \"a\"]");
}

TEST(PostgresText, FloatsReadBackExactly) {
  uint64_t state = 88172645463325252ull;
  for (int i = 0; i < 20'000; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    double d;
    std::memcpy(&d, &state, 8);
    if (!std::isfinite(d)) continue;
    std::string out;
    append_float(out, d);
    Value back = parse_postgres_text(out, {Type::kFloat, Type::kAny}, {});
    ASSERT_EQ(back.as_float(), d) << out;
    ASSERT_NE(out.find_first_of(".e"), std::string::npos) << out;
  }
}

}  // namespace
}  // namespace elegraph::query
