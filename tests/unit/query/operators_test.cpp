// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/unit/query/evaluate.h"

namespace elegraph::query {
namespace {

using test::Case;

TEST(Operators, Arithmetic) {
  constexpr Case kCases[] = {
      {"1 + 2", "3"},
      {"1 + 2.5", "3.5"},
      {"7 / 2", "3"},
      {"-7 / 2", "-3"},
      {"-7 % 3", "-1"},
      {"7 / 2.0", "3.5"},
      {"1 / 0", "!22012"},
      {"1 % 0", "!22012"},
      {"1.0 / 0", "\"Infinity\""},
      {"2 ^ 3", "8.0"},
      {"9223372036854775807 + 1", "!22003"},
      {"-9223372036854775807 - 2", "!22003"},
      {"9223372036854775807 * 2", "!22003"},
      {"1 + null", "null"},
      {"'a' + 1", "\"a1\""},
      {"1 + 'a'", "\"1a\""},
      {"[1] + [2]", "[1, 2]"},
      {"[1] + 2", "[1, 2]"},
      {"'a' || 'b'", "\"ab\""},
      {"true + 1", "!22023"},
      {"{a: 1} + 1", "!22023"},
      {"duration('P1D') * 1.5", "\"P1DT12H\""},
      {"duration('P1D') / 2", "\"PT12H\""},
  };
  EXPECT_CASES(kCases);
}

TEST(Operators, EqualityHasThreeValues) {
  constexpr Case kCases[] = {
      {"1 = 1.0", "true"},
      {"9007199254740993 = 9007199254740992.0", "false"},  // exact, not by rounding
      {"'1' = 1", "false"},
      {"null = null", "null"},
      {"[1, null] = [1, 2]", "null"},
      {"[1, null] = [2, null]", "false"},
      {"[1] = [1, null]", "false"},
      {"{a: 1, b: 2} = {b: 2, a: 1}", "true"},
      {"{a: null} = {a: null}", "null"},
      {"{a: null} = {b: null}", "false"},
      {"0.0 / 0.0 = 0.0 / 0.0", "false"},
      {"duration('P1M') = duration('P30D')", "false"},
      {"date('2020-01-01') = datetime('2020-01-01')", "false"},
  };
  EXPECT_CASES(kCases);
}

TEST(Operators, Comparability) {
  constexpr Case kCases[] = {
      {"1 < 1.5", "true"},
      {"9007199254740993 > 9007199254740992.0", "true"},
      {"'a' < 'b'", "true"},
      {"'a' < 1", "null"},
      {"false < true", "true"},
      {"[1, 2] < [1, 3]", "true"},
      {"[1] <= [1]", "true"},
      {"[1, null] < [2]", "true"},
      {"[1, null] < [1, 2]", "null"},
      {"0.0 / 0.0 < 1", "false"},
      {"0.0 / 0.0 <= 0.0 / 0.0", "false"},
      {"{a: 1} < {a: 2}", "null"},
      {"duration('P1D') < duration('P2D')", "null"},
      {"datetime('2020-01-01T00:00Z') < datetime('2020-01-01T00:00-01:00')", "true"},
      {"time('10:00+01:00') < time('09:30Z')", "true"},
  };
  EXPECT_CASES(kCases);
}

TEST(Operators, Containers) {
  constexpr Case kCases[] = {
      {"2 IN [1, 2]", "true"},        {"3 IN [1, null]", "null"},     {"null IN []", "false"},
      {"1 IN null", "null"},          {"[1, 2, 3][0]", "1"},          {"[1, 2, 3][-1]", "3"},
      {"[1, 2, 3][5]", "null"},       {"[1, 2, 3]['a']", "!22023"},   {"{a: 1}['a']", "1"},
      {"{a: 1}['b']", "null"},        {"[1, 2, 3][1..]", "[2, 3]"},   {"[1, 2, 3][..-1]", "[1, 2]"},
      {"[1, 2, 3][-9..2]", "[1, 2]"}, {"[1, 2, 3][null..2]", "null"}, {"'abc' =~ 'a.c'", "true"},
      {"'abcd' =~ 'a.c'", "false"},   {"'abc' =~ '('", "!2201B"},     {"'abc' STARTS WITH 'ab'", "true"},
      {"1 STARTS WITH 'ab'", "null"},
  };
  EXPECT_CASES(kCases);
}

// One value of each class, in the order of ORDER BY; equal neighbours are marked.
TEST(Operators, OrderIsTotal) {
  const double nan = std::nan("");
  std::vector<Value> sorted = {
      Value::map({{"a", Value::integer(1)}}),
      Value::node(NodeId(1)),
      Value::relationship(RelId(1)),
      Value::list({}),
      Value::list({Value::integer(1)}),
      Value::list({Value::integer(1), Value()}),
      Value::path({NodeId(1)}, {}),
      Value::point(7203, 1, 2, 0),
      Value::datetime(0, 0, 0),
      Value::local_datetime(0, 0),
      Value::date(0),
      Value::time(0, 0),
      Value::local_time(0),
      Value::duration(0, 1, 0, 0),
      Value::duration(1, 0, 0, 0),
      Value::string("a"),
      Value::string("b"),
      Value::boolean(false),
      Value::boolean(true),
      Value::floating(-std::numeric_limits<double>::infinity()),
      Value::integer(-1),
      Value::floating(0.5),
      Value::integer(std::numeric_limits<int64_t>::max()),
      Value::floating(9.3e18),
      Value::floating(nan),
      Value(),
  };
  for (size_t i = 0; i < sorted.size(); i++)
    for (size_t j = 0; j < sorted.size(); j++) {
      EXPECT_EQ(order(sorted[i], sorted[j]), i < j ? -1 : i > j ? 1 : 0) << i << " " << j;
      EXPECT_EQ(equivalent(sorted[i], sorted[j]), i == j);
    }
}

TEST(Operators, EquivalentValuesHashAlike) {
  auto number = [](double d) { return Value::floating(d); };
  std::vector<std::pair<Value, Value>> pairs = {
      {Value::integer(3), number(3.0)},
      {number(0.0), number(-0.0)},
      {Value::integer(3), Value::text(Type::kNumeric, "3")},
      {number(std::nan("")), number(-std::nan(""))},
      {Value::list({Value::integer(1)}), Value::list({number(1)})},
      {Value::map({{"a", Value()}, {"b", Value::integer(1)}}), Value::map({{"b", number(1)}, {"a", Value()}})},
      {Value::time(3'600'000'000'000, 3600), Value::time(0, 0)},
      {Value::string("x"), Value::text(Type::kUuid, "x")},
  };
  for (auto& [a, b] : pairs) {
    EXPECT_TRUE(equivalent(a, b)) << to_text(Value::string(type_name(a.type())));
    EXPECT_EQ(hash(a), hash(b));
  }
}

}  // namespace
}  // namespace elegraph::query
