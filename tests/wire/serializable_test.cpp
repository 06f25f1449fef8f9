// SPDX-License-Identifier: Apache-2.0
// SERIALIZABLE: pairs of transactions that no serial order allows, and those that one does.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <pqxx/pqxx>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Work = pqxx::nontransaction;

class Serializable : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = new ServerProcess;
    pqxx::connection connection(server->connection());
    Work(connection).exec("CREATE INDEX doctor_id FOR (d:Doctor) ON (d.id)");
    Work(connection).exec("CREATE INDEX doctor_age FOR (d:Doctor) ON (d.age)");
  }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }
  void SetUp() override {
    Work work(connection);
    work.exec("MATCH (n) DETACH DELETE n");
    work.exec(
        "CREATE (a:Doctor {id: 1, age: 40, call: true}), (b:Doctor {id: 2, age: 50, call: true}), (w:Ward {id: 1}), "
        "(a)-[:ON {since: 1}]->(w), (b)-[:ON {since: 2}]->(w), (:Doctor {id: 3, age: 60, call: false}), (:Ward {id: 2})");
  }

  // Both read, both write, both commit: 40001, another error's text, or "".
  std::string both(const std::string& level, const std::string& read1, const std::string& write1, const std::string& read2,
                   const std::string& write2) {
    pqxx::connection other_connection(server->connection());
    Work first(connection), second(other_connection);
    try {
      for (Work* work : {&first, &second}) work->exec("BEGIN ISOLATION LEVEL " + level);
      first.exec(read1), second.exec(read2);
      first.exec(write1), second.exec(write2);
      first.exec("COMMIT"), second.exec("COMMIT");
      return "";
    } catch (const pqxx::failure& error) {
      for (Work* work : {&first, &second}) work->exec("ROLLBACK");
      if (dynamic_cast<const pqxx::serialization_failure*>(&error)) return "40001";
      return error.what();
    }
  }

  static ServerProcess* server;
  pqxx::connection connection{server->connection()};
};
ServerProcess* Serializable::server = nullptr;

struct Anomaly {
  const char* name;
  std::string read1, write1, read2, write2;
};

// Each reads what the other writes; the one that commits last is refused.
const std::vector<Anomaly> kAnomalies = {
    {"write skew on two nodes", "MATCH (d:Doctor {id: 2}) RETURN d.call", "MATCH (d:Doctor {id: 1}) SET d.call = false",
     "MATCH (d:Doctor {id: 1}) RETURN d.call", "MATCH (d:Doctor {id: 2}) SET d.call = false"},
    {"write skew through a count", "MATCH (d:Doctor) WHERE d.call RETURN count(*)",
     "MATCH (d:Doctor {id: 1}) SET d.call = false", "MATCH (d:Doctor) WHERE d.call RETURN count(*)",
     "MATCH (d:Doctor {id: 2}) SET d.call = false"},
    {"phantom in a label", "MATCH (d:Doctor) RETURN count(*)", "CREATE (:Doctor {id: 10})",
     "MATCH (d:Doctor) RETURN count(*)", "CREATE (:Doctor {id: 11})"},
    {"phantom in an index range", "MATCH (d:Doctor) WHERE d.age > 70 AND d.age < 80 RETURN d.id",
     "CREATE (:Doctor {age: 75})", "MATCH (d:Doctor) WHERE d.age > 70 AND d.age < 80 RETURN d.id",
     "CREATE (:Doctor {age: 76})"},
    {"phantom that moves into an index range", "MATCH (d:Doctor) WHERE d.age > 70 RETURN d.id",
     "MATCH (d:Doctor {id: 1}) SET d.age = 75", "MATCH (d:Doctor) WHERE d.age > 70 RETURN d.id",
     "MATCH (d:Doctor {id: 2}) SET d.age = 76"},
    {"a value that is not there", "MATCH (d:Doctor {id: 20}) RETURN d", "CREATE (:Doctor {id: 21})",
     "MATCH (d:Doctor {id: 21}) RETURN d", "CREATE (:Doctor {id: 20.0})"},
    {"two that merge", "RETURN 1", "MERGE (:Doctor {id: 30})", "RETURN 1", "MERGE (:Doctor {id: 30})"},
    {"a label that is not there", "MATCH (n:Unheard) RETURN n", "CREATE (:Unknown)", "MATCH (n:Unknown) RETURN n",
     "CREATE (:Unheard)"},
    {"relabelled", "MATCH (d:Retired) RETURN count(*)", "MATCH (d:Doctor {id: 1}) SET d:Retired",
     "MATCH (d:Retired) RETURN count(*)", "MATCH (d:Doctor {id: 2}) SET d:Retired"},
    {"phantom in an expansion", "MATCH (w:Ward {id: 1})<-[:ON]-(d) RETURN count(*)",
     "MATCH (d:Doctor {id: 3}), (w:Ward {id: 2}) CREATE (d)-[:ON]->(w)",
     "MATCH (w:Ward {id: 2})<-[:ON]-(d) RETURN count(*)",
     "MATCH (d:Doctor {id: 3}), (w:Ward {id: 1}) CREATE (d)-[:ON]->(w)"},
    {"an expansion that ends", "MATCH (:Doctor {id: 1})-[r:ON]->(w) RETURN w",
     "MATCH (:Doctor {id: 2})-[r:ON]->() DELETE r", "MATCH (:Doctor {id: 2})-[r:ON]->(w) RETURN w",
     "MATCH (:Doctor {id: 1})-[r:ON]->() DELETE r"},
    {"neighbours' properties", "MATCH (:Doctor {id: 1})-[:ON]->(w) RETURN w.beds",
     "MATCH (d:Doctor {id: 1}) SET d.busy = true", "MATCH (d:Doctor {id: 1}) RETURN d.busy",
     "MATCH (:Doctor {id: 1})-[:ON]->(w) SET w.beds = 1"},
    {"neighbours' labels", "MATCH (:Doctor {id: 1})-[:ON]->(w:Closed) RETURN w",
     "MATCH (d:Doctor {id: 3}) SET d.busy = true", "MATCH (d:Doctor {id: 3}) RETURN d.busy",
     "MATCH (w:Ward {id: 1}) SET w:Closed"},
    {"distinct neighbours", "MATCH (:Doctor {id: 1})-[:ON]->()<-[:ON]-(d) RETURN count(DISTINCT d)",
     "MATCH (d:Doctor {id: 3}) SET d.busy = true", "MATCH (d:Doctor {id: 3}) RETURN d.busy",
     "MATCH (d:Doctor {id: 3}), (w:Ward {id: 1}) CREATE (d)-[:ON]->(w)"},
    {"relationships' properties", "MATCH (:Doctor {id: 1})-[r:ON]->() RETURN r.since",
     "MATCH (:Doctor {id: 2})-[r:ON]->() SET r.since = 9", "MATCH (:Doctor {id: 2})-[r:ON]->() RETURN r.since",
     "MATCH (:Doctor {id: 1})-[r:ON]->() SET r.since = 9"},
    {"paths of any length", "MATCH (:Doctor {id: 1})-[*1..3]-(x) RETURN count(*)",
     "MATCH (d:Doctor {id: 3}) SET d.busy = true", "MATCH (d:Doctor {id: 3}) RETURN d.busy",
     "MATCH (w:Ward {id: 1}), (v:Ward {id: 2}) CREATE (w)-[:NEAR]->(v)"},
    {"a pattern in an expression", "MATCH (d:Doctor {id: 1}) RETURN EXISTS { (d)-[:ON]->(w) WHERE w.closed }",
     "MATCH (d:Doctor {id: 3}) SET d.busy = true", "MATCH (d:Doctor {id: 3}) RETURN d.busy",
     "MATCH (w:Ward {id: 1}) SET w.closed = true"},
    {"the start of a relationship", "MATCH (w:Ward {id: 1})<-[r:ON]-() RETURN startNode(r).busy",
     "MATCH (d:Doctor {id: 3}) SET d.busy = true", "MATCH (d:Doctor {id: 3}) RETURN d.busy",
     "MATCH (d:Doctor {id: 1}) SET d.busy = true"},
    {"an optional pattern", "MATCH (d:Doctor {id: 3}) OPTIONAL MATCH (d)-[:ON]->(w) RETURN w",
     "MATCH (d:Doctor {id: 1}) SET d.busy = true", "MATCH (d:Doctor {id: 1}) RETURN d.busy",
     "MATCH (d:Doctor {id: 3}), (w:Ward {id: 1}) CREATE (d)-[:ON]->(w)"},
    {"SQL", "SELECT id FROM \"Doctor\" WHERE age > 70", "CREATE (:Ward {id: 7})", "SELECT count(*) FROM \"Ward\"",
     "CREATE (:Doctor {age: 75})"},
    {"a node against a label", "MATCH (d:Doctor {id: 3}) RETURN d", "CREATE (:Ward {id: 7})",
     "MATCH (w:Ward) RETURN count(*)", "MATCH (d:Doctor {id: 3}) SET d.age = 3"},
};

TEST_F(Serializable, RefusesWhatNoSerialOrderGives) {
  for (auto& a : kAnomalies) {
    SetUp();
    EXPECT_EQ(both("SERIALIZABLE", a.read1, a.write1, a.read2, a.write2), "40001") << a.name;
    SetUp();
    EXPECT_EQ(both("SERIALIZABLE", a.read2, a.write2, a.read1, a.write1), "40001") << a.name << ", the other one first";
    SetUp();
    EXPECT_EQ(both("REPEATABLE READ", a.read1, a.write1, a.read2, a.write2), "") << a.name;
  }
}

// With so many doctors that the planner looks them up in the index.
TEST_F(Serializable, LetsThoseGoOnThatDoNotTouch) {
  Work(connection).exec("UNWIND range(1000, 6000) AS i CREATE (:Doctor {id: i, age: 30})");
  EXPECT_EQ(both("SERIALIZABLE", "MATCH (d:Doctor {id: 1}) RETURN d.call AS call",
                 "MATCH (d:Doctor {id: 1}) SET d.call = NOT true", "MATCH (d:Doctor {id: 2}) RETURN d.call AS call",
                 "MATCH (d:Doctor {id: 2}) SET d.call = NOT true"),
            "");
  EXPECT_EQ(both("SERIALIZABLE", "MATCH (d:Doctor {id: 50}) RETURN d AS doctor", "CREATE (:Doctor {id: 50})",
                 "MATCH (d:Doctor {id: 51}) RETURN d AS doctor", "CREATE (:Doctor {id: 51})"),
            "");
  EXPECT_EQ(both("SERIALIZABLE", "MATCH (w:Ward {id: 1}) RETURN w", "CREATE (:Ward {id: 9})",
                 "MATCH (d:Doctor) RETURN count(*)", "CREATE (:Nurse)"),
            "");
  EXPECT_EQ(both("SERIALIZABLE", "MATCH (d:Doctor) RETURN count(*)", "CREATE (:Report)", "MATCH (d:Doctor) RETURN count(*)",
                 "MATCH (d:Doctor {id: 1}) SET d.seen = true"),
            "")
      << "the first one is before the second one";
}

TEST_F(Serializable, OneThatOnlyReadsAlwaysCommits) {
  pqxx::connection other(server->connection());
  Work reader(connection), writer(other);
  reader.exec("BEGIN ISOLATION LEVEL SERIALIZABLE");
  EXPECT_EQ(reader.exec("MATCH (d:Doctor) RETURN count(*)")[0][0].as<int>(), 3);
  writer.exec("CREATE (:Doctor)");
  EXPECT_EQ(reader.exec("MATCH (d:Doctor) RETURN count(*)")[0][0].as<int>(), 3);
  reader.exec("COMMIT");
}

// Fekete, O'Neil and O'Neil, "A read-only transaction anomaly under snapshot isolation" (SIGMOD Record 2004).
TEST_F(Serializable, AReaderSeesNoStateOutOfOrder) {
  Work(connection).exec("CREATE (:Account {id: 'x', balance: 0}), (:Account {id: 'y', balance: 0})");
  pqxx::connection second(server->connection()), third(server->connection());
  Work withdraw(connection), deposit(second), report(third);
  withdraw.exec("BEGIN ISOLATION LEVEL SERIALIZABLE");
  deposit.exec("BEGIN ISOLATION LEVEL SERIALIZABLE");
  withdraw.exec("MATCH (a:Account) RETURN sum(a.balance)");
  deposit.exec("MATCH (a:Account {id: 'y'}) SET a.balance = a.balance + 20");
  deposit.exec("COMMIT");
  report.exec("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY");
  EXPECT_EQ(report.exec("MATCH (a:Account) RETURN sum(a.balance)")[0][0].as<int>(), 20);
  report.exec("COMMIT");
  withdraw.exec("MATCH (a:Account {id: 'x'}) SET a.balance = a.balance - 11");
  EXPECT_THROW(withdraw.exec("COMMIT"), pqxx::serialization_failure);
}

TEST_F(Serializable, IsSetBeforeTheFirstStatement) {
  Work work(connection);
  work.exec("BEGIN");
  work.exec("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  EXPECT_EQ(work.exec("SHOW transaction_isolation")[0][0].as<std::string>(), "serializable");
  work.exec("RETURN 1");
  try {
    work.exec("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    FAIL() << "changed after a statement";
  } catch (const pqxx::sql_error& error) {
    EXPECT_EQ(error.sqlstate(), "25001");
  }
  work.exec("ROLLBACK");
  EXPECT_EQ(work.exec("SHOW transaction_isolation")[0][0].as<std::string>(), "repeatable read");
  work.exec("SET default_transaction_isolation = 'serializable'");
  work.exec("BEGIN");
  EXPECT_EQ(work.exec("SHOW transaction_isolation")[0][0].as<std::string>(), "serializable");
  work.exec("ROLLBACK");
}

// Each transaction takes from one of two accounts if both together have something; many commits share a batch of the log.
TEST_F(Serializable, NeverOverdrawsUnderLoad) {
  constexpr int kThreads = 8, kStart = 60;
  Work(connection)
      .exec("CREATE (:Account {id: 'x', balance: " + std::to_string(kStart) + "}), (:Account {id: 'y', balance: 0})");
  std::atomic<int> taken{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; t++)
    threads.emplace_back([&, t] {
      pqxx::connection mine(server->connection());
      Work work(mine);
      for (;;) try {
          work.exec("BEGIN ISOLATION LEVEL SERIALIZABLE");
          const int sum = work.exec("MATCH (a:Account) RETURN sum(a.balance)")[0][0].as<int>();
          if (sum > 0)
            work.exec(std::string("MATCH (a:Account {id: '") + (t % 2 ? "x" : "y") + "'}) SET a.balance = a.balance - 1");
          work.exec("COMMIT");
          if (sum <= 0) return;
          taken++;
        } catch (const pqxx::serialization_failure&) {
          refused++;
          work.exec("ROLLBACK");
        }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Work(connection).exec("MATCH (a:Account) RETURN sum(a.balance)")[0][0].as<int>(), 0);
  EXPECT_EQ(taken, kStart);
  EXPECT_GT(refused, 0);
}

// Alone in its transaction a statement that is refused at its commit runs again, and its client sees the last run alone.
TEST_F(Serializable, AutocommitStatementsAreTriedAgain) {
  pqxx::connection other_connection(server->connection());
  Work(connection).exec("SET default_transaction_isolation = 'serializable'");
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    Work(other_connection).exec("MATCH (d:Doctor {id: 1}) SET d.age = 41");
  });
  const auto rows =
      Work(connection)
          .exec("MATCH (d:Doctor) WITH sum(d.age) AS age CREATE (s:Sum {age: age}) RETURN s.age, pg_sleep(0.6)");
  other.join();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0][0].as<int>(), 151);
  EXPECT_EQ(Work(connection).exec("MATCH (s:Sum) RETURN collect(s.age)")[0][0].as<std::string>(), "{151}");
}

TEST_F(Serializable, PreparedStatementsAreTriedAgain) {
  constexpr int kThreads = 4, kRounds = 50;
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < kThreads; t++)
    threads.emplace_back([&] {
      pqxx::connection mine(server->connection());
      Work work(mine);
      work.exec("SET default_transaction_isolation = 'serializable'");
      mine.prepare("add", "MATCH (w:Ward) WITH count(w) AS wards CREATE (:Ward {id: wards + $1::int8}) RETURN wards");
      for (int i = 0; i < kRounds; i++) try {
          work.exec_prepared("add", 1);
        } catch (const pqxx::failure&) {
          failed++;
        }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  // Each has counted those before it: no number twice.
  const auto row = Work(connection).exec("MATCH (w:Ward) RETURN count(*), count(DISTINCT w.id), max(w.id)")[0];
  for (int c = 0; c < 3; c++) EXPECT_EQ(row[c].as<int>(), 2 + kThreads * kRounds) << c;
}

}  // namespace
}  // namespace elegraph::test
