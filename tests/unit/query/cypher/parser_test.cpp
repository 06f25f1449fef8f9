// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/parser.h"

#include <gtest/gtest.h>

#include "query/cypher/print.h"
#include "storage/error.h"

namespace elegraph::query::cypher {
namespace {

std::string parsed(std::string_view text) { return print(*parse(text, {})); }

TEST(ParserTest, Clauses) {
  EXPECT_EQ(parsed("MATCH (n: Person {id: $1})-[r:KNOWS*1..3]->(m) WHERE m.x RETURN DISTINCT m.y AS y ORDER BY y DESC "
                   "SKIP 1 LIMIT 2;"),
            "(query (match (path (node n :Person (properties (map id: $1))) (out r :KNOWS *1..3) (node m)) "
            "(where (property x m))) (return distinct (property y m) as y (desc y) (skip 1) (limit 2)))");
  EXPECT_EQ(parsed("UNWIND [1] AS x WITH x, 2 AS y WHERE x RETURN *"),
            "(query (unwind x (list 1)) (with x 2 as y (where x)) (return *))");
  EXPECT_EQ(parsed("MERGE (a) ON CREATE SET a.x = 1, a:L ON MATCH SET a += $m"),
            "(query (merge (path (node a)) (= (property x a) 1) (add a :L) on-match (merge a $m)))");
  EXPECT_EQ(parsed("MATCH (n) REMOVE n.x, n:A:B DETACH DELETE n"),
            "(query (match (path (node n))) (remove (property x n) n :A :B) (detach-delete n))");
  EXPECT_EQ(parsed("CALL db.labels() YIELD label AS l WHERE l RETURN l UNION ALL RETURN 1 AS l"),
            "(query (call db.labels yield label as l (where l)) (return l) union-all (return 1 as l))");
  EXPECT_EQ(parsed("CALL (a) { RETURN 1 AS x } RETURN x"),
            "(query (subquery import a (query (return 1 as x))) (return x))");
  EXPECT_EQ(parsed("FOREACH (x IN [1] | CREATE (n) SET n.x = x) FINISH"),
            "(query (foreach x (list 1) (create (path (node n))) (set (= (property x n) x))) (finish))");
}

TEST(ParserTest, Patterns) {
  EXPECT_EQ(parsed("MATCH (n IS Person)-[r IS KNOWS|LIKES]->(), (a:A|!B)-[:A|:B]-(b:A:B WHERE b.x)<-[*..2]-() RETURN 1"),
            "(query (match (path (node n :Person) (out r :KNOWS :LIKES) (node)) "
            "(path (node a (labels (or (labels :A) (not (labels :B))))) (both :A :B) (node b :A :B (where (property x b))) "
            "(in *..2) (node))) (return 1))");
  EXPECT_EQ(parsed("MATCH p = ALL SHORTEST (a)-[:X]->{1,4}(b) RETURN p"),
            "(query (match (all-shortest p (node a) (out :X *1..4) (node b))) (return p))");
}

TEST(ParserTest, KeywordsAsNames) {
  EXPECT_EQ(parsed("MATCH (order:Order {limit: 1})-[:IN]->(end) RETURN order.return, end AS match"),
            "(query (match (path (node order :Order (properties (map limit: 1))) (out :IN) (node end))) "
            "(return (property return order) end as match))");
}

TEST(ParserTest, Schema) {
  EXPECT_EQ(parsed("CREATE INDEX i IF NOT EXISTS FOR (n:L) ON (n.a, n.b)"), "(create index node i :L .a .b if-not-exists)");
  EXPECT_EQ(parsed("CREATE INDEX FOR ()-[r:T]-() ON (r.x)"), "(create index relationship _ :T .x)");
  EXPECT_EQ(parsed("CREATE CONSTRAINT c FOR (n:L) REQUIRE n.id IS UNIQUE"), "(create constraint unique node c :L .id)");
  EXPECT_EQ(parsed("CREATE CONSTRAINT FOR (n:L) REQUIRE (n.a, n.b) IS NODE KEY"),
            "(create constraint key node _ :L .a .b)");
  EXPECT_EQ(parsed("CREATE CONSTRAINT FOR (n:L) REQUIRE n.a IS NOT NULL"), "(create constraint exists node _ :L .a)");
  EXPECT_EQ(parsed("DROP CONSTRAINT c IF EXISTS"), "(drop constraint c if-exists)");
  EXPECT_EQ(parsed("CREATE OR REPLACE PROCEDURE a.b(x :: INTEGER?) :: (y :: LIST<STRING>) AS $$ RETURN $x AS y $$"),
            "(create-procedure or-replace a.b (x INTEGER?) (y LIST<STRING>) ' RETURN $x AS y ')");
  EXPECT_EQ(parsed("EXPLAIN (ANALYZE, FORMAT JSON) RETURN 1"), "analyze json (query (return 1))");
}

TEST(ParserTest, ColumnNamesAreTheTextAsWritten) {
  const auto s = parse("RETURN n.name, count( * ), a.x +1, `odd name`, 1 AS one", {});
  const auto& items = s->query->parts[0].clauses[0]->projection.items;
  const char* names[] = {"n.name", "count( * )", "a.x +1", "odd name", "one"};
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(items[i].name, names[i]);
}

TEST(ParserTest, Parameters) {
  const auto named = parse("RETURN $b, $a, $b, $`odd name`", {});
  EXPECT_EQ(named->parameters, (std::vector<std::string>{"b", "a", "odd name"}));
  const auto numbered = parse("RETURN $3, $1", {});
  EXPECT_TRUE(numbered->positional);
  EXPECT_EQ(numbered->parameters, (std::vector<std::string>{"1", "2", "3"}));
}

struct Wrong {
  std::string_view text, sqlstate;
  uint32_t position;
  std::string_view hint = "";
};

TEST(ParserTest, Errors) {
  const Wrong cases[] = {
      {"MATC (n) RETURN n", "42601", 0, "MATCH"},
      {"MATCH (n) RETUR n", "42601", 10, "RETURN"},
      {"MATCH (n) RETURN DISTINC n.x y", "42601", 25, "DISTINCT"},
      {"MATCH (n$1) RETURN n", "42601", 8, "(n: Person)"},
      {"MATCH (n)-[$1]->() RETURN n", "42601", 11, "(n: Person)"},
      {"MATCH (n", "42601", 8},
      {"RETURN 'abc", "42601", 7},
      {"RETURN /* abc", "42601", 7},
      {"RETURN `abc", "42601", 7},
      {"RETURN E'\\u12'", "42601", 9},
      {"RETURN 1 -- a comment", "42601", 14},
      {"MATCH (n)", "42601", 0, "RETURN"},
      {"WITH n.x RETURN 1", "42601", 5, "AS"},
      {"RETURN 1; RETURN 2", "42601", 10},
      {"RETURN 1 AS a UNION RETURN 2 AS a UNION ALL RETURN 3 AS a", "42601", 34},
      {"RETURN $1, $a", "42601", 11},
      {"RETURN \"\xff\"", "22021", 7},
      {"MATCH (match) RETURN 1", "42601", 7, "`match`"},
      {"MATCH (n) WHERE EXISTS { MATCH (m) SET m.x = 1 } RETURN n", "42601", 35},
  };
  for (const Wrong& c : cases) {
    try {
      parse(c.text, {});
      ADD_FAILURE() << c.text;
    } catch (const Error& e) {
      EXPECT_EQ(e.sqlstate, c.sqlstate) << c.text;
      EXPECT_EQ(e.position.value_or(9999), c.position) << c.text << ": " << e.message;
      EXPECT_NE(e.hint.find(c.hint), std::string::npos) << c.text << ": " << e.hint;
    }
  }
}

std::string repeated(std::string_view s, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += s;
  return out;
}

TEST(ParserTest, DepthIsBounded) {
  for (const char* part : {"(", "[", "NOT ", "- ", "CASE WHEN ", "EXISTS { MATCH (n) WHERE ", "1 + ", "{a: ", "f("}) {
    try {
      parse("RETURN " + repeated(part, 100'000) + "1", {});
      ADD_FAILURE() << part;
    } catch (const Error& e) {
      EXPECT_EQ(e.sqlstate, sqlstate::kStatementTooComplex) << part;
    }
  }
  EXPECT_NO_THROW(parse("RETURN " + repeated("[", 290) + repeated("]", 290), {}));
  EXPECT_THROW(parse("RETURN " + repeated("(1<", 900) + "2" + repeated("<3)", 900), {}), Error);
}

}  // namespace
}  // namespace elegraph::query::cypher
