// SPDX-License-Identifier: Apache-2.0
// Everything at once: pgbench's clients move money between accounts, close and open, connect and disconnect them and read,
// while others build and drop indexes, take checkpoints, load and delete by COPY, change their minds, and cancel what they
// asked for. What must hold at any moment: the sum of all balances; an account is open or closed; a load is there as a
// whole or not at all; an index and a scan find the same. ThreadSanitizer's build of the server is the other half of this
// test.
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

constexpr int kAccounts = 200, kBalance = 1000, kLoad = 300;

class Client {
 public:
  explicit Client(const ServerProcess& server) : connection_(PQconnectdb(server.connection().c_str()), PQfinish) {}

  Result exec(const std::string& text) { return {PQexec(connection_.get(), text.c_str()), PQclear}; }
  // The first value, or the SQLSTATE.
  std::string value(const std::string& text) {
    Result r = exec(text);
    if (PQntuples(r.get()) > 0) return PQgetvalue(r.get(), 0, 0);
    const char* state = PQresultErrorField(r.get(), PG_DIAG_SQLSTATE);
    return state ? state : PQresStatus(PQresultStatus(r.get()));
  }
  // Succeeds, or loses: against another transaction, or the index of its plan was dropped before it began.
  void change(const std::string& text) {
    const std::string outcome = value(text);
    EXPECT_TRUE(outcome == "PGRES_COMMAND_OK" || outcome == "40001" || outcome == "0A000") << text << ": " << outcome;
  }
  void copy(const std::string& statement, const std::string& data) {
    ASSERT_EQ(value(statement), "PGRES_COPY_IN");
    PQputCopyData(connection_.get(), data.data(), int(data.size()));
    PQputCopyEnd(connection_.get(), nullptr);
    while (PGresult* r = PQgetResult(connection_.get())) {
      EXPECT_EQ(PQresultStatus(r), PGRES_COMMAND_OK) << PQresultErrorMessage(r);
      PQclear(r);
    }
  }
  PGconn* get() { return connection_.get(); }

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

class MixedLoad : public testing::Test {
 public:
  void SetUp() override {
    Client client(server);
    client.change("CREATE CONSTRAINT account_id FOR (a:Account) REQUIRE a.id IS UNIQUE");
    client.change("UNWIND range(1, " + std::to_string(kAccounts) +
                  ") AS i CREATE (:Account:Open {id: i, balance: " + std::to_string(kBalance) + ", mark: 0})");
    client.change("CREATE INDEX account_mark FOR (a:Account) ON (a.mark)");
  }

  // Runs until pgbench has ended.
  void beside(void (MixedLoad::*work)(Client&, int round)) {
    threads_.emplace_back([this, work] {
      Client client(server);
      for (int round = 1; !ended_; round++) (this->*work)(client, round);
    });
  }

  void check_sums(Client& client, int);
  void build_indexes(Client& client, int);
  void take_checkpoints(Client& client, int);
  void load(Client& client, int round);
  void change_mind(Client& client, int round);
  void cancel(Client& client, int round);
  void come_and_go(Client& client, int round);
  int pgbench(int seconds);

  ServerProcess server;
  std::vector<std::thread> threads_;
  std::atomic<bool> ended_ = false;
  std::atomic<int> cancelled_ = 0;
};

void MixedLoad::check_sums(Client& client, int) {
  EXPECT_EQ(client.value("MATCH (a:Account) RETURN sum(a.balance)"), std::to_string(kAccounts * kBalance));
  EXPECT_EQ(client.value("MATCH (n:Open) RETURN count(*) + COUNT { MATCH (m:Closed) }"), std::to_string(kAccounts));
  const std::string loaded = client.value("MATCH (n:Loaded) RETURN count(*)");
  EXPECT_EQ(std::atoi(loaded.c_str()) % kLoad, 0) << loaded;
  client.exec("BEGIN");
  const std::string low = client.value("MATCH (a:Account) WHERE a.balance < 1000 RETURN count(*)");
  if (low == "0A000") return client.change("ROLLBACK");
  EXPECT_EQ(client.value("MATCH (a:Account) WHERE a.balance + 0 < 1000 RETURN count(*)"), low);
  for (const std::string mark : {"0", "1", "2"})
    EXPECT_EQ(client.value("MATCH (a:Account {mark: " + mark + "}) RETURN sum(a.id)"),
              client.value("MATCH (a:Account) WHERE a.mark + 0 = " + mark + " RETURN sum(a.id)"));
  const std::string out = client.value("MATCH (:Account)-[r:KNOWS]->() RETURN count(r)");
  EXPECT_EQ(client.value("MATCH (:Account)<-[r:KNOWS]-() RETURN count(r)"), out);
  client.exec("COMMIT");
}

void MixedLoad::build_indexes(Client& client, int) {
  client.change("CREATE INDEX account_balance FOR (a:Account) ON (a.balance)");
  client.change("CREATE INDEX loaded_batch FOR (n:Loaded) ON (n.batch, n.number)");
  client.change("DROP INDEX account_balance");
  client.change("DROP INDEX loaded_batch");
}

void MixedLoad::take_checkpoints(Client& client, int) {
  client.change("CHECKPOINT");
  client.change("VACUUM");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

void MixedLoad::load(Client& client, int round) {
  std::string csv;
  for (int i = 0; i < kLoad; i++)
    csv += std::to_string(round) + "," + std::to_string(i) + ",row " + std::to_string(i) + "\n";
  client.copy("COPY \"Loaded\" (batch, number, text) FROM STDIN (FORMAT csv, TYPES 'batch int8, number int8, text text')",
              csv);
  if (round % 2 == 0) client.change("MATCH (n:Loaded) WHERE n.batch = " + std::to_string(round - 1) + " DETACH DELETE n");
}

// Few values that come and go, many of them in vain.
void MixedLoad::change_mind(Client& client, int round) {
  const std::string account = "MATCH (a:Account {id: " + std::to_string(round % 7 + 1) + "}) SET a.mark = ";
  client.change(account + std::to_string(round % 3));
  client.change("BEGIN");
  client.value(account + std::to_string((round + 1) % 3));
  client.change("ROLLBACK");
}

// A statement that would take for ever, cancelled by requests: one that comes before it has begun does nothing.
void MixedLoad::cancel(Client& client, int round) {
  ASSERT_EQ(PQsendQuery(client.get(),
                        "UNWIND range(1, 100000000) AS i MATCH (a:Account) WHERE a.balance + i = 0 RETURN count(*)"),
            1);
  std::unique_ptr<PGcancel, void (*)(PGcancel*)> request(PQgetCancel(client.get()), PQfreeCancel);
  while (PQconsumeInput(client.get()) && PQisBusy(client.get())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + round % 20));
    char error[256];
    EXPECT_EQ(PQcancel(request.get(), error, sizeof error), 1) << error;
  }
  while (PGresult* r = PQgetResult(client.get())) {
    EXPECT_STREQ(PQresultErrorField(r, PG_DIAG_SQLSTATE), "57014");
    PQclear(r);
    cancelled_++;
  }
}

// Connections that end in the middle of a transaction.
void MixedLoad::come_and_go(Client&, int round) {
  Client client(server);
  client.change("BEGIN");
  client.value("MATCH (a:Account {id: " + std::to_string(round % kAccounts + 1) + "}) SET a.balance = 0");
}

// Its exit status; its output goes to the test's where something failed.
int MixedLoad::pgbench(int seconds) {
  const std::pair<const char*, std::string> scripts[] = {
      {"transfer.sql",
       "\\set a random(1, 200)\n\\set b random(1, 200)\n\\set n random(1, 10)\nBEGIN;\n"
       "MATCH (a: Account {id: :a}) SET a.balance = a.balance - :n;\n"
       "MATCH (b: Account {id: :b}) SET b.balance = b.balance + :n;\nCOMMIT;\n"},
      {"read.sql", "\\set a random(1, 200)\nMATCH (a: Account {id: :a})-[: KNOWS]->(b: Account) RETURN b.id, b.balance;\n"},
      {"connect.sql",
       "\\set a random(1, 200)\n\\set b random(1, 200)\n"
       "MATCH (a: Account {id: :a}), (b: Account {id: :b}) CREATE (a)-[: KNOWS {since: :a}]->(b);\n"},
      {"disconnect.sql", "\\set a random(1, 200)\nMATCH (a: Account {id: :a})-[r: KNOWS]->() DELETE r;\n"},
      {"close.sql", "\\set a random(1, 200)\nMATCH (a: Account {id: :a}) WHERE a: Open REMOVE a: Open SET a: Closed;\n"},
      {"open.sql", "\\set a random(1, 200)\nMATCH (a: Closed) WHERE a.id >= :a SET a: Open REMOVE a: Closed;\n"},
      {"visit.sql",
       "\\set a random(1, 200)\nMATCH (a: Account {id: :a}) CREATE (v: Visit {by: :a})-[: OF]->(a);\n"
       "MATCH (v: Visit) WHERE v.by = :a DETACH DELETE v;\n"}};
  std::string command = "pgbench -n -M prepared -c 16 -j 2 --max-tries=0 -h 127.0.0.1 -U tester -T " +
                        std::to_string(seconds) + " -p " + std::to_string(server.port());
  for (auto& [name, text] : scripts) {
    const std::string path = (server.directory() / name).string();
    std::ofstream(path) << text;
    command += " -f " + path;
  }
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " elegraph 2>&1").c_str(), "r"), ::pclose);
  std::string output;
  char buffer[4096];
  for (size_t n; (n = ::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) output.append(buffer, n);
  const int status = ::pclose(pipe.release());
  EXPECT_NE(output.find("number of failed transactions: 0 "), std::string::npos) << output;
  EXPECT_EQ(output.find("actually processed: 0"), std::string::npos) << output;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(MixedLoad, HoldsItsInvariants) {
  const char* seconds = std::getenv("ELEGRAPH_LOAD_SECONDS");
  for (auto work : {&MixedLoad::check_sums, &MixedLoad::build_indexes, &MixedLoad::take_checkpoints, &MixedLoad::load,
                    &MixedLoad::change_mind, &MixedLoad::change_mind, &MixedLoad::cancel, &MixedLoad::come_and_go})
    beside(work);
  EXPECT_EQ(pgbench(seconds ? std::atoi(seconds) : 3), 0);
  ended_ = true;
  for (auto& thread : threads_) thread.join();
  EXPECT_GT(cancelled_, 0);
  Client client(server);
  check_sums(client, 0);
  EXPECT_EQ(server.stop(), 0) << server.log();
  const Outcome check = run_elegraph({"check", (server.directory() / "data").string()});
  EXPECT_EQ(check.status, 0) << check.output;
}

}  // namespace
}  // namespace elegraph::test
