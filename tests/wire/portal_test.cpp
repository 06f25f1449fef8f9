// SPDX-License-Identifier: Apache-2.0
// Portals, cursors, waits and transaction blocks, message by message.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/server_process.h"
#include "tests/unit/pgwire/socket_client.h"

namespace elegraph::pgwire::test {
namespace {

using elegraph::test::ServerProcess;
using Clock = std::chrono::steady_clock;

class Portals : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = new ServerProcess; }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }
  class Session : public Client {
   public:
    Session() : Client(uint16_t(server->port())) {
      send(startup({"user", "tester", "database", "elegraph"}));
      for (auto& a : until_ready())
        if (a.type == 'K') key_ = a.body;
    }
    std::string run(std::string_view text) { return talk(query(text)); }
    // Field values of all rows, each followed by a blank.
    std::string rows(std::string_view text) {
      send(query(text));
      std::string out;
      for (auto& a : until_ready()) {
        if (a.type == 'E') out += field(a, 'C') + " ";
        if (a.type != 'D') continue;
        for (size_t at = 2; at < a.body.size();) {
          auto size = int32_t(elegraph::query::types::load_big<uint32_t>(a.body.data() + at));
          at += 4;
          out += size < 0 ? "null " : a.body.substr(at, size_t(size)) + " ";
          at += size < 0 ? 0 : size_t(size);
        }
      }
      return out;
    }
    void cancel() { Client(uint16_t(server->port())).talk(int32(16) + int32(80877102) + key_); }

   private:
    std::string key_;
  };
  static size_t rows_in(const std::vector<Answer>& answers) {
    return size_t(std::count_if(answers.begin(), answers.end(), [](auto& a) { return a.type == 'D'; }));
  }

  static ServerProcess* server;
};
ServerProcess* Portals::server = nullptr;

TEST_F(Portals, ARowLimitHoldsForMoreThanOneBufferOfRows) {
  Session s;
  s.send(parse("", "UNWIND range(1, 20000) AS i RETURN i, 'a text that fills the buffer before the limit is reached'") +
         bind("", "") + execute("", 5000) + execute("", 5000) + execute("", 0) + sync());
  std::vector<size_t> parts{0};
  for (auto& a : s.until_ready()) {
    if (a.type == 'D') parts.back()++;
    if (a.type == 's') parts.push_back(0);
  }
  EXPECT_EQ(parts, (std::vector<size_t>{5000, 5000, 10000}));
}

// A plan is made for an order of magnitude of its ranges; other values get another one.
TEST_F(Portals, RangesOfOneStatementMayBeWideAndNarrow) {
  Session s;
  s.run("UNWIND range(1, 5000) AS i CREATE (:Ranged {v: i})");
  s.run("CREATE INDEX ranged_v FOR (n:Ranged) ON (n.v)");
  s.send(parse("count", "MATCH (n:Ranged) WHERE n.v > $1 AND n.v <= $2 RETURN count(*)") + sync());
  s.until_ready();
  auto count = [&](const std::string& low, const std::string& high) {
    s.send(bind("", "count", {low, high}) + execute("", 0) + sync());
    std::string out;
    for (auto& a : s.until_ready())
      if (a.type == 'D') out = a.body.substr(6);
    return out;
  };
  for (int round = 0; round < 2; round++) {
    EXPECT_EQ(count("10", "4990"), "4980");
    EXPECT_EQ(count("10", "12"), "2");
    EXPECT_EQ(count("4999", "9000000"), "1");
    EXPECT_EQ(count("12", "10"), "0");
  }
  EXPECT_EQ(s.rows("EXPLAIN MATCH (n:Ranged) WHERE n.v > 4998 RETURN n.v").find("Label Scan"), std::string::npos);
  EXPECT_NE(s.rows("EXPLAIN MATCH (n:Ranged) WHERE n.v > 4 RETURN n.v").find("Label Scan"), std::string::npos);
  s.run("MATCH (n:Ranged) DELETE n");
}

TEST_F(Portals, FetchCountsOverBuffers) {
  Session s;
  s.run("BEGIN");
  s.run(
      "DECLARE c CURSOR FOR UNWIND range(1, 20000) AS i RETURN i, 'a text that fills the buffer before the limit is "
      "reached'");
  for (size_t n : {5000u, 7000u}) {
    s.send(query("FETCH " + std::to_string(n) + " FROM c"));
    EXPECT_EQ(rows_in(s.until_ready()), n);
  }
  EXPECT_EQ(s.run("MOVE 6000 FROM c"), "C(MOVE 6000) Z(T)");
  s.send(query("FETCH ALL FROM c"));
  EXPECT_EQ(rows_in(s.until_ready()), 2000u);
  s.run("ROLLBACK");
}

TEST_F(Portals, AWaitForAnotherTransactionEndsByTimeoutCancelAndHangup) {
  Session holder, waiter;
  holder.run("CREATE (:Held {v: 0})");
  holder.run("BEGIN");
  EXPECT_EQ(holder.run("MATCH (n:Held) SET n.v = 1"), "C(UPDATE 1) Z(T)");
  waiter.run("SET statement_timeout = '200ms'");
  auto begun = Clock::now();
  EXPECT_EQ(waiter.run("MATCH (n:Held) SET n.v = 2"), "E(57014) Z(I)");
  EXPECT_GE(Clock::now() - begun, std::chrono::milliseconds(190));
  waiter.run("RESET statement_timeout");
  waiter.send(query("MATCH (n:Held) SET n.v = 3"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  waiter.cancel();
  EXPECT_EQ(summary(waiter.until_ready()), "E(57014) Z(I)");
  {
    Session gone;
    gone.send(query("MATCH (n:Held) SET n.v = 4"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(holder.run("COMMIT"), "C(COMMIT) Z(I)");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(holder.rows("MATCH (n:Held) RETURN n.v"), "1 ");
}

TEST_F(Portals, TimeoutsAndCancelsAreOfOneRunOfASuspendedPortal) {
  Session s;
  s.run("SET statement_timeout = '300ms'");
  s.run("BEGIN");
  s.run("DECLARE c CURSOR FOR UNWIND range(1, 100000) AS i RETURN i");
  EXPECT_EQ(s.rows("FETCH 1 FROM c"), "1 ");
  s.cancel();  // nothing runs
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  s.send(query("FETCH 10000 FROM c"));
  EXPECT_EQ(rows_in(s.until_ready()), 10000u);
  s.run("ROLLBACK");
}

TEST_F(Portals, AHeldCursorKeepsWhatItRead) {
  Session s, other;
  s.run("CREATE (:Kept {v: 1})-[:K]->(:Kept {v: 2})");
  s.run("DECLARE h CURSOR WITH HOLD FOR MATCH (n:Kept) RETURN labels(n), n, [n] ORDER BY n.v");
  s.run("DECLARE p CURSOR WITH HOLD FOR MATCH p = (:Kept)-[:K]->() RETURN p");
  other.run("MATCH (n:Kept) SET n.v = 99");
  other.run("MATCH (n:Kept) DETACH DELETE n");
  const std::string rows = s.rows("FETCH ALL FROM h");
  EXPECT_NE(rows.find("\"labels\": [\"Kept\"], \"properties\": {\"v\": 1}}"), std::string::npos) << rows;
  EXPECT_NE(rows.find("\"labels\": [\"Kept\"], \"properties\": {\"v\": 2}}"), std::string::npos) << rows;
  EXPECT_NE(s.rows("FETCH ALL FROM p").find("\"type\": \"K\""), std::string::npos);
}

// A long list is given in pieces. What others add and take away meanwhile, and what the vacuum makes of their changes, is
// none of the cursor's business; nor what its own transaction writes in the middle.
TEST_F(Portals, AHubIsReadInPiecesBesideItsWriters) {
  Session s, other, own;
  s.run("CREATE (h:Hub) WITH h UNWIND range(1, 10000) AS i CREATE (h)-[:SPOKE]->(:Rim {v: i})");
  const std::string read = "FOR MATCH (:Hub)-[:SPOKE]->(r) RETURN r.v";
  for (Session* session : {&s, &own}) {
    session->run("BEGIN");
    session->run("DECLARE c CURSOR " + read);
  }
  auto values = [](const std::string& rows) {
    std::istringstream in(rows);
    return std::vector<int>(std::istream_iterator<int>(in), {});
  };
  std::vector<int> seen = values(s.rows("FETCH 3000 FROM c")), seen_own = values(own.rows("FETCH 3000 FROM c"));
  for (int round = 0; round < 5; ++round) {
    other.run("MATCH (:Hub)-[k:SPOKE]->(r) WHERE r.v % 7 = " + std::to_string(round) + " DELETE k");
    other.run("MATCH (h:Hub) UNWIND range(20001, 24000) AS i CREATE (h)-[:SPOKE]->(:Rim {v: i})");
    for (int v : values(s.rows("FETCH 1500 FROM c"))) seen.push_back(v);
  }
  EXPECT_EQ(own.run("MATCH (h:Hub) CREATE (h)-[:SPOKE]->(:Rim {v: 0})"), "C(INSERT 0 2) Z(T)");
  for (int v : values(own.rows("FETCH ALL FROM c"))) seen_own.push_back(v);
  own.run("ROLLBACK");
  s.run("COMMIT");
  std::vector<int> expected(10000);
  std::iota(expected.begin(), expected.end(), 1);
  for (auto* all : {&seen, &seen_own}) {
    std::ranges::sort(*all);
    EXPECT_EQ(*all, expected);
  }
}

TEST_F(Portals, AnOpenPortalDoesNotSeeWhatItsTransactionWritesLater) {
  Session s;
  s.run("UNWIND range(1, 5000) AS i CREATE (:Lazy {v: i})");
  s.run("BEGIN");
  s.run("DECLARE untouched CURSOR FOR MATCH (n:Lazy) RETURN sum(n.v)");
  s.run("DECLARE begun CURSOR FOR MATCH (n:Lazy) RETURN n.v ORDER BY n.v");
  s.run("DECLARE entities CURSOR FOR MATCH (n:Lazy) WHERE n.v <= 2 RETURN n");
  s.run("DECLARE fails CURSOR FOR MATCH (n:Lazy) RETURN 10 / (3 - n.v) AS x");
  EXPECT_EQ(s.rows("FETCH 2 FROM begun"), "1 2 ");
  s.send(parse("", "MATCH (n:Lazy) RETURN n.v") + bind("p", "") + execute("p", 10));
  s.send(parse("", "MATCH (n:Lazy) SET n.v = n.v + 100000") + bind("", "") + execute("") + execute("p", 4000) +
         execute("p", 0) + sync());
  std::string seen;
  size_t rows = 0, changed = 0;
  for (auto& a : s.until_ready()) {
    if (a.type == 'C') seen += a.body.substr(0, a.body.find('\0')) + ", ";
    if (a.type != 'D') continue;
    rows++;
    changed += a.body.size() > 2 + 4 + 4;  // a number of more than four digits
  }
  EXPECT_EQ(seen, "UPDATE 5000, SELECT 5000, ");
  EXPECT_EQ(rows, 5000u);
  EXPECT_EQ(changed, 0u);
  EXPECT_EQ(s.rows("FETCH 2 FROM begun"), "3 4 ");
  s.send(query("COPY \"Lazy\" (v) FROM STDIN"));
  s.send(message('d', "7777777\n") + message('c', ""));
  EXPECT_NE(summary(s.until_ready()).find("C(COPY 1)"), std::string::npos);
  EXPECT_EQ(s.run("MATCH (n:Lazy) DELETE n"), "C(DELETE 5001) Z(T)");
  EXPECT_EQ(s.rows("FETCH ALL FROM untouched"), "12502500 ");
  const std::string entities = s.rows("FETCH ALL FROM entities");
  EXPECT_NE(entities.find("{\"v\": 2}"), std::string::npos) << entities;
  EXPECT_EQ(s.rows("MOVE 4995 FROM begun"), "");
  EXPECT_EQ(s.rows("FETCH ALL FROM begun"), "5000 ");
  EXPECT_EQ(s.rows("FETCH 2 FROM fails"), "22012 ");
  s.run("ROLLBACK");
  EXPECT_EQ(s.rows("MATCH (n:Lazy) RETURN sum(n.v)"), "12502500 ");
}

// Chunks of nodes that get the label while it is scanned come before those that are being read.
TEST_F(Portals, AScanReadsNoChunkTwiceWhenOldNodesGetItsLabel) {
  Session reader, writer;
  writer.run("UNWIND range(1, 9000) AS i CREATE (:Early {i: i})");
  writer.run("UNWIND range(1, 9000) AS i CREATE (:Late {i: i})");
  reader.run("BEGIN");
  reader.run("DECLARE late CURSOR FOR MATCH (n:Late) RETURN n.i");
  size_t rows = 0;
  for (int early = 1; early < 9000; early += 2048) {
    reader.send(query("FETCH 1500 FROM late"));
    rows += rows_in(reader.until_ready());
    writer.run("MATCH (n:Early {i: " + std::to_string(early) + "}) SET n:Late");
  }
  reader.send(query("FETCH ALL FROM late"));
  rows += rows_in(reader.until_ready());
  EXPECT_EQ(rows, 9000u);
  reader.run("COMMIT");
  EXPECT_EQ(reader.rows("MATCH (n:Late) RETURN count(*)"), "9005 ");
}

// A type that comes into being meanwhile is another list of the node's, but no reason to read one again.
TEST_F(Portals, AnExpansionReadsNoListTwiceWhenOneOfItsTypesIsNew) {
  Session reader, writer;
  writer.run("CREATE (h:Hub) WITH h UNWIND range(1, 5000) AS i CREATE (h)-[:LATER]->(:Spoke {i: i})");
  reader.run("BEGIN");
  reader.run("DECLARE spokes CURSOR FOR MATCH (h:Hub)-[:SOONER|LATER]->(s) RETURN s.i");
  reader.send(query("FETCH 3000 FROM spokes"));
  size_t rows = rows_in(reader.until_ready());
  writer.run("CREATE (:Hub)-[:SOONER]->(:Spoke)");
  reader.send(query("FETCH ALL FROM spokes"));
  rows += rows_in(reader.until_ready());
  EXPECT_EQ(rows, 5000u);
  reader.run("COMMIT");
}

// The plan takes each node for a group of its own, since no two share a key. Once they may, it is made again.
TEST_F(Portals, ABoundPortalDoesNotGroupByWhatIsNoKeyAnyMore) {
  Session s, other;
  other.run("CREATE CONSTRAINT keyed_id FOR (n:Keyed) REQUIRE n.id IS UNIQUE");
  other.run("UNWIND range(1, 3000) AS i CREATE (:Keyed {id: i})-[:OF]->(:Part)");
  const std::string groups = "MATCH (n:Keyed)-[:OF]->(p) WITH n.id AS id, count(p) AS parts RETURN count(*), sum(parts)";
  ASSERT_EQ(s.rows(groups), "3000 3000 ");
  s.send(parse("", groups) + bind("", "") + message('H', ""));
  std::string bound;  // ParseComplete and BindComplete
  while (bound.size() < 10) bound += s.receive();
  ASSERT_EQ(bound[5], '2');
  other.run("DROP CONSTRAINT keyed_id");
  other.run("UNWIND range(1, 10) AS i CREATE (:Keyed {id: i})-[:OF]->(:Part)");
  s.send(execute("", 0) + sync());
  std::string row;
  for (auto& a : s.until_ready())
    if (a.type == 'D') row = a.body;
  EXPECT_NE(row.find("3000"), std::string::npos) << row;
}

TEST_F(Portals, AReadAheadThatIsStoppedKeepsTheRowsThatItHas) {
  Session s;
  s.run("BEGIN");
  s.run("DECLARE c CURSOR FOR UNWIND range(1, 100000) AS i RETURN i, CASE WHEN i = 50000 THEN pg_sleep(60) END");
  EXPECT_EQ(s.rows("FETCH 1 FROM c"), "1 null ");
  s.run("SAVEPOINT a");
  s.run("SET statement_timeout = '200ms'");
  EXPECT_EQ(s.rows("CREATE (:Stopped)"), "57014 ");
  s.run("ROLLBACK TO a");
  EXPECT_EQ(s.rows("FETCH 2 FROM c"), "2 null 3 null ");
  s.send(query("FETCH ALL FROM c"));
  const auto rest = s.until_ready();
  EXPECT_GT(rows_in(rest), 2048u);
  EXPECT_NE(summary(rest).find("E(55000)"), std::string::npos);
  s.run("ROLLBACK");
}

TEST_F(Portals, AFetchThatFailedEndsItsCursorOnly) {
  Session s;
  s.run("BEGIN");
  s.run("DECLARE c CURSOR FOR UNWIND range(1, 100000) AS i RETURN i");
  s.run("DECLARE sleeps CURSOR FOR UNWIND range(1, 100000) AS i RETURN CASE WHEN i = 50000 THEN pg_sleep(60) END");
  s.run("SAVEPOINT a");
  s.run("SET statement_timeout = '200ms'");
  s.send(query("FETCH ALL FROM sleeps"));
  EXPECT_NE(summary(s.until_ready()).find("E(57014)"), std::string::npos);
  s.run("ROLLBACK TO a");
  EXPECT_EQ(s.rows("FETCH 2 FROM sleeps"), "55000 ");
  s.run("ROLLBACK TO a");
  EXPECT_EQ(s.rows("FETCH 2 FROM c"), "1 2 ");
  s.run("ROLLBACK");
}

TEST_F(Portals, AWriteIsDoneAsAWholeHoweverFewRowsAreAskedFor) {
  Session s;
  s.run("BEGIN");
  s.send(parse("", "UNWIND range(1, 5000) AS i CREATE (n:Whole {v: i}) RETURN n.v") + bind("w", "") + execute("w", 3) +
         sync());
  EXPECT_EQ(rows_in(s.until_ready()), 3u);
  EXPECT_EQ(s.rows("MATCH (n:Whole) RETURN count(*)"), "5000 ");
  s.send(execute("w", 0) + sync());
  EXPECT_EQ(rows_in(s.until_ready()), 4997u);
  s.run("ROLLBACK");
}

TEST_F(Portals, ASavepointTakesBackItsCursorsAndSettingsOnly) {
  Session s;
  s.run("SET application_name = 'before'");
  s.run("BEGIN");
  s.run("SET application_name = 'outer'");
  s.run("DECLARE outer_cursor CURSOR FOR UNWIND range(1, 9) AS i RETURN i");
  s.run("SAVEPOINT a");
  s.run("SET application_name = 'inner'");
  s.run("DECLARE inner_cursor CURSOR FOR UNWIND range(1, 9) AS i RETURN i");
  s.run("SAVEPOINT b");
  s.run("DECLARE released_cursor CURSOR FOR UNWIND range(1, 9) AS i RETURN i");
  s.run("RELEASE b");
  EXPECT_EQ(s.rows("FETCH 1 FROM released_cursor"), "1 ");
  EXPECT_EQ(s.rows("RETURN 1 / 0"), "22012 ");
  EXPECT_EQ(s.run("ROLLBACK TO a"), "C(ROLLBACK) S Z(T)");
  EXPECT_EQ(s.rows("SHOW application_name"), "outer ");
  EXPECT_EQ(s.rows("FETCH 2 FROM outer_cursor"), "1 2 ");
  EXPECT_EQ(s.rows("FETCH 1 FROM released_cursor"), "34000 ");
  s.run("ROLLBACK TO a");
  EXPECT_EQ(s.rows("FETCH 1 FROM inner_cursor"), "34000 ");
  s.run("ROLLBACK");
  EXPECT_EQ(s.rows("SHOW application_name"), "before ");
}

TEST_F(Portals, BlocksChainAndSayTheirIsolation) {
  Session s;
  EXPECT_EQ(s.run("COMMIT AND CHAIN"), "E(25P01) Z(I)");
  s.run("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY");
  EXPECT_EQ(s.rows("SHOW transaction_isolation"), "serializable ");
  EXPECT_EQ(s.run("COMMIT AND CHAIN"), "C(COMMIT) Z(T)");
  EXPECT_EQ(s.rows("SHOW transaction_isolation"), "serializable ");
  EXPECT_EQ(s.run("CREATE (:Chained)"), "E(25006) Z(E)");
  EXPECT_EQ(s.run("ROLLBACK AND CHAIN"), "C(ROLLBACK) Z(T)");
  EXPECT_EQ(s.run("COMMIT"), "C(COMMIT) Z(I)");
  EXPECT_EQ(s.rows("SHOW transaction_isolation"), "repeatable read ");
  s.run("BEGIN");
  s.run("CREATE (:Chained)");
  EXPECT_EQ(s.run("COMMIT AND CHAIN"), "C(COMMIT) Z(T)");
  s.run("CREATE (:Chained)");
  EXPECT_EQ(s.run("ROLLBACK"), "C(ROLLBACK) Z(I)");
  EXPECT_EQ(s.rows("MATCH (n:Chained) RETURN count(n)"), "1 ");
  s.run("BEGIN; SET transaction_read_only = on");
  EXPECT_EQ(s.run("CREATE (:Chained)"), "E(25006) Z(E)");
  EXPECT_EQ(s.run("ROLLBACK"), "C(ROLLBACK) Z(I)");
}

TEST_F(Portals, ColumnsAndParametersHaveTheProtocolsLimits) {
  Session s;
  auto columns = [](int n) {
    std::string text = "RETURN 0 AS c0";
    for (int i = 1; i < n; i++) text += ", " + std::to_string(i) + " AS c" + std::to_string(i);
    return text;
  };
  EXPECT_EQ(s.run(columns(1664)), "T D C(SELECT 1) Z(I)");
  EXPECT_EQ(s.run(columns(1665)), "E(54011) Z(I)");
  EXPECT_EQ(s.run(columns(70'000)), "E(54011) Z(I)");
  std::string list = "RETURN size([$1";
  for (int i = 2; i <= 40'000; i++) list += ",$" + std::to_string(i);
  s.send(parse("", list + "])") + test::bind("", "", std::vector<std::string>(40'000, "1")) + execute("") + sync());
  EXPECT_EQ(summary(s.until_ready()), "1 2 D C(SELECT 1) Z(I)");
}

TEST_F(Portals, DefinitionsThatWaitHoldNobodyUp) {
  Session reader;
  reader.run("BEGIN");
  reader.run("MATCH (n) RETURN count(n)");
  std::vector<std::unique_ptr<Session>> waiting;
  for (int i = 0; i < 8; i++) {
    auto& s = *waiting.emplace_back(std::make_unique<Session>());
    s.run("SET statement_timeout = '1s'");
    s.send(query("CREATE INDEX w" + std::to_string(i) + " FOR (n:Waits) ON (n.k" + std::to_string(i) + ")"));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  Session other;
  other.run("SET statement_timeout = '20s'");
  EXPECT_EQ(other.rows("UNWIND range(1, 2000000) AS i RETURN count(i)"), "2000000 ");  // by the workers
  for (auto& s : waiting) EXPECT_EQ(summary(s->until_ready()), "E(57014) Z(I)");
  reader.run("COMMIT");
  EXPECT_EQ(other.run("CREATE INDEX w FOR (n:Waits) ON (n.k)"), "C(CREATE INDEX) Z(I)");
}

TEST_F(Portals, DefinitionsStandAlone) {
  Session s;
  EXPECT_EQ(s.run("CREATE (:Alone {k: 1}); CREATE INDEX alone FOR (n:Alone) ON (n.k)"), "C(INSERT 0 1) E(25001) Z(I)");
  EXPECT_EQ(s.rows("MATCH (n:Alone) RETURN count(n)"), "0 ");
  EXPECT_EQ(s.run("CREATE INDEX alone FOR (n:Alone) ON (n.k); CREATE (:Alone {k: 1}); MATCH (n:Alone {k: 1}) RETURN n.k"),
            "C(CREATE INDEX) C(INSERT 0 1) T D C(SELECT 1) Z(I)");
  s.run("SET default_transaction_read_only = on");
  EXPECT_EQ(s.run("DROP INDEX alone"), "E(25006) Z(I)");
}

TEST_F(Portals, ManyNotificationsInOneTransaction) {
  Session s;
  s.run("SET statement_timeout = '20s'");
  EXPECT_EQ(s.run("UNWIND range(1, 300000) AS i WITH pg_notify('c', toString(i % 200000)) AS n RETURN count(*)"),
            "T D C(SELECT 1) Z(I)");
}

}  // namespace
}  // namespace elegraph::pgwire::test
