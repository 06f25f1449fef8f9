// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

class Copy : public testing::Test {
 protected:
  ServerProcess server;
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection{PQconnectdb(server.connection().c_str()), PQfinish};

  Result exec(const std::string& text) { return {PQexec(connection.get(), text.c_str()), PQclear}; }
  std::string value(const std::string& text) {
    auto r = exec(text);
    return PQntuples(r.get()) ? PQgetvalue(r.get(), 0, 0) : PQresultErrorMessage(r.get());
  }
  // Sends `data` and gives the final result.
  Result copy_in(const std::string& statement, const std::string& data) {
    auto begun = exec(statement);
    if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return begun;
    for (size_t at = 0; at < data.size(); at += 1000)
      PQputCopyData(connection.get(), data.data() + at, int(std::min<size_t>(1000, data.size() - at)));
    PQputCopyEnd(connection.get(), nullptr);
    Result last(PQgetResult(connection.get()), PQclear);
    while (PGresult* more = PQgetResult(connection.get())) last.reset(more);
    return last;
  }
  std::string copy_out(const std::string& statement) {
    auto begun = exec(statement);
    if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) return PQresultErrorMessage(begun.get());
    std::string out;
    char* buffer = nullptr;
    for (int n; (n = PQgetCopyData(connection.get(), &buffer, 0)) > 0; PQfreemem(buffer)) out.append(buffer, size_t(n));
    while (PGresult* more = PQgetResult(connection.get())) PQclear(more);
    return out;
  }
  void load_people(int n) {
    exec("CREATE CONSTRAINT FOR (p:Person) REQUIRE p.id IS UNIQUE");
    std::string csv = "id,name,age\n";
    for (int i = 1; i <= n; i++)
      csv += std::to_string(i) + ",\"n, " + std::to_string(i) + "\"," + std::to_string(20 + i % 50) + "\n";
    auto r = copy_in("COPY \"Person\" (id, name, age) FROM STDIN (FORMAT csv, HEADER)", csv);
    ASSERT_STREQ(PQcmdStatus(r.get()), ("COPY " + std::to_string(n)).c_str()) << PQresultErrorMessage(r.get());
  }
};

TEST_F(Copy, NodesAndRelationships) {
  load_people(30000);
  EXPECT_EQ(value("MATCH (p:Person) RETURN count(*)"), "30000");
  EXPECT_EQ(value("MATCH (p:Person {id: 29999}) RETURN p.name"), "n, 29999");
  EXPECT_EQ(value("MATCH (p:Person {id: 3}) RETURN valueType(p.age)"), "INTEGER NOT NULL");
  std::string csv = "src,dst,since\n";
  for (int i = 1; i < 30000; i++)
    csv += std::to_string(i) + "," + std::to_string(i + 1) + "," + std::to_string(2000 + i % 20) + "\n";
  auto r = copy_in(
      "COPY \"KNOWS\" (src, dst, since) FROM STDIN (FORMAT csv, HEADER, START '\"Person\"(id)', END '\"Person\"(id)')",
      csv);
  EXPECT_STREQ(PQcmdStatus(r.get()), "COPY 29999") << PQresultErrorMessage(r.get());
  EXPECT_EQ(value("MATCH (:Person {id: 77})-[k:KNOWS]->(b) RETURN b.id"), "78");
  EXPECT_EQ(value("MATCH (:Person)-[k:KNOWS]->(:Person) RETURN count(*)"), "29999");
  EXPECT_EQ(value("MATCH (b:Person {id: 78})<-[k:KNOWS]-(a) RETURN a.id"), "77");
}

TEST_F(Copy, BadRowsLeaveNothing) {
  exec("CREATE CONSTRAINT FOR (p:Person) REQUIRE p.id IS UNIQUE");
  auto missing = copy_in("COPY \"Person\" (id, name) FROM STDIN (FORMAT csv, TYPES 'id int8, name text')", "1,a\n2\n3,c\n");
  EXPECT_STREQ(PQresultErrorField(missing.get(), PG_DIAG_SQLSTATE), "22P04");
  EXPECT_NE(std::string(PQresultErrorField(missing.get(), PG_DIAG_MESSAGE_DETAIL)).find("line 2"), std::string::npos);
  auto unreadable = copy_in("COPY \"Person\" (id, name) FROM STDIN (FORMAT csv, TYPES 'id int8, name text')", "1,a\nx,b\n");
  EXPECT_STREQ(PQresultErrorField(unreadable.get(), PG_DIAG_SQLSTATE), "22P02");
  auto duplicate = copy_in("COPY \"Person\" (id, name) FROM STDIN (FORMAT csv, TYPES 'id int8, name text')", "1,a\n1,b\n");
  EXPECT_STREQ(PQresultErrorField(duplicate.get(), PG_DIAG_SQLSTATE), "23505");
  auto no_end = copy_in(
      "COPY \"KNOWS\" (src, dst) FROM STDIN (FORMAT csv, START '\"Person\"(id)', END '\"Person\"(id)', TYPES 'src int8, "
      "dst int8')",
      "1,2\n");
  EXPECT_STREQ(PQresultErrorField(no_end.get(), PG_DIAG_SQLSTATE), "23503");
  EXPECT_EQ(value("MATCH (n) RETURN count(*)"), "0");
}

TEST_F(Copy, NoIndexNamesTheStatementThatMakesIt) {
  auto r = exec("COPY \"KNOWS\" (src, dst) FROM STDIN (FORMAT csv, START '\"Person\"(id)', END '\"Person\"(id)')");
  if (PQresultStatus(r.get()) == PGRES_COPY_IN) {
    PQputCopyData(connection.get(), "1,2\n", 4);
    PQputCopyEnd(connection.get(), nullptr);
    r.reset(PQgetResult(connection.get()));
    while (PGresult* more = PQgetResult(connection.get())) PQclear(more);
  }
  ASSERT_EQ(PQresultStatus(r.get()), PGRES_FATAL_ERROR);
  EXPECT_NE(std::string(PQresultErrorField(r.get(), PG_DIAG_MESSAGE_HINT)).find("CREATE CONSTRAINT"), std::string::npos);
}

TEST_F(Copy, RoundTripInEveryFormat) {
  load_people(5000);
  for (std::string format : {"csv", "text", "binary"}) {
    std::string data = copy_out(
        "COPY (MATCH (p:Person) RETURN p.id AS id, p.name AS name, p.age AS age) TO STDOUT (FORMAT " + format + ")");
    auto r = copy_in("COPY \"Copy_" + format + "\" (id, name, age) FROM STDIN (FORMAT " + format +
                         ", TYPES 'id int8, name text, age int8')",
                     data);
    EXPECT_STREQ(PQcmdStatus(r.get()), "COPY 5000") << format << ": " << PQresultErrorMessage(r.get());
    EXPECT_EQ(value("MATCH (p:`Copy_" + format + "`) RETURN sum(p.id) + sum(p.age)"),
              value("MATCH (p:Person) RETURN sum(p.id) + sum(p.age)"));
    EXPECT_EQ(value("MATCH (p:`Copy_" + format + "` {id: 17}) RETURN p.name"), "n, 17");
  }
  EXPECT_EQ(copy_out("COPY (MATCH (p:Person {id: 1}) RETURN p.id AS id, p.name AS name) TO STDOUT (FORMAT csv, HEADER)"),
            "id,name\n1,\"n, 1\"\n");
}

TEST_F(Copy, LongRowsInManyMessagesAreLookedAtOnce) {
  const std::string row = std::string(12 << 20, 'x') + "\n";
  auto begun = std::chrono::steady_clock::now();
  for (std::string format : {"text", "csv"}) {
    auto r = copy_in("COPY \"Long\" (t) FROM STDIN (FORMAT " + format + ", TYPES 't text')", row + "a\n");
    EXPECT_STREQ(PQcmdStatus(r.get()), "COPY 2") << PQresultErrorMessage(r.get());
  }
  EXPECT_EQ(value("MATCH (n:Long) RETURN max(size(n.t))"), std::to_string(12 << 20));
  auto r = copy_in("COPY \"Long\" FROM STDIN (FORMAT csv, HEADER)", row);
  EXPECT_STREQ(PQresultErrorField(r.get(), PG_DIAG_SQLSTATE), "22P04");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST_F(Copy, GuessesDatesAndTimes) {
  auto guessed = [&](const std::string& label, const std::string& rows) {
    auto r = copy_in("COPY \"" + label + "\" (t) FROM STDIN (FORMAT csv)", rows);
    EXPECT_EQ(std::string(PQcmdStatus(r.get())).substr(0, 5), "COPY ") << PQresultErrorMessage(r.get());
    return value("MATCH (n:" + label + ") RETURN DISTINCT valueType(n.t)");
  };
  EXPECT_EQ(guessed("D", "2025-06-06\n"), "DATE NOT NULL");
  EXPECT_EQ(guessed("L1", "2025-06-06T09:45:47\n"), "LOCAL DATETIME NOT NULL");
  EXPECT_EQ(guessed("L2", "2025-06-06 09:45:47\n2025-06-06 09:45\n"), "LOCAL DATETIME NOT NULL");
  EXPECT_EQ(guessed("L3", "2025-06-06T09:45:47.123\n2024-02-29 23:59:59.999999999\n"), "LOCAL DATETIME NOT NULL");
  EXPECT_EQ(guessed("Z1", "2025-06-06T09:45:47Z\n"), "ZONED DATETIME NOT NULL");
  EXPECT_EQ(guessed("Z2", "2025-06-06 09:45+01:00\n2025-06-06T09:45[Europe/Berlin]\n"), "ZONED DATETIME NOT NULL");
  EXPECT_EQ(guessed("S1", "2025-06-06T09:45:47\n2025-06-06T09:45:47Z\n"), "STRING NOT NULL");
  EXPECT_EQ(guessed("S2", "2025-06-06T09:45:47\n2025-06-06\n"), "STRING NOT NULL");
  EXPECT_EQ(guessed("S3", "2025-02-29T09:45:47\n"), "STRING NOT NULL");
  EXPECT_EQ(guessed("S4", "2025-06-06 09:45 o'clock\n"), "STRING NOT NULL");
  EXPECT_EQ(guessed("S5", "2025-06-06 12\n"), "STRING NOT NULL");
  EXPECT_EQ(value("MATCH (n:L3) RETURN toString(max(n.t))"), "2025-06-06T09:45:47.123");
  EXPECT_EQ(value("MATCH (n:L2) RETURN toString(min(n.t))"), "2025-06-06T09:45");
}

TEST_F(Copy, UnescapedFieldsAreKeptUntilTheyAreLoaded) {
  const std::string text(60, 'x');
  auto r = copy_in("COPY \"Quoted\" (a, t) FROM STDIN (FORMAT csv, TYPES 'a int8, t text')",
                   "1,\"" + text + " \"\"yes\"\"\"\n2,plain\n");
  EXPECT_STREQ(PQcmdStatus(r.get()), "COPY 2") << PQresultErrorMessage(r.get());
  EXPECT_EQ(value("MATCH (n:Quoted {a: 1}) RETURN n.t"), text + " \"yes\"");
  r = copy_in("COPY \"Tabbed\" (t) FROM STDIN (TYPES 't text')", text + "\\tend\n");
  EXPECT_EQ(value("MATCH (n:Tabbed) RETURN n.t"), text + "\tend");
}

TEST_F(Copy, EscapedLineEndsStayInTheirRows) {
  auto r = copy_in("COPY \"Escaped\" (t) FROM STDIN (TYPES 't text')", std::string(999, 'x') + "\\\n" + "y\nz\\\\\n");
  EXPECT_STREQ(PQcmdStatus(r.get()), "COPY 2") << PQresultErrorMessage(r.get());
  EXPECT_EQ(value("MATCH (n:Escaped) RETURN min(n.t) + toString(max(size(n.t)))"), std::string(999, 'x') + "\ny1001");
}

TEST_F(Copy, ALineOfBackslashAndDotEndsTheDataHoweverMuchFollows) {
  std::string rows, garbage;
  for (int i = 0; i < 100'000; i++) rows += std::to_string(i) + "\n";
  for (int i = 0; i < 1'000'000; i++) garbage += "no number\n";
  for (std::string format : {"text", "csv"}) {
    const std::string label = "\"Ended_" + format + "\"";
    auto r = copy_in("COPY " + label + " (v) FROM STDIN (FORMAT " + format + ", TYPES 'v int8')", rows + "\\.\n" + garbage);
    EXPECT_STREQ(PQcmdStatus(r.get()), "COPY 100000") << PQresultErrorMessage(r.get());
  }
  auto r = copy_in("COPY \"Dotted\" (t) FROM STDIN (TYPES 't text')", "a\n\\.b\nc\\\n\\.\nd\n\\.");
  EXPECT_STREQ(PQcmdStatus(r.get()), "COPY 4") << PQresultErrorMessage(r.get());
}

TEST_F(Copy, MillionRowsToASlowReaderDoNotGrowTheServer) {
  long before = server.resident_mb();
  ASSERT_EQ(PQsendQuery(connection.get(),
                        "UNWIND range(1, 1000000) AS i RETURN i, 'some text that takes room ' + toString(i) AS s"),
            1);
  PQsetSingleRowMode(connection.get());
  for (int i = 0; i < 100; i++) PQclear(PQgetResult(connection.get()));
  EXPECT_LT(server.resident_mb(), before + 40);
  long rows = 100;
  while (PGresult* r = PQgetResult(connection.get())) {
    rows += PQresultStatus(r) == PGRES_SINGLE_TUPLE;
    PQclear(r);
  }
  EXPECT_EQ(rows, 1000000);
#ifndef ELEGRAPH_SANITIZED  // AddressSanitizer keeps what was freed
  EXPECT_LT(server.resident_mb(), before + 40);
#endif
}

}  // namespace
}  // namespace elegraph::test
