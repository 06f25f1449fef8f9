// SPDX-License-Identifier: Apache-2.0
// Many clients that ask alike at the same time.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <pqxx/pqxx>
#include <thread>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

constexpr int kClients = 20;

class Share : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = new ServerProcess;
    pqxx::connection connection(server->connection());
    pqxx::nontransaction(connection)
        .exec(
            "UNWIND range(1, 40000) AS i CREATE (:Account {id: i, age: i % 100, balance: 10, name: 'account ' + "
            "toString(i)})");
  }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }

  // Each client asks `rounds` times for text(client, round), all at once; what they get goes to check.
  template <class Text, class Check>
  void at_once(int rounds, Text&& text, Check&& check) {
    std::vector<std::thread> threads;
    for (int client = 0; client < kClients; client++)
      threads.emplace_back([&, client] {
        pqxx::connection connection(server->connection());
        pqxx::nontransaction session(connection);
        for (int round = 0; round < rounds; round++) {
          std::string query = text(client, round);
          check(query, session.exec(query)[0][0].as<std::string>(""));
        }
      });
    for (auto& t : threads) t.join();
  }
  static std::string alone(const std::string& query) {
    pqxx::connection connection(server->connection());
    pqxx::nontransaction session(connection);
    session.exec("SET graph.share_work = off");
    return session.exec(query)[0][0].as<std::string>("");
  }

  static ServerProcess* server;
};
ServerProcess* Share::server = nullptr;

TEST_F(Share, EqualQueriesGetEqualRows) {
  std::string text = "MATCH (n:Account) WHERE n.age > 30 RETURN count(*)", expected = alone(text);
  at_once(100, [&](int, int) { return text; }, [&](auto&, const std::string& got) { EXPECT_EQ(got, expected); });
}

TEST_F(Share, DifferentConstantsGetTheirOwnRows) {
  std::vector<std::string> expected;
  auto query = [](int age) { return "MATCH (n:Account) WHERE n.age > " + std::to_string(age) + " RETURN sum(n.id)"; };
  for (int age = 0; age < 100; age++) expected.push_back(alone(query(age)));
  at_once(
      100, [&](int client, int round) { return query((client * 7 + round) % 100); },
      [&](const std::string& text, const std::string& got) {
        EXPECT_EQ(got, expected.at(size_t(std::stoi(text.substr(text.find('>') + 1)))));
      });
}

TEST_F(Share, PreparedStatementsShareToo) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int client = 0; client < kClients; client++)
    threads.emplace_back([&, client] {
      pqxx::connection connection(server->connection());
      connection.prepare("q", "MATCH (n:Account) WHERE n.age >= $1::int8 AND n.age < $2::int8 RETURN count(*)");
      pqxx::nontransaction session(connection);
      for (int round = 0; round < 100; round++) {
        int from = (client + round) % 90;
        wrong += session.exec_prepared("q", from, from + 5)[0][0].as<int>() != 2000;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

// Transfers keep the total; every reader sees it, and whoever wrote sees at least what it wrote.
TEST_F(Share, SnapshotsAreWholeAndNeverOld) {
  pqxx::connection(server->connection());
  {
    pqxx::connection connection(server->connection());
    pqxx::nontransaction(connection).exec("CREATE (:Counter {value: 0})");
  }
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; w++)
    writers.emplace_back([&, w] {
      pqxx::connection connection(server->connection());
      pqxx::nontransaction session(connection);
      for (int i = 0; !stop; i++) {
        std::string from = std::to_string(1 + (i * 37 + w * 20000) % 40000),
                    to = std::to_string(1 + (i * 101 + w * 5000) % 40000);
        session.exec("MATCH (a:Account {id: " + from + "}), (b:Account {id: " + to +
                     "}) WHERE a <> b "
                     "SET a.balance = a.balance - 1, b.balance = b.balance + 1");
      }
    });
  at_once(
      30,
      [](int client, int) {
        return "MATCH (n:Account) WHERE n.age >= " + std::to_string(client % 2 ? 0 : -client) + " RETURN sum(n.balance)";
      },
      [](auto&, const std::string& got) { EXPECT_EQ(got, "400000"); });
  stop = true;
  for (auto& t : writers) t.join();
}

TEST_F(Share, AWriterSeesItsOwnCommitAmongSharers) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  const std::string text = "MATCH (n:Account) WHERE n.mark >= 0 RETURN count(*)";
  for (int r = 0; r < 6; r++)
    readers.emplace_back([&] {
      pqxx::connection connection(server->connection());
      pqxx::nontransaction session(connection);
      int before = 0;
      while (!stop) {
        int now = session.exec(text)[0][0].as<int>();
        EXPECT_GE(now, before);
        before = now;
      }
    });
  pqxx::connection connection(server->connection());
  pqxx::nontransaction session(connection);
  for (int i = 1; i <= 100; i++) {
    session.exec("MATCH (n:Account {id: " + std::to_string(i) + "}) SET n.mark = 1");
    EXPECT_EQ(session.exec(text)[0][0].as<int>(), i);
  }
  stop = true;
  for (auto& t : readers) t.join();
}

TEST_F(Share, TimeoutsStayOnesOwn) {
  const std::string text = "MATCH (a:Account), (b:Account) WHERE a.age > b.age RETURN count(*)";
  pqxx::connection connection(server->connection());
  pqxx::nontransaction session(connection);
  session.exec("SET statement_timeout = '2s'");
  std::thread patient([&] {
    pqxx::connection other(server->connection());
    pqxx::nontransaction slow(other);
    slow.exec("SET statement_timeout = '4s'");
    EXPECT_THROW(slow.exec(text), pqxx::sql_error);
  });
  auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(session.exec(text), pqxx::sql_error);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
  patient.join();
}

}  // namespace
}  // namespace elegraph::test
