// SPDX-License-Identifier: Apache-2.0
// Statements of many sessions that write one record: each waits for its turn.
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

using namespace std::chrono_literals;

class HotRecord : public testing::Test {
 protected:
  static constexpr const char* kCount = "MATCH (n:Counter) SET n.v = n.v + 1 RETURN n.v";

  class Client {
   public:
    explicit Client(const ServerProcess& server) : connection_(PQconnectdb(server.connection().c_str()), PQfinish) {
      EXPECT_EQ(PQstatus(connection_.get()), CONNECTION_OK) << PQerrorMessage(connection_.get());
    }
    void send(const std::string& text) { ASSERT_EQ(PQsendQuery(connection_.get(), text.c_str()), 1); }
    // The first value of each row, SQLSTATEs of errors.
    std::string answer() {
      std::string out;
      while (PGresult* result = PQgetResult(connection_.get())) {
        if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
          const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
          out += sqlstate ? sqlstate : "lost";
        }
        for (int row = 0; row < PQntuples(result); row++) out += PQgetvalue(result, row, 0);
        PQclear(result);
      }
      return out;
    }
    std::string run(const std::string& text) {
      send(text);
      return answer();
    }
    void cancel() {
      std::unique_ptr<PGcancel, void (*)(PGcancel*)> request(PQgetCancel(connection_.get()), PQfreeCancel);
      char error[256];
      EXPECT_EQ(PQcancel(request.get(), error, sizeof error), 1) << error;
    }

   private:
    std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
  };

  void SetUp() override {
    writer.run("CREATE (:Counter {v: 0})");
    writer.run("SET statement_timeout = '20s'");
    writer.run("BEGIN; MATCH (n:Counter) SET n.v = 100");
  }
  // A client whose statement waits for the writer, behind those that were added before.
  Client& add(const std::string& text) {
    clients.push_back(std::make_unique<Client>(server));
    clients.back()->run("SET statement_timeout = '20s'");
    clients.back()->send(text);
    std::this_thread::sleep_for(50ms);  // nothing shows from outside that it waits
    return *clients.back();
  }

  ServerProcess server;
  Client writer{server};
  std::vector<std::unique_ptr<Client>> clients;
};

TEST_F(HotRecord, WhoCameFirstIsFirst) {
  for (int i = 0; i < 8; i++) add(kCount);
  EXPECT_EQ(writer.run("COMMIT"), "");
  for (int i = 0; i < 8; i++) EXPECT_EQ(clients[size_t(i)]->answer(), std::to_string(101 + i));
}

TEST_F(HotRecord, ARollbackLetsTheFirstCome) {
  for (int i = 0; i < 3; i++) add(kCount);
  EXPECT_EQ(writer.run("ROLLBACK"), "");
  for (int i = 0; i < 3; i++) EXPECT_EQ(clients[size_t(i)]->answer(), std::to_string(1 + i));
}

// Whoever leaves the queue, before its turn or in it, without having written, leaves nobody behind.
TEST_F(HotRecord, NobodyWaitsForThoseWhoLeft) {
  Client& cancelled = add(kCount);
  Client& first = add(kCount);
  Client& failing = add("MATCH (n:Counter) SET n.v = n.v + 1 RETURN 1 / 0");
  Client& second = add(kCount);
  Client& reading = add("MATCH (n:Counter) WHERE n.v = 0 SET n.v = -1 RETURN n.v");
  Client& third = add(kCount);
  add("MATCH (n:Counter) SET n.v = n.v RETURN n.v");
  clients.pop_back();  // its client goes away
  Client& fourth = add(kCount);
  cancelled.cancel();
  EXPECT_EQ(cancelled.answer(), "57014");
  EXPECT_EQ(writer.run("COMMIT"), "");
  EXPECT_EQ(first.answer(), "101");
  EXPECT_EQ(failing.answer(), "22012");
  EXPECT_EQ(second.answer(), "102");
  EXPECT_EQ(reading.answer(), "");
  EXPECT_EQ(third.answer(), "103");
  EXPECT_EQ(fourth.answer(), "104");
}

// A statement that takes long before it writes does not keep those away who could write at once.
TEST_F(HotRecord, ALongStatementLetsOthersGoFirst) {
  Client& slow =
      add("MATCH (n:Counter) UNWIND range(1, 3000000) AS i WITH n, sum(i % 7) AS s SET n.v = n.v + 1 RETURN n.v");
  std::this_thread::sleep_for(500ms);
  Client& quick = add(kCount);
  EXPECT_EQ(writer.run("COMMIT"), "");
  EXPECT_EQ(quick.answer(), "101");
  EXPECT_EQ(slow.answer(), "102");
}

// One relationship has no record before it is made; MERGE waits all the same for whoever may be making it.
TEST_F(HotRecord, MergesOfOneRelationshipMakeOne) {
  Client maker(server);
  EXPECT_EQ(maker.run("MERGE (:End)"), "");
  EXPECT_EQ(maker.run("BEGIN; MATCH (n:Counter), (e:End) MERGE (n)-[:LEADS]->(e)"), "");
  for (int i = 0; i < 6; i++)
    add(std::string("MATCH (n:Counter), (e:End) MERGE ") + (i % 2 ? "(n)-[r:LEADS]->(e)" : "(e)-[r:LEADS]-(n)") +
        " RETURN count(r)");
  EXPECT_EQ(maker.run("COMMIT"), "");
  for (const auto& client : clients) EXPECT_EQ(client->answer(), "1");
  EXPECT_EQ(maker.run("MATCH (:Counter)-[r:LEADS]->(:End) RETURN count(r)"), "1");
}

// A node that is made with its relationship: whoever may be making one like it is waited for, others are not.
TEST_F(HotRecord, MergesOfOneNeighborMakeOne) {
  Client maker(server), other(server);
  EXPECT_EQ(maker.run("BEGIN; MATCH (n:Counter) MERGE (n)-[:HAS]->(:Part {k: 1})"), "");
  for (int i = 0; i < 6; i++)
    add(std::string("MATCH (n:Counter) MERGE ") + (i % 2 ? "(n)-[r:HAS]->(:Part {k: 1})" : "(:Part {k: 1})<-[r:HAS]-(n)") +
        " RETURN count(r)");
  other.run("SET statement_timeout = '20s'");
  EXPECT_EQ(other.run("MATCH (n:Counter) MERGE (n)-[r:HAS]->(p:Part {k: 2}) RETURN p.k"), "2");
  EXPECT_EQ(other.run("MATCH (n:Counter) MERGE (n)-[r:HAS]->(p:Whole {k: 1}) RETURN p.k"), "1");
  EXPECT_EQ(other.run("MATCH (n:Counter) MERGE (n)<-[r:HAS]-(p:Part {k: 1}) RETURN p.k"), "1");
  EXPECT_EQ(maker.run("COMMIT"), "");
  for (const auto& client : clients) EXPECT_EQ(client->answer(), "1");
  EXPECT_EQ(maker.run("MATCH (:Counter)-[r:HAS]->(:Part {k: 1}) RETURN count(r)"), "1");
}

}  // namespace
}  // namespace elegraph::test
