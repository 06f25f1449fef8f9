// SPDX-License-Identifier: Apache-2.0
// What drivers do on their own, beside the statements of their users.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;
using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

class Client : public testing::Test {
 protected:
  ServerProcess server;
  Connection connection = connect();

  Connection connect() { return {PQconnectdb(server.connection().c_str()), PQfinish}; }
  Result exec(const std::string& text) { return {PQexec(connection.get(), text.c_str()), PQclear}; }
  // Through the extended protocol.
  Result params(const std::string& text) {
    return {PQexecParams(connection.get(), text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0), PQclear};
  }
  // All rows: columns by '|', rows by '\n'; or the error.
  std::string rows(const std::string& text) {
    auto r = exec(text);
    if (PQresultStatus(r.get()) == PGRES_FATAL_ERROR) return PQresultErrorField(r.get(), PG_DIAG_SQLSTATE);
    std::string out;
    for (int i = 0; i < PQntuples(r.get()); i++) {
      if (i) out += '\n';
      for (int c = 0; c < PQnfields(r.get()); c++) out += (c ? "|" : "") + std::string(PQgetvalue(r.get(), i, c));
    }
    return out;
  }
  Oid type(const std::string& text) { return PQftype(exec(text).get(), 0); }
  // The next notification as "channel payload"; waits a while for it.
  static std::string notification(PGconn* c) {
    for (int i = 0; i < 300; i++) {
      PQconsumeInput(c);
      if (std::unique_ptr<PGnotify, void (*)(void*)> n(PQnotifies(c), PQfreemem); n)
        return std::string(n->relname) + " " + n->extra;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return "none";
  }
};

TEST_F(Client, TransactionsThroughTheExtendedProtocol) {
  for (const char* end : {"COMMIT", "ROLLBACK"}) {
    EXPECT_STREQ(PQcmdStatus(params("BEGIN").get()), "BEGIN");
    EXPECT_STREQ(PQcmdStatus(params("CREATE (t:T) SET t.x = 1").get()), "MERGE 1");
    EXPECT_STREQ(PQcmdStatus(params(end).get()), end);
  }
  EXPECT_EQ(rows("MATCH (t:T) RETURN count(t)"), "1");
  for (const char* command : {"CLOSE ALL", "DISCARD ALL", "DEALLOCATE ALL"})
    EXPECT_EQ(PQresultStatus(params(command).get()), PGRES_COMMAND_OK) << command;
}

// As psycopg sends them: of strings without a type, of numbers as arrays, whose type does not tell their dimensions.
TEST_F(Client, ListsAsParameters) {
  constexpr Oid kInt8Array = 1016;
  auto with = [&](const char* text, Oid type, const char* value) {
    Result r{PQexecParams(connection.get(), text, 1, &type, &value, nullptr, nullptr, 0), PQclear};
    if (PQresultStatus(r.get()) != PGRES_TUPLES_OK) return std::string(PQresultErrorField(r.get(), PG_DIAG_SQLSTATE));
    std::string out;
    for (int i = 0; i < PQntuples(r.get()); i++) out += std::string(PQgetvalue(r.get(), i, 0)) + ";";
    return out;
  };
  EXPECT_EQ(with("UNWIND $1 AS s RETURN s", 0, "{a,\"b c\"}"), "\"a\";\"b c\";");
  EXPECT_EQ(with("RETURN size($1)", 0, "{a,b}"), "2;");
  EXPECT_EQ(with("UNWIND $1 AS s RETURN s.x", 0, R"([{"x": 1}])"), "1;");
  EXPECT_EQ(with("UNWIND $1 AS s RETURN s", 0, "{a,b"), "22P02");
  EXPECT_EQ(with("UNWIND $1 AS pair RETURN pair[0]", kInt8Array, "{{1,2},{3,4}}"), "1;3;");
  EXPECT_EQ(with("UNWIND $1 AS x RETURN x", kInt8Array, "{1,2}"), "1;2;");
  EXPECT_EQ(with("UNWIND $1 AS x RETURN x[0]", kInt8Array, "{1,2}"), "22023");
}

TEST_F(Client, NotificationsCome) {
  auto other = connect();
  exec("LISTEN news");
  exec("NOTIFY news, 'to myself'");
  EXPECT_EQ(notification(connection.get()), "news to myself");
  PQclear(PQexec(other.get(), "SELECT pg_notify('news', 'to an idle client')"));
  EXPECT_EQ(notification(connection.get()), "news to an idle client");
  PQclear(PQexec(other.get(), "BEGIN; NOTIFY news, 'taken back'; ROLLBACK"));
  PQclear(PQexec(other.get(), "BEGIN; NOTIFY news, 'once'; NOTIFY news, 'once'; COMMIT"));
  EXPECT_EQ(notification(connection.get()), "news once");
  exec("UNLISTEN *");
  PQclear(PQexec(other.get(), "NOTIFY news"));
  EXPECT_EQ(rows("RETURN 1"), "1");
  PQconsumeInput(connection.get());
  EXPECT_EQ(PQnotifies(connection.get()), nullptr);
}

// A session that does not take its notifications is a bound for those who send them, not for the server's memory.
TEST_F(Client, NotificationsThatNobodyTakesAreBounded) {
  auto other = connect();
  auto state = [&](const std::string& text) {
    Result r(PQexec(other.get(), text.c_str()), PQclear);
    const char* s = PQresultErrorField(r.get(), PG_DIAG_SQLSTATE);
    return std::string(s ? s : "ok");
  };
  const std::string five_thousand =
      "UNWIND range(1, 5000) AS i WITH pg_notify('news', lpad(toString(i), 7999, 'x')) AS n RETURN count(n)";
  exec("LISTEN news");
  exec("BEGIN");
  EXPECT_EQ(rows("RETURN 1"), "1");
  EXPECT_EQ(state(five_thousand), "ok");
  EXPECT_EQ(state("BEGIN"), "ok");
  EXPECT_EQ(state("CREATE (:Taken)"), "ok");
  EXPECT_EQ(state(five_thousand), "ok");
  EXPECT_EQ(state("COMMIT"), "54000");
  EXPECT_EQ(PQtransactionStatus(other.get()), PQTRANS_IDLE);
  EXPECT_EQ(state(five_thousand), "54000");
  EXPECT_EQ(state("NOTIFY others"), "ok");
  exec("COMMIT");
  int came = 0;
  while (PGnotify* n = PQnotifies(connection.get())) came++, PQfreemem(n);
  EXPECT_EQ(came, 5000);
  EXPECT_EQ(rows("MATCH (t:Taken) RETURN count(t)"), "0") << "its notifications could not be sent";
  EXPECT_EQ(state(five_thousand), "ok");
}

// A plan that lost its index between its making and its start is made again.
TEST_F(Client, AnIndexThatGoesIsNobodysError) {
  exec("UNWIND range(1, 100) AS i CREATE (:T {k: i})");
  std::atomic<bool> stop{false};
  std::thread definer([&, other = connect()] {
    while (!stop) {
      PQclear(PQexec(other.get(), "CREATE INDEX t_k FOR (t:T) ON (t.k)"));
      PQclear(PQexec(other.get(), "DROP INDEX t_k"));
    }
  });
  Result prepared(PQprepare(connection.get(), "get", "MATCH (t:T {k: $1}) RETURN count(t)", 0, nullptr), PQclear);
  const char* key = "7";
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  std::string odd;
  while (odd.empty() && std::chrono::steady_clock::now() < end) {
    Result r(PQexecPrepared(connection.get(), "get", 1, &key, nullptr, nullptr, 0), PQclear);
    if (PQresultStatus(r.get()) != PGRES_TUPLES_OK)
      odd = PQresultErrorMessage(r.get());
    else if (PQgetvalue(r.get(), 0, 0) != std::string("1"))
      odd = PQgetvalue(r.get(), 0, 0);
    if (auto found = rows("MATCH (t:T {k: 7}) SET t.v = 1 RETURN t.k"); found != "7") odd = found;
  }
  stop = true;
  definer.join();
  EXPECT_EQ(odd, "");
}

// The portal is bound while there is an index, and runs when there is none.
TEST_F(Client, ACursorOutlivesTheIndexOfItsPlan) {
  exec("UNWIND range(1, 100) AS i CREATE (:T {k: i})");
  exec("CREATE INDEX t_k FOR (t:T) ON (t.k)");
  exec("BEGIN");
  exec("DECLARE c CURSOR FOR MATCH (t:T {k: 7}) RETURN t.k");
  auto other = connect();
  PQclear(PQexec(other.get(), "DROP INDEX t_k"));
  EXPECT_EQ(rows("FETCH ALL FROM c"), "7");
  exec("COMMIT");
}

TEST_F(Client, WrittenTypesAreDescribed) {
  EXPECT_EQ(type("RETURN 1 AS x"), 23u);
  EXPECT_EQ(type("RETURN 3000000000 AS x"), 20u);
  EXPECT_EQ(type("RETURN 1 + 1 AS x"), 20u);
  EXPECT_EQ(type("RETURN 7::int2 AS x"), 21u);
  EXPECT_EQ(type("RETURN 'a'::varchar AS x"), 1043u);
  EXPECT_EQ(type("RETURN 1 AS x UNION RETURN 3000000000 AS x"), 20u);
}

TEST_F(Client, LabelsAndCatalogsAreTables) {
  exec("UNWIND range(1, 5) AS i CREATE (:Person {id: i, name: 'p' + toString(i)})");
  exec("UNWIND range(4, 6) AS i CREATE (:Pet {id: i, owner: i})");
  EXPECT_EQ(rows("SELECT id, name FROM \"Person\" WHERE id < 3 ORDER BY id DESC"), "2|p2\n1|p1");
  EXPECT_EQ(rows("SELECT p.name, t.id FROM \"Person\" p JOIN \"Pet\" t ON t.owner = p.id ORDER BY 1"), "p4|4\np5|5");
  EXPECT_EQ(rows("SELECT p.id, t.id FROM \"Person\" p LEFT JOIN \"Pet\" t USING (id) WHERE p.id > 3 ORDER BY 1"),
            "4|4\n5|5");
  EXPECT_EQ(rows("SELECT * FROM \"Pet\" ORDER BY 1 LIMIT 1"), "4|4");
  EXPECT_EQ(rows("SELECT id FROM \"Person\" UNION SELECT id FROM \"Pet\" ORDER BY 1 DESC LIMIT 2"), "6\n5");
  EXPECT_EQ(rows("SELECT name FROM \"Person\" WHERE name LIKE '_1%' OR name ILIKE 'P2'"), "p1\np2");
  EXPECT_EQ(rows("SELECT nope FROM \"Person\""), "42703");
  EXPECT_EQ(rows("SELECT x FROM nosuch"), "42P01");
  EXPECT_EQ(
      rows("SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'jsonb'"),
      "3802|3807");
  EXPECT_EQ(
      rows("SELECT c.relname, a.attname, a.atttypid FROM pg_catalog.pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
           " WHERE c.relname ~ '^(Pet)$' ORDER BY a.attnum"),
      "Pet|id|20\nPet|owner|20");
}

TEST_F(Client, IndexesAndConstraintsAreInTheCatalogs) {
  exec("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
  exec("CREATE INDEX person_name FOR (p:Person) ON (p.name)");
  exec("CREATE (:Person {name: 'Ann', id: 1})-[:KNOWS {since: 2010}]->(:Person {name: 'Bob', id: 2})");
  EXPECT_EQ(
      rows("SELECT c2.relname, i.indisunique, pg_get_indexdef(i.indexrelid, 0, true), pg_get_constraintdef(con.oid, true)"
           " FROM pg_class c JOIN pg_index i ON c.oid = i.indrelid JOIN pg_class c2 ON i.indexrelid = c2.oid"
           " LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid WHERE c.relname = 'Person' ORDER BY 1"),
      "person_id|t|CREATE UNIQUE INDEX person_id ON public.\"Person\" USING btree (id)|UNIQUE (id)\n"
      "person_name|f|CREATE INDEX person_name ON public.\"Person\" USING btree (name)|");
  EXPECT_EQ(rows("SELECT indkey FROM pg_index WHERE indexrelid = 'person_id'::regclass"), "{2}");
  EXPECT_EQ(rows("SELECT table_name FROM information_schema.tables ORDER BY 1"), "KNOWS\nPerson");
  EXPECT_EQ(rows("SELECT column_name, data_type, udt_name FROM information_schema.columns WHERE table_name = 'Person'"),
            "name|text|text\nid|bigint|int8");
  EXPECT_EQ(rows("SELECT column_name FROM information_schema.key_column_usage WHERE constraint_name = 'person_id'"), "id");
  EXPECT_EQ(rows("SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'public'"), "public");
  EXPECT_EQ(rows("SELECT tableoid FROM pg_catalog.pg_namespace LIMIT 1"), "2615");
  EXPECT_EQ(rows("SELECT whatever FROM pg_catalog.pg_language WHERE flag AND other > 3"), "");
  EXPECT_EQ(rows("SELECT 1 IS DISTINCT FROM 2, 1 IS NOT DISTINCT FROM NULL, NULL IS DISTINCT FROM NULL"), "t|f|f");
}

TEST_F(Client, ObjectNamesAreNumbers) {
  exec("CREATE (:Person {id: 1})");
  EXPECT_EQ(rows("SELECT '\"Person\"'::regclass"), "\"Person\"");
  EXPECT_EQ(rows("SELECT 'public.\"Person\"'::regclass::oid::regclass::text"), "\"Person\"");
  EXPECT_EQ(rows("SELECT relname FROM pg_class WHERE oid = 'Person'::regclass"), "Person");
  EXPECT_EQ(rows("SELECT 'int8'::regtype"), "bigint");
  EXPECT_EQ(rows("SELECT 'nobody'::regclass"), "42P01");
  EXPECT_EQ(rows("SELECT 'nothing'::regtype"), "42704");
  EXPECT_EQ(rows("SELECT to_regclass('nobody')"), "");
}

TEST_F(Client, CommandsAreNoQueries) {
  EXPECT_EQ(rows("PREPARE a AS PREPARE b AS RETURN 1"), "42601");
  EXPECT_EQ(rows("BEGIN; DECLARE c CURSOR FOR FETCH d"), "42601");
  exec("ROLLBACK");
  EXPECT_EQ(rows("CREATE DATABASE other"), "0A000");
}

// Names that the graph does not know are no errors; planning tells of them, once.
TEST_F(Client, UnknownNamesGetNotices) {
  std::string notices;
  PQsetNoticeReceiver(
      connection.get(),
      [](void* to, const PGresult* r) {
        auto field = [&](int code) { return std::string(PQresultErrorField(r, code) ? PQresultErrorField(r, code) : "-"); };
        *static_cast<std::string*>(to) += field(PG_DIAG_SEVERITY) + " " + field(PG_DIAG_MESSAGE_PRIMARY) + " / " +
                                          field(PG_DIAG_MESSAGE_HINT) + " @" + field(PG_DIAG_STATEMENT_POSITION) + "\n";
      },
      &notices);
  auto told = [&](const std::string& text) {
    notices.clear();
    exec(text);
    return notices;
  };
  EXPECT_EQ(told("CREATE (:Person {name: 'Ann'})-[:KNOWS]->(:Person)"), "");
  EXPECT_EQ(told("MATCH (p:Persn) RETURN p"), "NOTICE label \"Persn\" does not exist / Did you mean \"Person\"? @7\n");
  EXPECT_EQ(told("MATCH (p:Persn) RETURN p"), "");
  EXPECT_EQ(told("MATCH (p:Person)-[:KNWOS]->() RETURN p.nme"),
            "NOTICE relationship type \"KNWOS\" does not exist / Did you mean \"KNOWS\"? @17\n"
            "NOTICE property key \"nme\" does not exist / Did you mean \"name\"? @38\n");
  EXPECT_EQ(told("RETURN 1; MATCH (p:Xyzzy) RETURN p"), "NOTICE label \"Xyzzy\" does not exist / - @17\n");
  EXPECT_EQ(told("MERGE (c:City {zip: 1}) SET c.open = true, c:Old"), "");
  EXPECT_EQ(told("MATCH (p:Person) SET p.born = 1 RETURN p.born"), "");
  EXPECT_EQ(told("PREPARE x AS MATCH (q:Qux) RETURN q"), "NOTICE label \"Qux\" does not exist / - @20\n");
  exec("SET client_min_messages = warning");
  EXPECT_EQ(told("MATCH (p:Nowhere) RETURN p"), "");
}

}  // namespace
}  // namespace elegraph::test
