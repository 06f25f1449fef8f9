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
  void SetUp() override {
    pqxx::nontransaction(connection).exec("MATCH (n) DETACH DELETE n");
  }
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
