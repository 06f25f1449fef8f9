// SPDX-License-Identifier: Apache-2.0
// kill -9 under write load: what was acknowledged is there after the restart, and `elegraph check` finds nothing.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <pqxx/pqxx>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

constexpr int kWriters = 4;

// What a writer knows: ids whose node, and the relationship to its predecessor, were acknowledged, and the highest
// value that its own counter node was acknowledged with.
struct Writer {
  std::vector<long> acknowledged;
  long counter = 0;
};

void write(const ServerProcess& server, int number, long first, Writer& writer) {
  try {
    pqxx::connection connection(server.connection());
    pqxx::nontransaction work(connection);
    std::string me = std::to_string(number);
    for (long i = first;; i++) {
      std::string id = std::to_string(i * kWriters + number);
      work.exec("MATCH (c:Counter {id: " + me + "}) CREATE (n:Row {id: " + id + ", text: 'row " + id +
                "'})-[:OF {at: " + id + "}]->(c) SET c.last = " + id);
      writer.acknowledged.push_back(i * kWriters + number);
      writer.counter = i * kWriters + number;
    }
  } catch (const std::exception&) {
    // The server was killed.
  }
}

void verify(const ServerProcess& server, const std::vector<Writer>& writers) {
  pqxx::connection connection(server.connection());
  pqxx::nontransaction work(connection);
  std::set<long> there;
  for (auto row :
       work.exec("MATCH (n:Row)-[r:OF]->(c:Counter) WHERE r.at = n.id AND n.text = 'row ' + toString(n.id) RETURN n.id"))
    there.insert(row[0].as<long>());
  for (int w = 0; w < kWriters; w++) {
    for (long id : writers[size_t(w)].acknowledged) EXPECT_TRUE(there.contains(id)) << "lost " << id;
    auto rows = work.exec("MATCH (c:Counter {id: " + std::to_string(w) + "}) RETURN coalesce(c.last, 0)");
    EXPECT_GE(rows[0][0].as<long>(), writers[size_t(w)].counter);
  }
  EXPECT_EQ(work.exec("MATCH (n:Row) RETURN count(*)")[0][0].as<size_t>(), there.size()) << "half a transaction";
}

TEST(Kill, AcknowledgedRowsSurvive) {
  const char* rounds_text = std::getenv("ELEGRAPH_KILL_ROUNDS");
  const int rounds = rounds_text ? std::atoi(rounds_text) : 6;
  ServerProcess server;
  {
    pqxx::connection connection(server.connection());
    pqxx::nontransaction work(connection);
    work.exec("CREATE CONSTRAINT row_id FOR (n:Row) REQUIRE n.id IS UNIQUE");
    for (int w = 0; w < kWriters; w++) work.exec("CREATE (:Counter {id: " + std::to_string(w) + "})");
  }
  std::vector<Writer> writers(kWriters);
  std::minstd_rand random(42);
  size_t total = 0;
  for (int round = 0; round < rounds; round++) {
    std::vector<std::thread> threads;
    for (int w = 0; w < kWriters; w++)
      threads.emplace_back([&, w] { write(server, w, (round + 1) * 1'000'000L, writers[size_t(w)]); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200 + random() % 600));
    if (round % 3 == 2) {
      // A checkpoint in the middle of it.
      pqxx::connection connection(server.connection());
      pqxx::nontransaction(connection).exec("CHECKPOINT");
    }
    server.kill();
    for (auto& thread : threads) thread.join();
    auto outcome = run_elegraph({"check", (server.directory() / "data").string()});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    server.start();
    verify(server, writers);
    size_t now = 0;
    for (auto& w : writers) now += w.acknowledged.size();
    EXPECT_GT(now, total) << "nothing was written in round " << round;
    total = now;
  }
}

TEST(Stop, CleanStopKeepsEverything) {
  ServerProcess server;
  {
    pqxx::connection connection(server.connection());
    pqxx::nontransaction(connection).exec("UNWIND range(1, 1000) AS i CREATE (:Row {id: i})");
  }
  EXPECT_EQ(server.stop(), 0);
  server.start();
  pqxx::connection connection(server.connection());
  EXPECT_EQ(pqxx::nontransaction(connection).exec("MATCH (n:Row) RETURN sum(n.id)")[0][0].as<long>(), 500500);
}

}  // namespace
}  // namespace elegraph::test
