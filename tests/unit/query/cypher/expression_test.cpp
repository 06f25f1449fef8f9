// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "query/cypher/parser.h"
#include "query/cypher/print.h"
#include "storage/error.h"

namespace elegraph::query::cypher {
namespace {

std::string parsed(std::string_view text, bool conforming = true) {
  ParseOptions options;
  options.standard_conforming_strings = conforming;
  return print(*parse_expression(text, options));
}

struct Case {
  std::string_view text, tree;
};
void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(parsed(c.text), c.tree) << c.text;
}

TEST(ExpressionTest, Literals) {
  check({{"42", "42"},
         {"0x2A", "42"},
         {"0o52", "42"},
         {"1_000", "1000"},
         {"-0x8000000000000000", "-9223372036854775808"},
         {"-9223372036854775808", "-9223372036854775808"},
         {".5", "0.5"},
         {"1e3", "1000.0"},
         {"-1.5E-1", "-0.15"},
         {"True", "true"},
         {"NULL", "null"},
         {"\"a\\tb\"", "'a\tb'"},
         {"'it''s'", "'it's'"},
         {"'a\\nb'", "'a\\nb'"},
         {"E'a\\nb\\x41\\101'", "'a\nbAA'"},
         {"$$raw 'text'$$", "'raw 'text''"},
         {"Inf", "Inf"}});
  EXPECT_EQ(parsed("'it\\'s \\u00e9 \\uD83D\\uDE00'", false), "'it's \u00e9 \U0001F600'");
  EXPECT_EQ(parsed("'doubled '' quote'", false), "'doubled ' quote'");
}

TEST(ExpressionTest, Precedence) {
  check({{"a OR b XOR c AND NOT d = e", "(or a (xor b (and c (not (= d e)))))"},
         {"a OR b OR c", "(or a b c)"},
         {"1 + 2 * 3 ^ 4", "(+ 1 (* 2 (^ 3 4)))"},
         {"2 ^ 3 ^ 2", "(^ (^ 2 3) 2)"},
         {"1 - 2 - 3", "(- (- 1 2) 3)"},
         {"a = b IN c", "(= a (in b c))"},
         {"a + b IN c + d", "(in (+ a b) (+ c d))"},
         {"a = b IS NULL", "(= a (null? b))"},
         {"NOT a IN b", "(not (in a b))"},
         {"-a.b[0]", "(negate (index (property b a) 0))"},
         {"-a ^ 2", "(^ (negate a) 2)"},
         {"a || b = c", "(= (|| a b) c)"},
         {"n.x STARTS WITH 'a' AND n.y ENDS WITH 'b'", "(and (starts (property x n) 'a') (ends (property y n) 'b'))"}});
}

TEST(ExpressionTest, Comparisons) {
  check({{"1 < 2", "(< 1 2)"},
         {"a < b <= c <> d", "(and (< a b) (<= b c) (<> c d))"},
         {"a != b", "(<> a b)"},
         {"a =~ 'x.*'", "(=~ a 'x.*')"},
         {"x NOT IN [1]", "(not (in x (list 1)))"},
         {"x IS NOT NULL", "(not-null? x)"}});
}

TEST(ExpressionTest, MinusIsSignOrOperator) {
  check({{"a -1", "(- a 1)"},
         {"a - -1", "(- a -1)"},
         {"[-1, - 2]", "(list -1 (negate 2))"},
         {"(1)-1", "(- 1 1)"},
         {"- - 3", "(negate (negate 3))"},
         {"- -3", "(negate -3)"},
         {"a < -1", "(< a -1)"},
         {"{k: -1}", "(map k: -1)"}});
}

TEST(ExpressionTest, PostgresForms) {
  check({{"$1::int8", "(cast int8 $1)"},
         {"x::text[]", "(cast text[] x)"},
         {"'..'::timestamptz::timestamptz", "(cast timestamptz (cast timestamptz '..'))"},
         {"x::timestamp with time zone", "(cast timestamptz x)"},
         {"x::pg_catalog.varchar(10)", "(cast varchar x)"},
         {"CAST(x AS double precision)", "(cast double precision x)"},
         {"ARRAY['a', NULL]", "(list 'a' null)"},
         {"x IN (1, 2)", "(in x (list 1 2))"},
         {"x IN ('a')", "(in x (list 'a'))"},
         {"x IN (y)", "(in x y)"},
         {"date '2020-02-29'", "(cast date '2020-02-29')"}});
}

TEST(ExpressionTest, Collections) {
  check({{"[1, 'a', []]", "(list 1 'a' (list))"},
         {"{a: 1, `b c`: {}, match: 2}", "(map a: 1 b c: (map) match: 2)"},
         {"l[1..]", "(slice l 1 _)"},
         {"l[..-1]", "(slice l _ -1)"},
         {"l[0][1..2]", "(slice (index l 0) 1 2)"},
         {"[x IN l]", "(for x l _ _)"},
         {"[x IN l WHERE x > 1 | x * 2]", "(for x l (> x 1) (* x 2))"},
         {"[x IN l, y]", "(list (in x l) y)"},
         {"n {.name, .*, age: 1, other}", "(map-projection n .name .* age: 1 other: other)"},
         {"all(x IN l WHERE x)", "(all x l x)"},
         {"none(x IN l WHERE x) OR single(y IN l WHERE y)", "(or (none x l x) (single y l y))"},
         {"reduce(a = 0, x IN l | a + x)", "(reduce a x 0 l (+ a x))"}});
}

TEST(ExpressionTest, CallsAndCase) {
  check({{"count(*)", "(call count *)"},
         {"count(DISTINCT n)", "(call distinct count n)"},
         {"point.distance(a, b)", "(call point.distance a b)"},
         {"exists(n.x)", "(not-null? (property x n))"},
         {"CASE WHEN a THEN 1 END", "(case _ a 1 _)"},
         {"CASE x WHEN 1 THEN 'a' ELSE 'b' END", "(case x 1 'a' 'b')"}});
}

TEST(ExpressionTest, Patterns) {
  check(
      {{"(a)-->(b)", "(pattern (path (node a) (out) (node b)))"},
       {"exists((a)<-[:X]-())", "(pattern (path (node a) (in :X) (node)))"},
       {"NOT (a)--(b)", "(not (pattern (path (node a) (both) (node b))))"},
       {"(a)-(b)", "(- a b)"},
       {"(a)-[1]", "(- a (list 1))"},
       {"[(a)-->(b) WHERE b.x | b.y]", "(pattern-list (property x b) (property y b) (path (node a) (out) (node b)))"},
       {"[p = (a)-->() | p]", "(pattern-list p _ p (path p (node a) (out) (node)))"},
       {"shortestPath((a)-[*]->(b))", "(shortest-path (shortest (node a) (out *..) (node b)))"},
       {"EXISTS { (a)-->(b) WHERE a.x }", "(exists (query (match (path (node a) (out) (node b)) (where (property x a)))))"},
       {"COUNT { MATCH (n) RETURN n }", "(count (query (match (path (node n))) (return n)))"}});
}

TEST(ExpressionTest, LabelPredicates) {
  check({{"n:A:B", "(labels :A :B n)"},
         {"n:A|B", "(or (labels :A n) (labels :B n))"},
         {"n:!A&%", "(and (not (labels :A n)) (labels n))"},
         {"n IS A", "(labels :A n)"},
         {"n IS NOT A", "(not (labels :A n))"}});
}

TEST(ExpressionTest, OutOfRange) {
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "0x8000000000000000", "1.34E999"}) {
    try {
      parsed(text);
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.sqlstate, sqlstate::kNumericOutOfRange) << text;
    }
  }
}

}  // namespace
}  // namespace elegraph::query::cypher
