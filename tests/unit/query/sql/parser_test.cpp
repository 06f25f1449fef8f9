// SPDX-License-Identifier: Apache-2.0
#include "query/sql/parser.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "query/cypher/print.h"
#include "query/sql/classify.h"
#include "storage/error.h"

namespace elegraph::query::sql {
namespace {

std::unique_ptr<Statement> parsed(std::string_view text) { return parse(text, {}); }

TEST(ClassifyTest, FirstWordsDecide) {
  const std::pair<std::string_view, Language> cases[] = {
      {"MATCH (n) RETURN n", Language::kCypher},
      {" /* x */ -- y\n return 1", Language::kCypher},
      {"select 1", Language::kSql},
      {"(SELECT 1)", Language::kSql},
      {"WITH 1 AS x RETURN x", Language::kCypher},
      {"WITH x AS (SELECT 1) SELECT * FROM x", Language::kSql},
      {"WITH RECURSIVE x AS (SELECT 1) TABLE x", Language::kSql},
      {"CREATE (n)", Language::kCypher},
      {"CREATE p = (n)", Language::kCypher},
      {"CREATE DATABASE x", Language::kSql},
      {"CREATE INDEX i FOR (n:L) ON (n.x)", Language::kCypher},
      {"CREATE INDEX i ON t (x)", Language::kSql},
      {"CREATE OR REPLACE PROCEDURE p() :: () AS $$x$$", Language::kCypher},
      {"CREATE OR REPLACE VIEW v AS SELECT 1", Language::kSql},
      {"SHOW INDEXES", Language::kCypher},
      {"SHOW search_path", Language::kSql},
      {"DROP INDEX i", Language::kCypher},
      {"DROP TABLE t", Language::kSql},
      {"EXPLAIN (ANALYZE) MATCH (n) RETURN n", Language::kCypher},
      {"EXPLAIN SELECT 1", Language::kSql},
      {"DELETE FROM t", Language::kSql},
      {"DELETE n", Language::kCypher},
      {"", Language::kCypher}};
  for (const auto& [text, language] : cases) EXPECT_EQ(classify(text), language) << text;
}

TEST(SqlParserTest, Transactions) {
  const auto begin = parsed("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  EXPECT_EQ(begin->kind, StatementKind::kBegin);
  EXPECT_EQ(begin->isolation, "repeatable read");
  EXPECT_EQ(begin->read_only, true);
  EXPECT_EQ(parsed("begin read write")->read_only, false);
  EXPECT_EQ(parsed("END")->kind, StatementKind::kCommit);
  EXPECT_EQ(parsed("ROLLBACK TO SAVEPOINT \"S\"")->name, "S");
  EXPECT_TRUE(parsed("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")->session);
}

TEST(SqlParserTest, Settings) {
  const std::tuple<std::string_view, std::string_view, std::string_view> cases[] = {
      {"SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE", "timezone", "UTC"},
      {"SET TIME ZONE -7", "timezone", "<-07>+07"},
      {"SET SESSION timezone TO 'Europe/Berlin'", "timezone", "Europe/Berlin"},
      {"SET search_path = a, \"$user\"", "search_path", "a, $user"},
      {"SET statement_timeout = -1", "statement_timeout", "-1"},
      {"SET statement_timeout = 0", "statement_timeout", "0"},
      {"SET x.y = 1.5", "x.y", "1.5"},
      {"SET datestyle to ISO", "datestyle", "iso"},
      {"SET NAMES 'utf8'", "client_encoding", "utf8"}};
  for (const auto& [text, name, value] : cases) {
    const auto s = parsed(text);
    EXPECT_EQ(s->kind, StatementKind::kSet) << text;
    EXPECT_EQ(s->name, name) << text;
    EXPECT_EQ(s->value.value_or("none"), value) << text;
  }
  EXPECT_FALSE(parsed("SET x TO DEFAULT")->value);
  EXPECT_EQ(parsed("show transaction isolation level")->name, "transaction_isolation");
  EXPECT_EQ(parsed("RESET ALL")->name, "all");
}

TEST(SqlParserTest, CypherNests) {
  const std::string_view text = "PREPARE q (int8, text[]) AS MATCH (n {id: $1})--(m) RETURN n;";
  const auto prepare = parsed(text);
  EXPECT_EQ(prepare->nested, "MATCH (n {id: $1})--(m) RETURN n");
  EXPECT_EQ(text.substr(prepare->nested_offset, 5), "MATCH");
  EXPECT_EQ(prepare->types, (std::vector<types::Oid>{20, 1009}));
  const auto declare = parsed("DECLARE c NO SCROLL CURSOR WITH HOLD FOR MATCH (n) RETURN 'x'");
  EXPECT_TRUE(declare->hold);
  EXPECT_FALSE(declare->scroll);
  EXPECT_EQ(declare->nested, "MATCH (n) RETURN 'x'");
  const auto copy = parsed("COPY (MATCH (n) RETURN ')' AS x) TO STDOUT (FORMAT csv, HEADER)");
  EXPECT_EQ(copy->nested, "MATCH (n) RETURN ')' AS x");
  EXPECT_EQ(copy->options.size(), 2u);
  try {
    parsed("COPY (MATCH (n) RETURN n) TU STDOUT");
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.position, 26u);
  }
}

TEST(SqlParserTest, CursorsAndArguments) {
  const auto fetch = parsed("FETCH ALL FROM c");
  EXPECT_EQ(fetch->count, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parsed("MOVE BACKWARD 3 IN c")->direction, FetchDirection::kBackward);
  const auto execute = parsed("EXECUTE q(-5, 'a', NULL, 3000000000)");
  ASSERT_EQ(execute->arguments.size(), 4u);
  EXPECT_EQ(execute->arguments[0]->literal.as_int(), -5);
  EXPECT_TRUE(execute->arguments[2]->literal.is_null());
  EXPECT_EQ(execute->arguments[3]->literal.as_int(), 3000000000);
}

TEST(SqlParserTest, CopyKeepsTheCaseOfNames) {
  const auto s = parsed("COPY Person (id, firstName) FROM STDIN (FORMAT csv, START '\"Person\"(id)', LABELS ('A', 'B'))");
  EXPECT_EQ(s->copy_target, "Person");
  EXPECT_EQ(s->copy_columns, (std::vector<std::string>{"id", "firstName"}));
  EXPECT_TRUE(s->copy_from && s->copy_stdin);
  EXPECT_EQ(s->options[1].value, "\"Person\"(id)");
  EXPECT_EQ(s->options[2].value, "('A', 'B')");
}

TEST(SqlParserTest, Roles) {
  const auto create = parsed("CREATE USER bob PASSWORD 'x'");
  EXPECT_EQ(create->password, "x");
  EXPECT_EQ(create->login, true);
  EXPECT_EQ(parsed("CREATE ROLE r")->login, false);
  EXPECT_EQ(parsed("ALTER ROLE bob PASSWORD NULL")->password, "");
  EXPECT_EQ(parsed("DROP ROLE IF EXISTS a, b")->names.size(), 2u);
}

TEST(SqlParserTest, SelectBecomesReturn) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"SELECT 1+1 AS result", "(query (return (+ 1 1) as result))"},
      {"SELECT $1::int8", "(query (return (cast int8 $1) as int8))"},
      {"SELECT pg_catalog.version(), current_user",
       "(query (return (call version) as version (call current_user) as current_user))"},
      {"VALUES (1, 'a'), (2, 'b')",
       "(query (return 1 as column1 'a' as column2) union-all (return 2 as column1 'b' as column2))"},
      {"SELECT i FROM generate_series(1, 3) AS g(i) WHERE i BETWEEN 1 AND 2 ORDER BY 1 DESC LIMIT 5",
       "(query (unwind i (call range 1 3)) (with * (where (and (>= i 1) (<= i 2)))) (return i as i (desc i) (limit 5)))"},
      {"SELECT x FROM (SELECT 1) s(x)", "(query (subquery (query (return 1 as x))) (return x as x))"}};
  for (const auto& [text, tree] : cases) EXPECT_EQ(cypher::print(*parsed(text)->lowered), tree) << text;
  EXPECT_EQ(parsed("EXPLAIN ANALYZE SELECT 1")->lowered->explain, cypher::ExplainMode::kAnalyze);
}

TEST(SqlParserTest, ColumnNames) {
  const auto s = parsed(
      "SELECT 1, 2, 'x'::text, now()::date, CASE WHEN true THEN 1 END, coalesce(1), ARRAY[1], b.b FROM "
      "generate_series(1,2) b");
  const char* names[] = {"?column?", "?column?", "text", "now", "case", "coalesce", "array", "b"};
  const auto& items = s->lowered->query->parts[0].clauses.back()->projection.items;
  ASSERT_EQ(items.size(), std::size(names));
  for (size_t i = 0; i < items.size(); ++i) EXPECT_EQ(items[i].name, names[i]);
  EXPECT_NE(items[0].alias, items[1].alias);
}

TEST(SqlParserTest, Errors) {
  const std::tuple<std::string, std::string_view, int> cases[] = {{"SELECT 'é' FRM x y", "42601", 16},
                                                                  {"SELECT * FROM pg_nope", "0A000", 14},
                                                                  {"INSERT INTO x VALUES (1)", "0A000", -1},
                                                                  {"CREATE TABLE x (id int)", "0A000", -1},
                                                                  {"SELECT " + std::string(100'000, '('), "54001", 3007}};
  for (const auto& [text, state, position] : cases) {
    try {
      parsed(text);
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.sqlstate, state) << text;
      EXPECT_EQ(e.position ? int(*e.position) : -1, position) << text;
    }
  }
  std::string sum = "SELECT 1";
  for (int i = 0; i < 200'000; ++i) sum += "+1";
  EXPECT_THROW(parsed(sum), Error);
}

TEST(SqlParserTest, ThreadsParseBesideEachOther) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(parse("SAVEPOINT s" + std::to_string(t), {})->name, "s" + std::to_string(t));
        EXPECT_THROW(parse("SELECT FROM WHERE", {}), Error);
      }
    });
  }
}

}  // namespace
}  // namespace elegraph::query::sql
