// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/query/evaluate.h"

namespace elegraph::query {
namespace {

using test::Case;

TEST(Cast, Scalars) {
  constexpr Case kCases[] = {
      {"'42'::int8", "42"},
      {"' 42 '::bigint", "42"},
      {"'x'::int8", "!22P02"},
      {"70000::int2", "!22003"},
      {"2.5::int4", "2"},
      {"3.5::int4", "4"},
      {"1e30::int8", "!22003"},
      {"true::int4", "1"},
      {"'1.5'::float8", "1.5"},
      {"0.1::float4", "0.10000000149011612"},
      {"'1e3'::double precision", "1000.0"},
      {"42::text", "\"42\""},
      {"true::text", "\"true\""},
      {"'yes'::bool", "true"},
      {"'maybe'::boolean", "!22P02"},
      {"'\\x00ff'::bytea", "\"\\\\x00ff\""},
      {"'1.50'::numeric", "1.50"},
      {"'{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'::uuid", "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\""},
      {"'a0ee'::uuid", "!22P02"},
      {"null::int8", "null"},
      {"1::nonsense", "!42704"},
      {"date('2020-01-01')::int8", "!22023"},
  };
  EXPECT_CASES(kCases);
}

TEST(Cast, LengthsCountCharacters) {
  EXPECT_EQ(cast(Value::string("grüße"), "varchar(3)", {}).as_string(), "grü");
  EXPECT_EQ(cast(Value::string("grüße"), "varchar", {}).as_string(), "grüße");
  EXPECT_EQ(cast_result("text[]"), (StaticType{Type::kList, Type::kString}));
}

TEST(Cast, Temporal) {
  constexpr Case kCases[] = {
      {"'2020-02-29'::date", "\"2020-02-29\""},
      {"'2021-02-29'::date", "!22008"},
      {"'nonsense'::date", "!22007"},
      {"'04:05:06.789'::time", "\"04:05:06.789\""},
      {"'04:05+02'::timetz", "\"04:05+02:00\""},
      {"'2020-01-02 03:04:05'::timestamp", "\"2020-01-02T03:04:05\""},
      {"'2020-01-02 03:04:05.6+01'::timestamptz", "\"2020-01-02T03:04:05.6+01:00\""},
      {"'2020-01-02 03:04:05+01'::timestamptz::timestamp", "\"2020-01-02T02:04:05\""},
      {"'2020-01-02'::date::timestamptz", "\"2020-01-02T00:00Z\""},
      {"'1 year 2 mons -3 days 04:05:06.7'::interval", "\"P1Y2M-3DT4H5M6.7S\""},
      {"'@ 90 minutes ago'::interval", "\"PT-1H-30M\""},
      {"'P1Y2M'::interval", "\"P1Y2M\""},
      {"'soon'::interval", "!22007"},
  };
  EXPECT_CASES(kCases);
}

TEST(Cast, ArraysAndJson) {
  constexpr Case kCases[] = {
      {"'{1,2,NULL}'::int8[]", "[1, 2, null]"},
      {"'{\"a,b\",c d,\"nu\\\"ll\"}'::text[]", "[\"a,b\", \"c d\", \"nu\\\"ll\"]"},
      {"'{{1,2},{3,4}}'::int8[]", "[[1, 2], [3, 4]]"},
      {"'{}'::text[]", "[]"},
      {"'{1,2'::int8[]", "!22P02"},
      {"'{1,x}'::int8[]", "!22P02"},
      {"['1', '2']::int8[]", "[1, 2]"},
      {"'{\"a\": [1, 2.0, null, \"x\"]}'::jsonb", "{\"a\": [1, 2.0, null, \"x\"]}"},
      {"'9223372036854775808'::jsonb", "9.223372036854776e+18"},
      {"'{\"a\": 1, \"a\": 2}'::jsonb", "{\"a\": 2}"},
      {"'{\"a\":'::jsonb", "!22P02"},
      {"{a: [1]}::text", "\"{\\\"a\\\": [1]}\""},
  };
  EXPECT_CASES(kCases);
}

TEST(Json, DeepNestingIsAnError) {
  std::string deep(100'000, '[');
  EXPECT_THROW(parse_json(deep), Error);
}

}  // namespace
}  // namespace elegraph::query
