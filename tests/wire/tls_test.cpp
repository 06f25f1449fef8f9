// SPDX-License-Identifier: Apache-2.0
// Encrypted sessions and passwords, through libpq.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

Connection connect(const ServerProcess& server, const std::string& more, const std::string& user = "tester") {
  return {PQconnectdb((server.connection(user) + " " + more).c_str()), PQfinish};
}

// The results until the session is ready again: values of rows, SQLSTATEs of errors, each result with a ";".
std::string answers(PGconn* c) {
  std::string out;
  while (Result r{PQgetResult(c), PQclear}) {
    if (const char* sqlstate = PQresultErrorField(r.get(), PG_DIAG_SQLSTATE)) out += sqlstate;
    for (int row = 0; row < PQntuples(r.get()); row++) out += PQgetvalue(r.get(), row, 0);
    out += ";";
  }
  return out;
}

std::string ask(PGconn* c, const std::string& text) {
  return PQsendQuery(c, text.c_str()) ? answers(c) : PQerrorMessage(c);
}

TEST(Tls, IsRefusedWhereTheServerDoesNotOfferIt) {
  ServerProcess server;
  const Connection required = connect(server, "sslmode=require");
  EXPECT_EQ(PQstatus(required.get()), CONNECTION_BAD);
  EXPECT_NE(std::string(PQerrorMessage(required.get())).find("does not support SSL"), std::string::npos);
  const Connection preferred = connect(server, "sslmode=prefer");
  EXPECT_EQ(ask(preferred.get(), "RETURN 1"), "1;");
  EXPECT_FALSE(PQsslInUse(preferred.get()));
}

TEST(Tls, CarriesAnswersOfAllSizesErrorsAndCopy) {
  ServerProcess server({"--tls"});
  const Connection session = connect(server, "sslmode=require");
  ASSERT_EQ(PQstatus(session.get()), CONNECTION_OK) << PQerrorMessage(session.get());
  EXPECT_TRUE(PQsslInUse(session.get()));
  EXPECT_EQ(ask(session.get(), "RETURN 1"), "1;");
  EXPECT_EQ(ask(session.get(), "RETURN 1 / 0"), "22012;");
  const std::string large(300'000, 'x');
  EXPECT_EQ(ask(session.get(), "RETURN '" + large + "'"), large + ";");
  std::string digits;
  for (int i = 1; i <= 30'000; i++) digits += std::to_string(i);
  EXPECT_EQ(ask(session.get(), "UNWIND range(1, 30000) AS i RETURN i"), digits + ";");

  ASSERT_EQ(PQresultStatus(Result(PQexec(session.get(), "COPY \"Row\" (v) FROM STDIN"), PQclear).get()), PGRES_COPY_IN);
  for (int i = 0; i < 50'000; i++) {
    const std::string line = std::to_string(i) + "\n";
    ASSERT_EQ(PQputCopyData(session.get(), line.data(), int(line.size())), 1);
  }
  ASSERT_EQ(PQputCopyEnd(session.get(), nullptr), 1);
  EXPECT_EQ(answers(session.get()), ";");
  EXPECT_EQ(ask(session.get(), "MATCH (n:Row) RETURN sum(n.v)"), "1249975000;");
}

TEST(Tls, ACancelWithoutItReachesAnEncryptedSession) {
  ServerProcess server({"--tls"});
  const Connection session = connect(server, "sslmode=require");
  std::unique_ptr<PGcancel, void (*)(PGcancel*)> cancel(PQgetCancel(session.get()), PQfreeCancel);
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_EQ(PQsendQuery(session.get(), "UNWIND range(1, 100000000000) AS i RETURN count(i)"), 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  char error[256];
  ASSERT_EQ(PQcancel(cancel.get(), error, sizeof error), 1) << error;
  EXPECT_EQ(answers(session.get()), "57014;");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
  EXPECT_EQ(ask(session.get(), "RETURN 1"), "1;");
}

// Every second session is encrypted; all of them have something to do at once, some of them a COPY, and all of them listen.
TEST(Tls, SessionsWithAndWithoutTakeTheirTurnsTogether) {
  ServerProcess server({"--tls", "--io-threads", "2"});
  constexpr size_t kSessions = 24;
  constexpr int kRounds = 20;
  std::vector<Connection> sessions;
  for (size_t i = 0; i < kSessions; i++) {
    sessions.push_back(connect(server, i % 2 ? "sslmode=require" : "sslmode=disable"));
    ASSERT_EQ(PQstatus(sessions.back().get()), CONNECTION_OK) << PQerrorMessage(sessions.back().get());
    EXPECT_EQ(PQsslInUse(sessions.back().get()), int(i % 2));
    ASSERT_EQ(ask(sessions.back().get(), "LISTEN rounds"), ";");
  }
  const Connection teller = connect(server, "sslmode=require");
  int copied = 0;
  for (int round = 0; round < kRounds; round++) {
    std::vector<std::string> expected;
    for (size_t i = 0; i < kSessions; i++) {
      const std::string number = std::to_string(round * 100 + int(i));
      std::string text;
      switch ((i / 2 + size_t(round)) % 4) {
        case 0: text = "RETURN " + number, expected.push_back(number + ";"); break;
        case 1: text = "CREATE (n:Item {v: " + number + "}) RETURN n.v", expected.push_back(number + ";"); break;
        case 2:
          text = "RETURN '" + std::string(40'000, 'y') + "'", expected.push_back(std::string(40'000, 'y') + ";");
          break;
        default: text = "COPY \"Copied\" (v) FROM STDIN", expected.push_back(";"), copied += 2;
      }
      ASSERT_EQ(PQsendQuery(sessions[i].get(), text.c_str()), 1);
    }
    ASSERT_EQ(ask(teller.get(), "NOTIFY rounds, '" + std::to_string(round) + "'"), ";");
    for (size_t i = 0; i < kSessions; i++) {
      PGconn* session = sessions[i].get();
      if ((i / 2 + size_t(round)) % 4 == 3) {
        ASSERT_EQ(PQresultStatus(Result(PQgetResult(session), PQclear).get()), PGRES_COPY_IN);
        ASSERT_EQ(PQputCopyData(session, "1\n2\n", 4), 1);
        ASSERT_EQ(PQputCopyEnd(session, nullptr), 1);
      }
      ASSERT_EQ(answers(session), expected[i]) << "session " << i << " in round " << round;
    }
  }
  EXPECT_EQ(ask(teller.get(), "MATCH (n:Copied) RETURN count(n)"), std::to_string(copied) + ";");
  for (size_t i = 0; i < kSessions; i++) {
    PGconn* session = sessions[i].get();
    ASSERT_EQ(ask(session, "RETURN 1"), "1;");  // what was told meanwhile comes with this answer at the latest
    for (int round = 0; round < kRounds; round++) {
      std::unique_ptr<PGnotify, void (*)(void*)> told(PQnotifies(session), PQfreemem);
      ASSERT_TRUE(told) << "session " << i << " was not told of round " << round;
      EXPECT_EQ(told->extra, std::to_string(round));
    }
    EXPECT_EQ(PQnotifies(session), nullptr);
  }
}

TEST(Passwords, AreAskedForOnceThereIsARole) {
  ServerProcess server({"--tls"});
  ASSERT_EQ(ask(connect(server, "sslmode=disable").get(), "CREATE USER ann PASSWORD 'correct horse'"), ";");
  for (const char* mode : {"sslmode=disable", "sslmode=require channel_binding=require"}) {
    const Connection right = connect(server, std::string(mode) + " password='correct horse'", "ann");
    EXPECT_EQ(PQstatus(right.get()), CONNECTION_OK) << mode << ": " << PQerrorMessage(right.get());
    EXPECT_TRUE(PQconnectionUsedPassword(right.get()));
    EXPECT_EQ(ask(right.get(), "SELECT current_user"), "ann;");
    for (const char* user : {"ann", "nobody"}) {
      const Connection wrong = connect(server, std::string(mode) + " password=battery", user);
      EXPECT_EQ(PQstatus(wrong.get()), CONNECTION_BAD) << mode;
      EXPECT_NE(std::string(PQerrorMessage(wrong.get())).find("password authentication failed for user"), std::string::npos)
          << PQerrorMessage(wrong.get());
    }
  }
}

}  // namespace
}  // namespace elegraph::test
