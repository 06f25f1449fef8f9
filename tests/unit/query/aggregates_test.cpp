// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/query/evaluate.h"

namespace elegraph::query {
namespace {

// The aggregate over a list, in one state and over two that are merged: both must agree.
std::string aggregate(std::string_view name, std::string_view list, Value extra = {}) {
  auto* def = find_aggregate(name);
  auto run = [&](bool split) -> std::string {
    try {
      auto state = def->create(), other = def->create();
      Value items = test::evaluate(list);
      size_t half = split ? items.as_list().size() / 2 : items.as_list().size();
      for (size_t i = 0; i < items.as_list().size(); i++) (i < half ? state : other)->update(items.as_list()[i], extra);
      state->merge(*other);
      std::string out;
      append_json(out, state->finish(), {});
      return out;
    } catch (const Error& error) {
      return "!" + error.sqlstate;
    }
  };
  std::string whole = run(false);
  EXPECT_EQ(run(true), whole) << name << list;
  return whole;
}

TEST(Aggregates, Results) {
  struct Row {
    std::string_view name, list, result;
  };
  constexpr Row kRows[] = {
      {"count", "[1, 2]", "2"},
      {"sum", "[]", "0"},
      {"sum", "[1, 2]", "3"},
      {"sum", "[1, 2.5]", "3.5"},
      {"sum", "[1e16, 1.0, -1e16]", "1.0"},
      {"sum", "[9223372036854775807, 1, -1]", "9223372036854775807"},
      {"sum", "[9223372036854775807, 1]", "!22003"},
      {"sum", "['a']", "!22023"},
      {"sum", "[duration('P1M'), duration('P1D')]", "\"P1M1D\""},
      {"sum", "[duration('P1M'), 1]", "!22023"},
      {"avg", "[]", "null"},
      {"avg", "[1, 2]", "1.5"},
      {"avg", "[duration('P1M'), duration('P3M')]", "\"P2M\""},
      {"min", "[2, 1.5, 'a']", "\"a\""},
      {"max", "[2, 1.5, 'a']", "2"},
      {"min", "[]", "null"},
      {"collect", "[1, 'a']", "[1, \"a\"]"},
      {"stDev", "[1, 2, 3, 4]", "1.2909944487358056"},
      {"stDevP", "[1, 1]", "0.0"},
      {"stDev", "[1]", "0.0"},
  };
  for (auto& row : kRows) EXPECT_EQ(aggregate(row.name, row.list), row.result) << row.name << row.list;
}

TEST(Aggregates, Percentiles) {
  EXPECT_EQ(aggregate("percentileCont", "[10, 20, 30, 40]", Value::floating(0.5)), "25.0");
  EXPECT_EQ(aggregate("percentileDisc", "[10, 20, 30, 40]", Value::floating(0.5)), "20");
  EXPECT_EQ(aggregate("percentileDisc", "[10, 20]", Value::integer(0)), "10");
  EXPECT_EQ(aggregate("percentileCont", "[]", Value::floating(0.5)), "null");
  EXPECT_EQ(aggregate("percentileDisc", "[3.5, 1.5, 2.5]", Value::floating(0.5)), "2.5");
  EXPECT_EQ(aggregate("percentileCont", "[4, 1.5, 2]", Value::floating(0.75)), "3.0");
  EXPECT_EQ(aggregate("percentileDisc", "[4, 1.5, 2]", Value::floating(0.5)), "2");
  EXPECT_EQ(aggregate("percentileCont", "[7]", Value::integer(1)), "7.0");
  EXPECT_EQ(aggregate("percentileCont", "[1]", Value::floating(1.5)), "!22023");
}

}  // namespace
}  // namespace elegraph::query
