// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/query/evaluate.h"

namespace elegraph::query {
namespace {

using test::Case;

TEST(Functions, Strings) {
  constexpr Case kCases[] = {
      {"toUpper('straße')", "\"STRASSE\""},
      {"upper('abc')", "\"ABC\""},
      {"lower('ÀÉ')", "\"àé\""},
      {"trim('  a b ')", "\"a b\""},
      {"btrim('xxaxx', 'x')", "\"a\""},
      {"ltrim('  a ')", "\"a \""},
      {"rtrim(' a  ')", "\" a\""},
      {"left('grüße', 3)", "\"grü\""},
      {"right('grüße', 3)", "\"üße\""},
      {"left('a', -1)", "!22023"},
      {"substring('grüße', 2, 2)", "\"üß\""},
      {"substring('abc', 5)", "\"\""},
      {"replace('aaa', 'a', 'bb')", "\"bbbbbb\""},
      {"replace('aaa', '', 'b')", "\"aaa\""},
      {"split('a,b,,c', ',')", "[\"a\", \"b\", \"\", \"c\"]"},
      {"split('abc', '')", "[\"a\", \"b\", \"c\"]"},
      {"split('a,b;c', [',', ';'])", "[\"a\", \"b\", \"c\"]"},
      {"reverse('grüße')", "\"eßürg\""},
      {"size('grüße')", "5"},
      {"char_length('grüße')", "5"},
      {"lpad('7', 3, '0')", "\"007\""},
      {"toString(1.0)", "\"1.0\""},
      {"toUpper(1)", "!22023"},
      {"toUpper(null)", "null"},
  };
  EXPECT_CASES(kCases);
}

TEST(Functions, Conversions) {
  constexpr Case kCases[] = {
      {"toInteger('42')", "42"},
      {"toInteger('2.9')", "2"},
      {"toInteger(-2.9)", "-2"},
      {"toInteger('foo')", "null"},
      {"toInteger('99999999999999999999')", "null"},
      {"toInteger(1e300)", "!22003"},
      {"toInteger([])", "!22023"},
      {"toIntegerOrNull([])", "null"},
      {"toFloat('1.5e3')", "1500.0"},
      {"toFloat('foo')", "null"},
      {"toFloat(true)", "!22023"},
      {"toBoolean('TRUE')", "true"},
      {"toBoolean('t')", "null"},
      {"toBoolean(0)", "false"},
      {"toString(date('2020-01-01'))", "\"2020-01-01\""},
      {"toString([])", "!22023"},
      {"toIntegerList(['1', 'x', 2.5, []])", "[1, null, 2, null]"},
  };
  EXPECT_CASES(kCases);
}

TEST(Functions, Lists) {
  constexpr Case kCases[] = {
      {"head([1, 2])", "1"},
      {"head([])", "null"},
      {"last([1, 2])", "2"},
      {"tail([1, 2, 3])", "[2, 3]"},
      {"tail([])", "[]"},
      {"reverse([1, 2])", "[2, 1]"},
      {"range(0, 10, 3)", "[0, 3, 6, 9]"},
      {"range(3, 1, -1)", "[3, 2, 1]"},
      {"range(3, 1)", "[]"},
      {"range(0, 1, 0)", "!22023"},
      {"range(0, 9223372036854775807)", "!54000"},
      {"range(9223372036854775806, 9223372036854775807, 5)", "[9223372036854775806]"},
      {"isEmpty([])", "true"},
      {"size({a: 1})", "1"},
      {"keys({a: 1, b: null})", "[\"a\", \"b\"]"},
      {"coalesce(null, 1, 2)", "1"},
      {"nullIf(1, 1.0)", "null"},
      {"map('a', 1, 'b', null)", "{\"a\": 1, \"b\": null}"},
      {"map('a')", "!22023"},
      {"map('a', 1, 'a', 2)", "!22023"},
      {"valueType([1, 'a', null])", "\"LIST<INTEGER NOT NULL | STRING NOT NULL | NULL> NOT NULL\""},
      {"size(randomUUID())", "36"},
  };
  EXPECT_CASES(kCases);
}

TEST(Functions, Math) {
  constexpr Case kCases[] = {
      {"abs(-3)", "3"},
      {"abs(-3.5)", "3.5"},
      {"ceil(1.2)", "2.0"},
      {"floor(-1.2)", "-2.0"},
      {"round(2.5)", "3.0"},
      {"round(-2.5)", "-2.0"},
      {"round(2.675, 2)", "2.68"},
      {"round(-1.25, 1)", "-1.3"},
      {"round(1.25, 1, 'HALF_EVEN')", "1.2"},
      {"round(1.29, 1, 'DOWN')", "1.2"},
      {"round(1.2, 1, 'sideways')", "!22023"},
      {"sign(-0.5)", "-1"},
      {"sqrt(-1)", "\"NaN\""},
      {"isNaN(sqrt(-1))", "true"},
      {"log10(1000)", "3.0"},
      {"atan2(0, 1)", "0.0"},
      {"degrees(pi())", "180.0"},
      {"haversin(0)", "0.0"},
      {"0 <= rand()", "true"},
      {"sin('a')", "!22023"},
  };
  EXPECT_CASES(kCases);
}

TEST(Functions, Points) {
  constexpr Case kCases[] = {
      {"point({x: 1, y: 2}).srid", "7203"},
      {"point({longitude: 1, latitude: 2}).crs", "\"wgs-84\""},
      {"point({x: 1, y: 2, z: 3}).z", "3.0"},
      {"point({x: 1})", "!22023"},
      {"point({x: null, y: 1})", "null"},
      {"point({latitude: 91, longitude: 0})", "!22023"},
      {"point({x: 0, y: 0, crs: 'mars'})", "!22023"},
      {"point.distance(point({x: 0, y: 0}), point({x: 3, y: 4}))", "5.0"},
      {"point.distance(point({x: 0, y: 0}), point({longitude: 3, latitude: 4}))", "null"},
      {"point({x: 1, y: 2})", "{\"x\": 1.0, \"y\": 2.0, \"srid\": 7203}"},
      {"toString(point({x: 1, y: 2}))", "\"point({x: 1.0, y: 2.0, crs: 'cartesian'})\""},
  };
  EXPECT_CASES(kCases);
}

TEST(Functions, Session) {
  constexpr Case kCases[] = {
      {"quote_ident('plain')", "\"plain\""},
      {"quote_ident('A\"b')", "\"\\\"A\\\"\\\"b\\\"\""},
      {"quote_literal('it''s')", "\"'it''s'\""},
      {"format_type(20, null)", "\"bigint\""},
      {"format_type(1043, 24)", "\"character varying(20)\""},
      {"current_setting('nonsense')", "!42704"},
      {"current_setting('nonsense', true)", "null"},
      {"pg_is_in_recovery()", "false"},
  };
  EXPECT_CASES(kCases);
}

TEST(Registry, FindsInAnyCase) {
  EXPECT_NE(find_function("DATETIME.fromEpochMillis"), nullptr);
  EXPECT_EQ(find_function("nope"), nullptr);
  EXPECT_EQ(find_function(std::string(10'000, 'a')), nullptr);
  EXPECT_NE(find_aggregate("percentileCont"), nullptr);
  for (auto* f : all_functions()) EXPECT_TRUE(f->call && f->result && find_function(f->name) == f) << f->name;
}

TEST(Registry, KnowsNearNames) {
  EXPECT_EQ(nearest_function("tostrng"), "toString");
  EXPECT_EQ(nearest_function("colect"), "collect");
  EXPECT_EQ(nearest_function("xyzzyplugh"), "");
}

TEST(Registry, StaticTypesThatNeverFitAreErrors) {
  auto check = [](std::string_view name, Type type) {
    const StaticType argument{type, Type::kAny};
    return find_function(name)->result({&argument, 1});
  };
  EXPECT_THROW(check("labels", Type::kPath), Error);
  EXPECT_THROW(check("size", Type::kPath), Error);
  EXPECT_THROW(check("length", Type::kNode), Error);
  EXPECT_THROW(check("properties", Type::kInt), Error);
  EXPECT_EQ(check("labels", Type::kAny), (StaticType{Type::kList, Type::kString}));
  EXPECT_EQ(check("abs", Type::kInt).type, Type::kInt);
}

}  // namespace
}  // namespace elegraph::query
