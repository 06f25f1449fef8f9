// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "query/cypher/parser.h"
#include "query/cypher/print.h"
#include "storage/error.h"

namespace elegraph::query::cypher {
namespace {

Fingerprint of(std::string_view text, bool conforming = true) {
  Fingerprint f;
  ParseOptions options;
  options.standard_conforming_strings = conforming;
  fingerprint(text, options, f);
  return f;
}

TEST(FingerprintTest, LiteralsOutsideOfProjectionsAreLifted) {
  const Fingerprint a = of("MATCH (n: P {id: 7, name: 'x'}) WHERE n.a > 1.5 RETURN n.b + 1 SKIP 10 LIMIT 5");
  const Fingerprint b = of("match (n:P {id: -8 , name: 'it''s'}) // c\n where n.a > .5 return n.b + 1 skip 20 limit 5;");
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.hash, b.hash);
  ASSERT_EQ(b.literals.size(), 4u);
  EXPECT_EQ(b.literals[0].as_int(), -8);
  EXPECT_EQ(b.literals[1].as_string(), "it's");
  EXPECT_EQ(b.literals[2].as_float(), .5);
  EXPECT_EQ(b.literals[3].as_int(), 20);
}

TEST(FingerprintTest, OnlyZeroAndOneBesideANumberOfRowsStay) {
  EXPECT_EQ(of("MATCH (n) WHERE COUNT { (n)-->() } > 0 RETURN n").literals.size(), 0u);
  EXPECT_EQ(of("MATCH (n) WHERE 0 <> size([(n)-->() | n]) RETURN n").literals.size(), 0u);
  EXPECT_EQ(of("MATCH (n) WHERE COUNT { (n {x: 0})-->() } > 7 RETURN n").literals.size(), 2u);
  EXPECT_EQ(of("MATCH (n) WHERE n.x > 0 AND 1 < n.count RETURN n").literals.size(), 2u);
}

TEST(FingerprintTest, WhatMattersMakesAnotherKey) {
  const std::pair<std::string_view, std::string_view> different[] = {
      {"RETURN 1", "RETURN 2"},
      {"RETURN a+1", "RETURN a + 1"},
      {"RETURN a AND b", "RETURN a and b"},
      {"MATCH (n) RETURN n ORDER BY n.x + 1", "MATCH (n) RETURN n ORDER BY n.x + 2"},
      {"MATCH (n {a: 1}) RETURN n", "MATCH (n {a: 1.0}) RETURN n"},
      {"MATCH (n)-[*1..2]->() RETURN n", "MATCH (n)-[*1..3]->() RETURN n"},
      {"MATCH (n)-[:X]->{1,2}() RETURN n", "MATCH (n)-[:X]->{1,3}() RETURN n"},
      {"MATCH (n:Match) RETURN n", "MATCH (n:MATCH) RETURN n"},
      // Reserved words that are aliases are names where they are read.
      {"WITH 1 AS union, 2 AS Union WITH union RETURN 1", "WITH 1 AS union, 2 AS Union WITH Union RETURN 1"},
      {"WITH 1 AS union, 2 AS Union UNWIND [union] AS x RETURN x",
       "WITH 1 AS union, 2 AS Union UNWIND [Union] AS x RETURN x"},
      {"WITH 1 AS where RETURN 2 * x / where + 1", "WITH 1 AS where RETURN 2 * x / where + 2"},
      {"MATCH (n {limit: 1}) RETURN n", "MATCH (n {LIMIT: 1}) RETURN n"},
      {"MATCH (n) RETURN n SKIP -1", "MATCH (n) RETURN n SKIP 1"},
      {"MATCH (n) RETURN n LIMIT 1", "MATCH (n) RETURN n LIMIT 1000"},
      {"MATCH (n) WHERE EXISTS { MATCH (m) RETURN m.x + 1 AS y } RETURN n",
       "MATCH (n) WHERE EXISTS { MATCH (m) RETURN m.x + 2 AS y } RETURN n"},
      {"MATCH (n) WHERE n.a[0] = 1 RETURN n", "MATCH (n) WHERE n.a[1] = 1 RETURN n"},
      {"MATCH (n) WHERE all(i IN range(0, 2) WHERE i < n.a) RETURN n",
       "MATCH (n) WHERE all(i IN range(0, 3) WHERE i < n.a) RETURN n"},
      {"MATCH (n) WHERE COUNT { (n)-->() } > 0 RETURN n", "MATCH (n) WHERE COUNT { (n)-->() } > 1 RETURN n"},
      {"MATCH (n) WHERE 1 <= count { (n)-->() } RETURN n", "MATCH (n) WHERE 2 <= count { (n)-->() } RETURN n"},
      {"MATCH (n) WHERE size([(n)-->() | 7]) = 0 RETURN n", "MATCH (n) WHERE size([(n)-->() | 7]) = 3 RETURN n"},
      {"EXPLAIN MATCH (n {a: 1}) RETURN n", "EXPLAIN MATCH (n {a: 2}) RETURN n"},
      {"MATCH (n) WHERE n.a = $1 RETURN n", "MATCH (n) WHERE n.a = $2 RETURN n"},
  };
  for (const auto& [a, b] : different) EXPECT_NE(of(a).key, of(b).key) << a;
  EXPECT_NE(of("RETURN 'a'", true).key, of("RETURN 'a'", false).key);
}

TEST(FingerprintTest, ParserNumbersLiftedLiteralsAlike) {
  ParseOptions options;
  options.lift_literals = true;
  const auto s =
      parse("MATCH (n {a: 1, b: $x})-[*2]->() WHERE n.c IN [3, 'd'] WITH n, 4 AS y RETURN n.e + 5 SKIP 6 LIMIT 7", options);
  EXPECT_EQ(print(*s),
            "(query (match (path (node n (properties (map a: ?1 b: $x))) (out *2..2) (node)) "
            "(where (in (property c n) (list ?2 ?3)))) (with n 4 as y) (return (+ (property e n) 5) (skip ?4) (limit 7)))");
}

TEST(FingerprintTest, UnclosedTextThrows) {
  for (const char* text : {"RETURN 'a", "RETURN /* a", "RETURN `a"}) EXPECT_THROW(of(text), Error) << text;
}

TEST(SplitTest, CutsAtTopLevelSemicolons) {
  const std::string_view text =
      "RETURN ';'; // a;b\n RETURN `;` ;; /* ; */ ; SELECT 1 -- it's;\n, 2; CREATE PROCEDURE p() :: () AS $$ a; b $$";
  const auto pieces = split_statements(text, {});
  ASSERT_EQ(pieces.size(), 4u);
  EXPECT_EQ(pieces[0].text, "RETURN ';'");
  EXPECT_EQ(pieces[1].text, "// a;b\n RETURN `;`");
  EXPECT_EQ(pieces[2].text, "SELECT 1 -- it's;\n, 2");
  EXPECT_EQ(pieces[3].text, "CREATE PROCEDURE p() :: () AS $$ a; b $$");
  for (const Piece& piece : pieces) EXPECT_EQ(text.substr(piece.offset, piece.text.size()), piece.text);
  EXPECT_TRUE(split_statements(" ; ; -- nothing", {}).empty());
  EXPECT_EQ(split_statements("RETURN 'a; RETURN 2", {}).size(), 1u);
}

}  // namespace
}  // namespace elegraph::query::cypher
