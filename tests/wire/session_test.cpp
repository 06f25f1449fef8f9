// SPDX-License-Identifier: Apache-2.0
// Sessions as drivers use them, through libpqxx.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <pqxx/pqxx>
#include <thread>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

class Session : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = new ServerProcess; }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }
  void SetUp() override { pqxx::nontransaction(connection).exec("MATCH (n) DETACH DELETE n"); }
  static ServerProcess* server;
  pqxx::connection connection{server->connection()};
};
ServerProcess* Session::server = nullptr;

TEST_F(Session, PreparedStatementsTakeParameters) {
  connection.prepare("add", "CREATE (n:Item) SET n.id = $1::int8, n.name = $2::text");
  connection.prepare("get", "MATCH (n:Item) WHERE n.id = $1::int8 RETURN n.name AS name");
  {
    pqxx::work work(connection);
    for (int i = 0; i < 10; i++) work.exec_prepared("add", i, "item " + std::to_string(i));
    work.commit();
  }
  pqxx::nontransaction reader(connection);
  auto rows = reader.exec_prepared("get", 7);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["name"].as<std::string>(), "item 7");
}

// What is not known when a statement is prepared is described as jsonb, parameters too, and stays so for that statement.
TEST_F(Session, StatementsPreparedOnAnEmptyGraphGoOn) {
  connection.prepare("get", "MATCH (f:Fresh) WHERE f.id = $1 RETURN f.id AS id, f.name AS name, f.born AS born");
  connection.prepare("add", "CREATE (f:Fresh) SET f.id = $1::int8, f.name = $2::text, f.born = date('2024-02-03')");
  pqxx::nontransaction work(connection);
  EXPECT_TRUE(work.exec_prepared("get", 1).empty());
  work.exec_prepared("add", 1, "Ann");
  for (int more = 0; more < 3; more++) {
    auto rows = work.exec_prepared("get", 1);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0]["id"].as<std::string>(), "1");
    EXPECT_EQ(rows[0]["name"].as<std::string>(), "\"Ann\"");
    EXPECT_EQ(rows[0]["born"].as<std::string>(), "\"2024-02-03\"");
    work.exec("UNWIND range(1, 100) AS i CREATE (:Fresh {id: -i})");  // other sizes, other plans
  }
  work.exec("CREATE (:Fresh {id: 'other'})");  // the parameter stays what it was found to be
  EXPECT_EQ(work.exec_prepared("get", 1).size(), 1u);
  EXPECT_THROW(work.exec_prepared("get", "other"), pqxx::data_exception);
  EXPECT_THROW(work.exec_prepared("get", pqxx::binarystring(std::string("1"))), pqxx::feature_not_supported)
      << "the bytes of a text, which it was described as";
  work.exec("MATCH (f:Fresh {id: 'other'}) DELETE f");
  auto now = work.exec("MATCH (f:Fresh {id: 1}) RETURN f.id AS id, f.name AS name");
  EXPECT_EQ(now.column_type("name"), 25u);
  EXPECT_EQ(now[0]["name"].as<std::string>(), "Ann");
}

// Literals outside of projections are parameters of the plan, whose types are known.
TEST_F(Session, ParametersTakeTheirTypesFromLiteralsBesideThem) {
  pqxx::nontransaction work(connection);
  work.exec("UNWIND range(1, 20) AS i CREATE (:Priced {id: i, price: i * 1.5})");
  auto count = [&](const std::string& condition, auto... values) {
    return work.exec_params("MATCH (p:Priced) WHERE " + condition + " RETURN count(*)", values...)[0][0].template as<int>();
  };
  EXPECT_EQ(count("p.id < $1 + 10", 5), 14);
  EXPECT_EQ(count("p.id = 2 * $1", 5), 1);
  EXPECT_EQ(count("p.price > $1 * 2", "7.25"), 11);
  EXPECT_EQ(count("CASE WHEN $1 > 5 THEN p.id < 3 ELSE false END", 40), 2);
  EXPECT_EQ(work.exec_params("MATCH (p:Priced {id: $1 / 2}) RETURN p.id", 9)[0][0].as<int>(), 4);
}

TEST_F(Session, AValueOfAnotherTypeThanDescribedEndsTheStatement) {
  pqxx::nontransaction work(connection);
  work.exec("CREATE (:Typed {id: 1, v: 5})");
  connection.prepare("typed", "MATCH (t:Typed) WHERE t.id = $1 RETURN t.v AS v");
  EXPECT_EQ(work.exec_prepared("typed", 1)[0]["v"].as<int>(), 5);
  work.exec("CREATE (:Typed {id: 2, v: 'text'})");
  EXPECT_EQ(work.exec_prepared("typed", 1)[0]["v"].as<int>(), 5) << "this one's value fits as before";
  EXPECT_THROW(work.exec_prepared("typed", 2), pqxx::feature_not_supported);
  connection.unprepare("typed");
  connection.prepare("typed", "MATCH (t:Typed) WHERE t.id = $1 RETURN t.v AS v");
  EXPECT_EQ(work.exec_prepared("typed", 2)[0]["v"].as<std::string>(), "\"text\"");
}

TEST_F(Session, RollbackLeavesNothing) {
  {
    pqxx::work work(connection);
    work.exec("CREATE (:Item)");
    work.abort();
  }
  pqxx::nontransaction reader(connection);
  EXPECT_EQ(reader.exec("MATCH (n:Item) RETURN count(*)")[0][0].as<int>(), 0);
}

TEST_F(Session, SnapshotsDoNotSeeLaterCommits) {
  pqxx::work reader(connection);
  EXPECT_EQ(reader.exec("MATCH (n:Item) RETURN count(*)")[0][0].as<int>(), 0);
  pqxx::connection other(server->connection());
  pqxx::nontransaction(other).exec("CREATE (:Item)");
  EXPECT_EQ(reader.exec("MATCH (n:Item) RETURN count(*)")[0][0].as<int>(), 0);
  reader.commit();
  EXPECT_EQ(pqxx::nontransaction(connection).exec("MATCH (n:Item) RETURN count(*)")[0][0].as<int>(), 1);
}

TEST_F(Session, SecondUpdaterGets40001) {
  pqxx::nontransaction(connection).exec("CREATE (:Item {v: 0})");
  pqxx::connection other_connection(server->connection());
  pqxx::work mine(connection), other(other_connection);
  mine.exec("MATCH (n:Item) SET n.v = 1");
  try {
    other.exec("MATCH (n:Item) SET n.v = 2");
    FAIL() << "both updated one node";
  } catch (const pqxx::serialization_failure&) {  // libpqxx's name for 40001
  }
  other.abort();
  mine.commit();
}

TEST_F(Session, HotRowIsRetriedByTheServer) {
  pqxx::nontransaction(connection).exec("CREATE (:Counter {v: 0})");
  constexpr int kThreads = 8, kRounds = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; t++)
    threads.emplace_back([] {
      pqxx::connection c(server->connection());
      pqxx::nontransaction work(c);
      for (int i = 0; i < kRounds; i++) work.exec("MATCH (n:Counter) SET n.v = n.v + 1");
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(pqxx::nontransaction(connection).exec("MATCH (n:Counter) RETURN n.v")[0][0].as<int>(), kThreads * kRounds);
}

// Whoever comes second finds the node of the first, though its own snapshot is older.
TEST_F(Session, MergeOfOneKeyByManyMakesOneNode) {
  pqxx::nontransaction(connection).exec("CREATE CONSTRAINT key_id IF NOT EXISTS FOR (k:Key) REQUIRE k.id IS UNIQUE");
  constexpr int kClients = 20, kKeys = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kClients; t++)
    threads.emplace_back([] {
      pqxx::connection c(server->connection());
      pqxx::nontransaction work(c);
      for (int i = 0; i < kKeys; i++)
        EXPECT_NO_THROW(
            work.exec("MERGE (k:Key {id: " + std::to_string(i) + "}) ON CREATE SET k.n = 1 ON MATCH SET k.n = k.n + 1"));
    });
  for (auto& thread : threads) thread.join();
  pqxx::nontransaction reader(connection);
  auto row = reader.exec("MATCH (k:Key) RETURN count(*), count(DISTINCT k.id), min(k.n), max(k.n)")[0];
  EXPECT_EQ(row[0].as<int>(), kKeys);
  EXPECT_EQ(row[1].as<int>(), kKeys);
  EXPECT_EQ(row[2].as<int>(), kClients);
  EXPECT_EQ(row[3].as<int>(), kClients);
}

TEST_F(Session, KeyCommittedAfterTheSnapshotIsASerializationFailure) {
  pqxx::nontransaction(connection).exec("CREATE CONSTRAINT key_id IF NOT EXISTS FOR (k:Key) REQUIRE k.id IS UNIQUE");
  pqxx::work mine(connection);
  mine.exec("MATCH (k:Key) RETURN count(*)");
  pqxx::connection other(server->connection());
  pqxx::nontransaction(other).exec("CREATE (:Key {id: 1})");
  try {
    mine.exec("MERGE (:Key {id: 1})");
    ADD_FAILURE() << "merged a key that was there";
  } catch (const pqxx::serialization_failure&) {}
  mine.abort();
  pqxx::nontransaction work(connection);
  EXPECT_THROW(work.exec("CREATE (:Key {id: 1})"), pqxx::unique_violation);  // under a new snapshot it is a duplicate
  work.exec("MERGE (:Key {id: 1})");
}

TEST_F(Session, CursorsReadInParts) {
  pqxx::work work(connection);
  work.exec("DECLARE c CURSOR FOR UNWIND range(1, 10000) AS i RETURN i");
  int next = 1;
  for (;;) {
    auto rows = work.exec("FETCH 999 FROM c");
    if (rows.empty()) break;
    for (auto row : rows) ASSERT_EQ(row[0].as<int>(), next++);
  }
  EXPECT_EQ(next, 10001);
}

TEST_F(Session, CancelEndsTheStatementOnly) {
  std::thread canceller([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    connection.cancel_query();
  });
  auto begun = std::chrono::steady_clock::now();
  try {
    pqxx::nontransaction(connection).exec("UNWIND range(1, 100000000) AS i UNWIND range(1, 100000) AS j RETURN count(*)");
    ADD_FAILURE() << "not cancelled";
  } catch (const pqxx::sql_error& e) {
    EXPECT_EQ(e.sqlstate(), "57014");
  }
  canceller.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  EXPECT_EQ(pqxx::nontransaction(connection).exec("RETURN 1")[0][0].as<int>(), 1);
}

TEST_F(Session, StatementTimeout) {
  pqxx::nontransaction work(connection);
  work.exec("SET statement_timeout = '200ms'");
  EXPECT_THROW(work.exec("UNWIND range(1, 100000000) AS i UNWIND range(1, 100000) AS j RETURN count(*)"), pqxx::sql_error);
  work.exec("RESET statement_timeout");
}

TEST_F(Session, SleepHoldsNoThread) {
  using Clock = std::chrono::steady_clock;
  constexpr int kSleepers = 50;
  const auto begun = Clock::now();
  std::vector<std::thread> sleepers;
  for (int i = 0; i < kSleepers; i++)
    sleepers.emplace_back([] {
      pqxx::connection c(server->connection());
      pqxx::nontransaction work(c);
      EXPECT_EQ(work.exec("SELECT 7, pg_sleep(0.2) FROM generate_series(1, 2)").size(), 2u);
    });
  for (auto& sleeper : sleepers) sleeper.join();
  EXPECT_GE(Clock::now() - begun, std::chrono::milliseconds(400));
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(8));  // one after the other they would take 20
}

TEST_F(Session, SleepIsCancelled) {
  std::thread canceller([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    connection.cancel_query();
  });
  const auto begun = std::chrono::steady_clock::now();
  auto state_of = [&](const std::string& text) {
    try {
      pqxx::nontransaction(connection).exec(text);
    } catch (const pqxx::sql_error& e) {
      return e.sqlstate();
    }
    return std::string();
  };
  EXPECT_EQ(state_of("SELECT pg_sleep(60)"), "57014");
  canceller.join();
  EXPECT_EQ(state_of("SET statement_timeout = '100ms'"), "");
  EXPECT_EQ(state_of("SELECT pg_sleep(60)"), "57014");
  EXPECT_EQ(state_of("RESET statement_timeout"), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

// A pattern of many parts and a condition of many arms, as generated queries have them.
TEST_F(Session, PlanningIsBounded) {
  std::string parts, arms, path = "(n0:Item {id: 0})", labels = "Item";
  for (int i = 0; i < 14; i++)
    parts += (i ? ", " : "") + std::string("(a") + std::to_string(i) + ":Item)-[:TO]->(b" + std::to_string(i) +
             ":Item {id: a" + std::to_string((i + 1) % 14) + ".id})";
  for (int i = 0; i < 3000; i++)
    arms += (i ? " OR " : "") + std::string("a0.id = ") + std::to_string(i) + " AND a1.id = " + std::to_string(i);
  for (int i = 1; i < 400; i++) path += "-[:TO]->(n" + std::to_string(i) + ":Item {id: " + std::to_string(i) + "})";
  for (int i = 0; i < 3000; i++) labels += "|L" + std::to_string(i);
  pqxx::nontransaction work(connection);
  const auto begun = std::chrono::steady_clock::now();
  work.exec("EXPLAIN MATCH " + parts + " WHERE " + arms + " RETURN count(*)");
  work.exec("EXPLAIN MATCH " + path + " RETURN count(*)");
  work.exec("EXPLAIN MATCH (a:" + labels + ")-[:" + labels + "]->(b:" + labels + ")-[:" + labels +
            "]->(c) RETURN count(*)");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  work.exec("SET statement_timeout = 1");
  EXPECT_THROW(work.exec("EXPLAIN MATCH " + path + " RETURN count(n1)"), pqxx::sql_error);
}

TEST_F(Session, WorkersMergeTheirSetsOfNodes) {
  pqxx::nontransaction work(connection);
  work.exec("UNWIND range(0, 399) AS i CREATE (:Merged {i: i})");
  work.exec("MATCH (a:Merged), (b:Merged) WHERE (a.i * 7 + b.i) % 8 = 0 CREATE (a)-[:MERGED]->(b)");
  for (int i = 0; i < 5; i++)
    EXPECT_EQ(work.exec("MATCH (a:Merged)-[:MERGED]-(b:Merged)-[:MERGED]-(c:Merged) WHERE a.i < 400 "
                        "RETURN count(DISTINCT c)")[0][0]
                  .as<int>(),
              400);
}

TEST_F(Session, LongScanDoesNotHoldUpPointReads) {
  std::atomic<bool> stop{false};
  std::thread scanner([&] {
    pqxx::connection c(server->connection());
    pqxx::nontransaction work(c);
    while (!stop) work.exec("UNWIND range(1, 3000000) AS i RETURN sum(i)");
  });
  pqxx::nontransaction work(connection);
  auto slowest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 200; i++) {
    auto begun = std::chrono::steady_clock::now();
    work.exec("RETURN 1");
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begun);
  }
  stop = true;
  scanner.join();
  EXPECT_LT(slowest, std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace elegraph::test
