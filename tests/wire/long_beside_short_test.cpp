// SPDX-License-Identifier: Apache-2.0
// Point reads beside statements that take long: neither may starve.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kReaders = 4, kReads = 150;
constexpr const char* kEndless =
    "MATCH (m:Member {i: 1}) RETURN EXISTS { MATCH (m)-[w:WITH*]->() WHERE size(w) > 200 } AS e";

class LongBesideShort : public testing::Test {
 protected:
  // One I/O thread: all clients depend on how long each statement holds it.
  LongBesideShort() : server_({"--io-threads", "1"}) {
    execute("CREATE CONSTRAINT FOR (n:Account) REQUIRE n.id IS UNIQUE");
    execute("UNWIND range(1, 20000) AS i CREATE (:Account {id: i, name: 'account ' + toString(i)})");
    execute("MATCH (a:Account) MATCH (b:Account {id: 1 + a.id * 7919 % 20000}) CREATE (a)-[:PAYS]->(b)");
    execute("MATCH (a:Account) MATCH (b:Account {id: 1 + a.id * 104729 % 20000}) CREATE (a)-[:PAYS]->(b)");
  }

  void execute(const std::string& text) {
    pqxx::connection connection(server_.connection());
    pqxx::nontransaction(connection).exec(text);
  }

  // The median of each of some clients that read at once; the slowest one's. A median, for a busy machine
  // makes some reads slow, while a thread that is held makes nearly all of them.
  double slowest_reader() {
    std::vector<double> medians(kReaders);
    std::vector<std::thread> readers;
    for (int reader = 0; reader < kReaders; reader++)
      readers.emplace_back([&, reader] { medians[size_t(reader)] = median_read(reader); });
    for (auto& r : readers) r.join();
    return *std::max_element(medians.begin(), medians.end());
  }

  double median_read(int reader) {
    pqxx::connection connection(server_.connection());
    pqxx::nontransaction session(connection);
    std::vector<double> took;
    for (int i = 0; i < kReads; i++) {
      std::string id = std::to_string(1 + (reader * kReads + i) * 31 % 20000);
      auto begun = Clock::now();
      auto rows = session.exec("MATCH (n:Account {id: " + id + "}) RETURN n.name");
      took.push_back(Milliseconds(Clock::now() - begun).count());
      EXPECT_EQ(rows[0][0].as<std::string>(), "account " + id);
    }
    std::nth_element(took.begin(), took.begin() + kReads / 2, took.end());
    return took[kReads / 2];
  }

  // Point reads while two clients run the statement again and again.
  void expect_reads_beside(const std::string& text) {
    const double alone = slowest_reader();
    std::atomic<bool> over{false};
    std::atomic<int> runs{0};
    std::vector<std::thread> others;
    for (int i = 0; i < 2; i++)
      others.emplace_back([&] {
        pqxx::connection connection(server_.connection());
        pqxx::nontransaction session(connection);
        session.exec("SET graph.share_work = off");
        for (; !over; runs++) session.exec(text);
      });
    while (runs == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const int before = runs;
    const double beside = slowest_reader();
    while (runs == before) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the test's timeout ends this
    over = true;
    for (auto& o : others) o.join();
    EXPECT_LE(beside, std::max(25.0, 20 * alone)) << "ms, " << alone << " ms alone, beside " << text;
  }

  ServerProcess server_;
};

// Known from the plan to be long: it begins on a worker.
TEST_F(LongBesideShort, AScanOfTheWholeGraph) {
  expect_reads_beside("MATCH (a:Account)-[:PAYS*1..4]->(b) RETURN count(b), max(b.name)");
}

// These turn out to be long: few rows, each of which costs much.
TEST_F(LongBesideShort, RowsThatCostMuch) {
  expect_reads_beside(
      "UNWIND range(1, 250000) AS i WITH toString(i) + ' is a number' AS s RETURN count(DISTINCT s), max(s)");
}

// One row, whose value takes long.
TEST_F(LongBesideShort, AListThatIsMadeAndReadInOneGo) {
  expect_reads_beside("RETURN reduce(s = 0, i IN range(1, 500000) | s + i)");
}

// One row of which nobody expects that it takes long, and whose value cannot be left half-way: all walks in a clique.
TEST_F(LongBesideShort, AWalkWithinAnExpression) {
  execute("UNWIND range(1, 12) AS i CREATE (:Member {i: i})");
  execute("MATCH (a:Member), (b:Member) WHERE a <> b CREATE (a)-[:WITH]->(b)");
  std::thread other([&] {
    pqxx::connection connection(server_.connection());
    pqxx::nontransaction session(connection);
    session.exec("SET statement_timeout = '6s'");
    EXPECT_THROW(session.exec(kEndless), pqxx::sql_error);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto begun = Clock::now();
  slowest_reader();
  EXPECT_LT(Milliseconds(Clock::now() - begun).count(), 4000);
  other.join();
}

// A profile is of one run, so that it stays where it began, and the thread cannot be asked to cancel it.
TEST_F(LongBesideShort, AServerThatStopsCancelsWhatHoldsItsThread) {
  execute("UNWIND range(1, 12) AS i CREATE (:Member {i: i})");
  execute("MATCH (a:Member), (b:Member) WHERE a <> b CREATE (a)-[:WITH]->(b)");
  std::thread other([&] {
    pqxx::connection connection(server_.connection());
    pqxx::nontransaction session(connection);
    EXPECT_ANY_THROW(session.exec("EXPLAIN ANALYZE " + std::string(kEndless)));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(server_.stop(), 0);  // the test's timeout ends this
  other.join();
}

// What runs a plan is kept for the next time, but not what a large value took: db.memory() counts it as "other".
TEST_F(LongBesideShort, LargeValuesAreNotKept) {
#ifdef ELEGRAPH_SANITIZED
  GTEST_SKIP() << "AddressSanitizer keeps what was freed";
#endif
  pqxx::connection connection(server_.connection());
  pqxx::nontransaction session(connection);
  auto other = [&] {
    return session.exec("CALL db.memory() YIELD area, bytes WHERE area = 'other' RETURN bytes")[0][0].as<int64_t>();
  };
  const int64_t before = other();
  const std::string text(30'000'000, 'x');
  for (int i = 0; i < 5; i++) {
    const std::string number = std::to_string(5'000'000 + i);
    EXPECT_EQ(session.exec("RETURN size(range(1, " + number + "))")[0][0].as<std::string>(), number);
    EXPECT_EQ(session.exec_params("RETURN size($1::text), " + number, text)[0][0].as<size_t>(), text.size());
  }
  for (int i = 0; i < 100 && other() > before + 100'000'000; i++)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LE(other(), before + 100'000'000);
}

TEST_F(LongBesideShort, APatternThatBacktracks) {
  expect_reads_beside(
      "MATCH (n:Account) UNWIND range(1, 12) AS i WITH n, i WHERE n.name =~ '(a|c|o|u|n|t| |[0-9])*x' RETURN "
      "count(*)");
}

}  // namespace
}  // namespace elegraph::test
