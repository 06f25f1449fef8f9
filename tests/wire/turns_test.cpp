// SPDX-License-Identifier: Apache-2.0
// Many sessions of few I/O threads that all have something to do at once.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::pgwire::test {
namespace {

using elegraph::test::ServerProcess;

struct Finish {
  void operator()(PGconn* c) const { PQfinish(c); }
  void operator()(PGresult* r) const { PQclear(r); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Result = std::unique_ptr<PGresult, Finish>;

Connection connect(const ServerProcess& server) {
  Connection c(PQconnectdb(server.connection().c_str()));
  EXPECT_EQ(PQstatus(c.get()), CONNECTION_OK) << PQerrorMessage(c.get());
  return c;
}

// The results until the session is ready again: values of rows, SQLSTATEs of errors, "lost" where the connection ended.
std::string answers(PGconn* c) {
  std::string out;
  while (Result r{PQgetResult(c)}) {
    if (PQresultStatus(r.get()) == PGRES_FATAL_ERROR) {
      const char* sqlstate = PQresultErrorField(r.get(), PG_DIAG_SQLSTATE);
      out += sqlstate ? sqlstate : "lost";
    }
    for (int row = 0; row < PQntuples(r.get()); row++) out += PQgetvalue(r.get(), row, 0);
    out += ";";
  }
  return out;
}

// Reads, writes whose commits are waited for, conflicts that are retried, errors, several statements in one text and
// long ones: what a session is told is the answer to what it asked, whatever the others do in the same cohort.
TEST(Turns, EverySessionOfManyGetsItsOwnAnswers) {
  ServerProcess server;
  constexpr int kSessions = 60, kRounds = 40;
  std::vector<Connection> sessions;
  for (int i = 0; i < kSessions; i++) sessions.push_back(connect(server));
  PQsendQuery(sessions[0].get(), "CREATE (:Counter {v: 0}); UNWIND range(1, 50000) AS i CREATE (:Row {v: i})");
  ASSERT_EQ(answers(sessions[0].get()), ";;");
  for (int round = 0; round < kRounds; round++) {
    std::vector<std::string> expected;
    for (int i = 0; i < kSessions; i++) {
      const std::string number = std::to_string(round * kSessions + i);
      std::string text;
      switch ((i + round) % 7) {
        case 0: text = "RETURN " + number, expected.push_back(number + ";"); break;
        case 1: text = "CREATE (n:Item {v: " + number + "}) RETURN n.v", expected.push_back(number + ";"); break;
        case 2: text = "MATCH (n:Counter) SET n.v = n.v + 1", expected.push_back(";"); break;
        case 3: text = "RETURN 1 / 0", expected.push_back("22012;"); break;
        case 4:
          text = "RETURN " + number + "; CREATE (:Item {v: -1}); RETURN 'last'", expected.push_back(number + ";;last;");
          break;
        case 5:
          text = "MATCH (n:Row) RETURN max(n.v) + " + number,
          expected.push_back(std::to_string(50000 + std::stoi(number)) + ";");
          break;
        default:
          text = "RETURN '" + std::string(20000, 'x') + number + "'",
          expected.push_back(std::string(20000, 'x') + number + ";");
      }
      ASSERT_EQ(PQsendQuery(sessions[size_t(i)].get(), text.c_str()), 1);
    }
    for (int i = 0; i < kSessions; i++)
      ASSERT_EQ(answers(sessions[size_t(i)].get()), expected[size_t(i)]) << "session " << i << " in round " << round;
  }
  PQsendQuery(sessions[0].get(), "MATCH (n:Counter) RETURN n.v");
  int added = 0;
  for (int round = 0; round < kRounds; round++)
    for (int i = 0; i < kSessions; i++) added += (i + round) % 7 == 2;
  EXPECT_EQ(answers(sessions[0].get()), std::to_string(added) + ";");
}

// Sessions that end, or whose clients go away, in the middle of others' cohorts.
TEST(Turns, SessionsMayEndAtAnyTime) {
  ServerProcess server;
  std::vector<Connection> staying;
  for (int i = 0; i < 8; i++) staying.push_back(connect(server));
  for (int round = 0; round < 30; round++) {
    std::vector<Connection> going;
    for (int i = 0; i < 12; i++) {
      going.push_back(connect(server));
      PQsendQuery(going.back().get(), i % 2 ? "CREATE (:Gone)" : "UNWIND range(1, 30000) AS i RETURN sum(i)");
    }
    for (size_t i = 0; i < staying.size(); i++) PQsendQuery(staying[i].get(), ("RETURN " + std::to_string(i)).c_str());
    going.clear();
    for (size_t i = 0; i < staying.size(); i++) ASSERT_EQ(answers(staying[i].get()), std::to_string(i) + ";");
  }
  staying.clear();
  EXPECT_EQ(server.stop(), 0);
}

// A stop ends those that wait for a commit, for their turn or for their client, and none of them hangs.
TEST(Turns, AStopReachesBusySessions) {
  ServerProcess server;
  std::vector<Connection> sessions;
  for (int i = 0; i < 16; i++) sessions.push_back(connect(server));
  std::vector<std::thread> clients;
  for (auto& session : sessions)
    clients.emplace_back([&session] {
      std::string last;
      while (PQstatus(session.get()) == CONNECTION_OK) {
        PQsendQuery(session.get(), "CREATE (:Row)");
        last = answers(session.get());
      }
      EXPECT_TRUE(last == ";" || last == "57P01;" || last == "57P01;lost;" || last == "lost;" || last.empty()) << last;
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(server.stop(), 0);
  for (auto& client : clients) client.join();
}

}  // namespace
}  // namespace elegraph::pgwire::test
