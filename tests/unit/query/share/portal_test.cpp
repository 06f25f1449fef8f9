// SPDX-License-Identifier: Apache-2.0
// Statements that share, driven by hand: each run() is a turn of the event loop.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "query/engine.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

class Collect : public RowSink {
 public:
  uint32_t rows(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from, uint32_t to) override {
    for (uint32_t i = from; i < to; i++) {
      const Value v = batch.column(slots[0]).value(batch.row(i));
      all.push_back(v.type() == Type::kString ? std::string(v.as_string()) : std::to_string(v.as_int()));
    }
    return to;
  }
  void copy_data(std::string_view) override {}
  bool full() const override { return false; }
  std::vector<std::string> all;
};

// One client.
struct Client {
  explicit Client(Engine& e) : engine(e), session(engine.connect("elegraph", "tester")) {}

  Progress start(std::string_view text) {
    engine.arena().run_inside([&] { portal = &session->simple(text); });
    sink = {};
    return turn();
  }
  Progress turn() {
    engine.arena().run_inside([this] { run_once(); });
    return progress;
  }
  // All the turns that it takes.
  Progress step() {
    do turn();
    while (progress == Progress::kTurn);
    return progress;
  }
  void run_once() {
    try {
      progress = portal->run(sink, 0, in_task);
      if (progress == Progress::kYield) in_task = true;
      if (progress == Progress::kJoined) portal->resume_when([this] { woken = true; });
    } catch (const Error& e) {
      error = e.sqlstate;
      session->failed();
      progress = Progress::kDone;
      return;
    }
    if (progress == Progress::kDone) {
      tag = portal->tag();
      session->end_implicit([](std::exception_ptr) {});
      in_task = false;
    }
  }
  // To the end, alone.
  std::vector<std::string> run(std::string_view text) {
    for (Progress p = start(text); p != Progress::kDone;) p = step();
    return sink.all;
  }

  Engine& engine;
  std::unique_ptr<Session> session;
  Portal* portal = nullptr;
  Collect sink;
  Progress progress = Progress::kDone;
  bool in_task = false;
  bool woken = false;
  std::string error, tag;
};

class Sharing : public testing::Test {
 protected:
  explicit Sharing(int64_t inline_budget = EngineOptions().inline_budget) : engine(Engine::open(options(inline_budget))) {
    a.run("UNWIND range(1, 20000) AS i CREATE (:P {id: i, age: i % 100})");
    // Which thread saw which session last decides whether a lone statement looks around.
    b.run("MATCH (p:P) RETURN count(*)");
    before = engine->shared_statements();
  }
  uint64_t shared() const { return engine->shared_statements() - before; }

  static constexpr auto kCount = "MATCH (p:P) WHERE p.age >= 50 RETURN count(*)";
  static EngineOptions options(int64_t inline_budget) {
    EngineOptions o;
    o.inline_budget = inline_budget;
    o.workers = 2, o.io_threads = 2;
    o.inline_time = std::chrono::minutes(1);  // no statement here is long, however slow the machine
    return o;
  }
  std::unique_ptr<Engine> engine;
  Client a{*engine}, b{*engine}, c{*engine};
  uint64_t before = 0;
};

using Texts = std::vector<std::string>;

TEST_F(Sharing, EqualStatementsRunOnce) {
  EXPECT_EQ(a.start(kCount), Progress::kTurn);
  EXPECT_EQ(b.start(kCount), Progress::kTurn);
  EXPECT_EQ(a.step(), Progress::kDone);
  EXPECT_EQ(shared(), 1u);
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(a.sink.all, Texts{"10000"});
  EXPECT_EQ(b.sink.all, Texts{"10000"});
  EXPECT_EQ(b.tag, "SELECT 1");
}

TEST_F(Sharing, DifferentConstantsRunInOnePass) {
  EXPECT_EQ(a.start(kCount), Progress::kTurn);
  EXPECT_EQ(b.start("MATCH (p:P) WHERE p.age >= 90 RETURN count(*)"), Progress::kTurn);
  EXPECT_EQ(c.start("MATCH (p:P) WHERE p.age >= 99 RETURN count(*)"), Progress::kTurn);
  EXPECT_EQ(c.step(), Progress::kDone);
  EXPECT_EQ(shared(), 2u);
  EXPECT_EQ(a.step(), Progress::kDone);
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(a.sink.all, Texts{"10000"});
  EXPECT_EQ(b.sink.all, Texts{"2000"});
  EXPECT_EQ(c.sink.all, Texts{"200"});
}

TEST_F(Sharing, DifferentStatementsDoNotWaitForEachOther) {
  EXPECT_EQ(a.start(kCount), Progress::kTurn);
  EXPECT_EQ(b.start("MATCH (p:P) WHERE p.age >= 50 RETURN p.age, count(*) ORDER BY p.age LIMIT 1"), Progress::kTurn);
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(a.step(), Progress::kDone);
  EXPECT_EQ(shared(), 0u);
  EXPECT_EQ(b.sink.all, Texts{"50"});
}

TEST_F(Sharing, EverybodySeesWhatWasCommittedBeforeTheyCame) {
  a.start(kCount);
  c.run("CREATE (:P {age: 77})");
  b.start(kCount);
  a.step(), b.step();
  EXPECT_EQ(shared(), 1u);
  EXPECT_EQ(a.sink.all, Texts{"10001"});
  EXPECT_EQ(b.sink.all, Texts{"10001"});
}

TEST_F(Sharing, RowsStayThoseOfTheirSnapshot) {
  const char* text = "MATCH (p:P) WHERE p.age = 99 RETURN toString(p.age) + ' ' + toString(p.id) ORDER BY p.id LIMIT 2";
  a.start(text), b.start(text);
  a.step();
  c.run("MATCH (p:P) DETACH DELETE p");
  b.step();
  EXPECT_EQ(b.sink.all, a.sink.all);
  EXPECT_EQ(b.sink.all, (Texts{"99 99", "99 199"}));
}

TEST_F(Sharing, ACancelledLeaderLeavesTheWorkToOthers) {
  a.start(kCount), b.start(kCount), c.start(kCount);
  a.session->cancel();
  EXPECT_EQ(b.progress, Progress::kTurn);
  a.step();
  EXPECT_EQ(a.error, "57014");
  // The others meet again.
  EXPECT_EQ(b.turn(), Progress::kTurn);
  EXPECT_EQ(c.turn(), Progress::kTurn);
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(c.step(), Progress::kDone);
  EXPECT_EQ(shared(), 1u);
  EXPECT_EQ(b.sink.all, Texts{"10000"});
  EXPECT_EQ(c.sink.all, Texts{"10000"});
}

TEST_F(Sharing, ErrorsAreEverybodysOwn) {
  const char* text = "MATCH (p:P) WHERE p.age >= 0 RETURN sum(100 / (p.age - 50))";
  a.start(text), b.start(text);
  a.step();
  EXPECT_EQ(a.error, "22012");
  EXPECT_EQ(b.error, "");
  b.step();
  EXPECT_EQ(b.error, "22012");
  EXPECT_EQ(shared(), 0u);
}

TEST_F(Sharing, OneConstantsErrorIsNotTheOthers) {
  auto text = [](const char* age) {
    return "MATCH (p:P) WHERE p.age > " + std::string(age) + " RETURN sum(100 / (p.age - 50))";
  };
  a.start(text("49")), b.start(text("50"));
  a.step();
  EXPECT_EQ(a.error, "22012");
  b.step();
  EXPECT_EQ(b.error, "");
  EXPECT_EQ(b.sink.all.size(), 1u);
}

TEST_F(Sharing, LongResultsAreNotKept) {
  const char* text = "MATCH (p:P) WHERE p.age >= 0 RETURN p.id";
  a.start(text), b.start(text);
  while (a.progress != Progress::kDone) a.step();
  while (b.progress != Progress::kDone) b.step();
  EXPECT_EQ(shared(), 0u);
  EXPECT_EQ(a.sink.all.size(), 20000u);
  EXPECT_EQ(b.sink.all, a.sink.all);
}

TEST_F(Sharing, NotInTransactionsNorWhenItIsOff) {
  a.run("BEGIN");
  EXPECT_EQ(a.start(kCount), Progress::kDone);
  a.run("COMMIT");
  b.run("SET graph.share_work = off");
  EXPECT_EQ(b.start(kCount), Progress::kDone);
  EXPECT_EQ(c.start("MATCH (p:P) WHERE p.age >= 50 RETURN count(*), rand() < 2"), Progress::kDone);
}

TEST_F(Sharing, TurnsThatBringNobodyAreTheLast) {
  a.start(kCount);
  b.start(kCount);
  EXPECT_EQ(a.turn(), Progress::kTurn);  // b has come
  EXPECT_EQ(a.turn(), Progress::kDone);
  EXPECT_EQ(b.step(), Progress::kDone);
}

TEST_F(Sharing, ComersDoNotDelayForLong) {
  a.start(kCount);
  constexpr int kTurns = 16;
  for (int i = 0; i < kTurns; i++) {
    Client more(*engine);  // and goes away again before it is served
    more.start(kCount);
    EXPECT_EQ(a.turn(), i < kTurns - 1 ? Progress::kTurn : Progress::kDone) << i;
  }
  EXPECT_EQ(a.sink.all, Texts{"10000"});
}

TEST_F(Sharing, ALoneSessionLooksForNobody) {
  EXPECT_EQ(a.start(kCount), Progress::kTurn);
  EXPECT_EQ(a.step(), Progress::kDone);
  EXPECT_EQ(a.start(kCount), Progress::kDone);
}

TEST_F(Sharing, ExplainAnalyzeSaysWhatWasShared) {
  b.run(kCount);
  a.start(kCount), b.start(kCount);
  EXPECT_EQ(c.start("EXPLAIN ANALYZE " + std::string(kCount)), Progress::kTurn);
  EXPECT_EQ(a.step(), Progress::kJoined);
  EXPECT_EQ(c.step(), Progress::kDone);
  EXPECT_TRUE(a.woken);
  EXPECT_EQ(a.step(), Progress::kDone);
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(a.sink.all, Texts{"10000"});
  EXPECT_EQ(
      std::count(c.sink.all.begin(), c.sink.all.end(), "Shared Work: one run for 3 statements with one set of parameters"),
      1);
  auto alone = c.run("EXPLAIN ANALYZE " + std::string(kCount));
  EXPECT_EQ(std::count(alone.begin(), alone.end(), "Shared Work: none"), 1);
}

// Statements that run in tasks: one of them has its task close the gathering, the others wait.
struct SharingOfLongOnes : Sharing {
  SharingOfLongOnes() : Sharing(1000) {}
};

TEST_F(SharingOfLongOnes, OneTaskRunsForAll) {
  EXPECT_EQ(a.start(kCount), Progress::kYield);
  EXPECT_EQ(b.start(kCount), Progress::kJoined);
  EXPECT_EQ(c.start("MATCH (p:P) WHERE p.age >= 90 RETURN count(*)"), Progress::kJoined);
  EXPECT_FALSE(b.woken);
  EXPECT_EQ(a.step(), Progress::kDone);
  EXPECT_TRUE(b.woken);
  EXPECT_TRUE(c.woken);
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(c.step(), Progress::kDone);
  EXPECT_EQ(shared(), 2u);
  EXPECT_EQ(a.sink.all, Texts{"10000"});
  EXPECT_EQ(b.sink.all, Texts{"10000"});
  EXPECT_EQ(c.sink.all, Texts{"2000"});
}

TEST_F(SharingOfLongOnes, OthersOfTheGatheringRunByThemselves) {
  EXPECT_EQ(a.start(kCount), Progress::kYield);
  EXPECT_EQ(b.start("MATCH (p:P) RETURN p.age, count(*) ORDER BY p.age LIMIT 1"), Progress::kJoined);
  EXPECT_EQ(a.step(), Progress::kDone);
  EXPECT_TRUE(b.woken);
  EXPECT_EQ(b.step(), Progress::kYield);  // to a task of its own
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(b.sink.all, Texts{"0"});
}

TEST_F(SharingOfLongOnes, WhoWasToCloseTheGatheringDoesSoWhenItGoes) {
  auto leaver = std::make_unique<Client>(*engine);
  EXPECT_EQ(leaver->start(kCount), Progress::kYield);
  EXPECT_EQ(b.start(kCount), Progress::kJoined);
  leaver.reset();
  EXPECT_TRUE(b.woken);
  while (b.progress != Progress::kDone) b.step();
  EXPECT_EQ(b.sink.all, Texts{"10000"});
  EXPECT_EQ(c.start(kCount), Progress::kYield);  // and the next gathering has its closer
  EXPECT_EQ(c.step(), Progress::kDone);
}

// Some tenths of a second.
constexpr auto kSlow = "MATCH (p:P), (q:P) WHERE p.id <= 3000 AND (p.id * q.id) % 7 = 3 RETURN count(*)";

TEST_F(SharingOfLongOnes, WhoComesWhileAnEqualOneRunsWaitsForItsRows) {
  EXPECT_EQ(a.start(kSlow), Progress::kYield);
  std::thread runs([&] { a.step(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(b.start(kSlow), Progress::kJoined);
  runs.join();
  EXPECT_TRUE(b.woken);
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(shared(), 1u);
  EXPECT_EQ(b.sink.all, a.sink.all);
}

TEST_F(SharingOfLongOnes, WhoComesAfterACommitDoesNot) {
  EXPECT_EQ(a.start(kSlow), Progress::kYield);
  std::thread runs([&] { a.step(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  c.run("CREATE (:P {id: 1, age: 0})");
  EXPECT_EQ(b.start(kSlow), Progress::kYield);
  runs.join();
  EXPECT_EQ(b.step(), Progress::kDone);
  EXPECT_EQ(shared(), 0u);
  EXPECT_GT(std::stoll(b.sink.all[0]), std::stoll(a.sink.all[0]));
}

TEST_F(SharingOfLongOnes, ACancelledCloserLeavesTheWorkToOthers) {
  a.start(kCount), b.start(kCount);
  a.session->cancel();
  a.step();
  EXPECT_EQ(a.error, "57014");
  EXPECT_TRUE(b.woken);
  while (b.progress != Progress::kDone) b.step();
  EXPECT_EQ(b.sink.all, Texts{"10000"});
}

// With a budget of fewer rows than there are nodes.
class ShortBudget : public Sharing {
 protected:
  ShortBudget() : Sharing(10'000) {}
};

TEST_F(ShortBudget, StatementsThatALimitEndsEarlyBeginOnTheirThread) {
  EXPECT_EQ(a.start("MATCH (p:P) RETURN toString(p.id)"), Progress::kYield);
  for (const char* text :
       {"MATCH (p:P) RETURN toString(p.id) LIMIT 1", "MATCH (p:P) WITH p LIMIT 1 RETURN toString(p.id)",
        "MATCH (p:P) RETURN toString(p.id) SKIP 2 LIMIT 1", "MATCH (p:P) UNWIND [1, 2] AS i RETURN 'x' LIMIT 1"})
    EXPECT_EQ(b.start(text), Progress::kDone) << text;
  for (const char* text :
       {"MATCH (p:P) RETURN toString(p.id) SKIP 15000 LIMIT 1", "MATCH (p:P) RETURN toString(p.id) LIMIT 15000",
        "MATCH (p:P) RETURN toString(p.id) AS i ORDER BY i LIMIT 1",
        "MATCH (p:P) WITH count(*) AS c RETURN toString(c) LIMIT 1"}) {
    EXPECT_NE(c.start(text), Progress::kDone) << text;
    while (c.progress != Progress::kDone) c.step();
  }
  while (a.progress != Progress::kDone) a.step();
}

}  // namespace
}  // namespace elegraph::query
