// SPDX-License-Identifier: Apache-2.0
// The conversation without a network: messages in, answers out, with the steps that a connection would take done
// on the spot.
#include "pgwire/backend.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstring>
#include <mutex>

#include "tests/unit/pgwire/fake_engine.h"
#include "tests/unit/pgwire/messages.h"

namespace elegraph::pgwire {
namespace {

using namespace test;

class Conversation : private Waker {
 public:
  Conversation() : backend_(session, out_, counters, *this) {}

  // All answers to these bytes, as summary() has them.
  std::string talk(std::string bytes) { return summary(answers(std::move(bytes))); }

  std::vector<Answer> answers(std::string bytes) {
    auto room = input_.room();
    for (size_t at = 0; at < bytes.size(); room = input_.room()) {
      size_t n = std::min(room.size, bytes.size() - at);
      std::memcpy(room.data, bytes.data() + at, n);
      input_.filled(n);
      at += n;
      while (auto message = input_.next()) finish(backend_.handle(*message));
    }
    std::string taken = written_ + std::exchange(out_, "");
    written_.clear();
    return take_answers(taken);
  }

  bool output_is_due() const { return backend_.output_is_due(); }

  fake::FakeSession session;
  ThreadCounters counters;
  bool closed = false;
  std::string steps;  // one letter each

 private:
  void finish(Step step) {
    for (; step != Step::kNext; step = backend_.resume()) {
      steps += "nwtaxuc"[int(step)];
      if (step == Step::kClose) return void(closed = true);
      if (step != Step::kWait && step != Step::kTurn) written_ += std::exchange(out_, "");
      if (step == Step::kTask) backend_.run_in_task();
      if (step == Step::kWait || step == Step::kWriteWait) await();
    }
  }
  void await() {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [this] { return std::exchange(awake_, false); });
  }
  void wake() override {
    std::lock_guard lock(mutex_);
    awake_ = true;
    woken_.notify_one();
  }

  std::string out_, written_;
  InputBuffer input_;
  Backend backend_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool awake_ = false;
};

TEST(Backend, SimpleQueries) {
  Conversation c;
  EXPECT_EQ(c.talk(query("one")), "T D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.talk(query("one; rows 2;")), "T D C(SELECT 1) T D D C(SELECT 2) Z(I)");
  EXPECT_EQ(c.talk(query("")), "I Z(I)");
  EXPECT_EQ(c.talk(query(";;")), "I Z(I)");
  EXPECT_EQ(c.talk(query("one; fail; one")), "T D C(SELECT 1) E(42601) Z(I)");
  EXPECT_EQ(c.talk(query("throw")), "E(XX000) Z(I)");
  EXPECT_EQ(c.talk(query("notice")), "N C(NOTICE) Z(I)");
  EXPECT_EQ(c.talk(query("set a b")), "C(SET) S Z(I)");
  EXPECT_EQ(c.counters.statements.get(), 8u);
}

TEST(Backend, ErrorPositionsCountCharactersOfTheWholeText) {
  Conversation c;
  auto answers = c.answers(query("rows 1; fail"));
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_EQ(field(answers[3], 'P'), "13");  // byte 5 of a piece that starts at byte 7
  EXPECT_EQ(field(answers[3], 'H'), "Do not.");
  EXPECT_EQ(field(answers[3], 'S'), "ERROR");
  EXPECT_EQ(field(answers[3], 'V'), "ERROR");
  auto parsed = c.answers(parse("", "syntax \u00e9\u00e9 x") + sync());
  EXPECT_EQ(field(parsed[0], 'P'), "11");
}

TEST(Backend, ExtendedQueries) {
  Conversation c;
  EXPECT_EQ(c.talk(parse("s", "one") + describe('S', "s") + sync()), "1 t T Z(I)");
  EXPECT_EQ(c.talk(bind("", "s") + describe('P', "") + execute("") + sync()), "2 T D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.talk(parse("", "echo") + bind("", "", {"hi"}) + execute("") + sync()), "1 2 D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.talk(parse("", "") + bind("", "") + describe('P', "") + execute("") + sync()), "1 2 n I Z(I)");
  EXPECT_EQ(c.talk(close('S', "s") + close('P', "none") + sync()), "3 3 Z(I)");
  EXPECT_EQ(c.talk(bind("", "s") + sync()), "E(26000) Z(I)");
}

TEST(Backend, AnErrorSkipsToSync) {
  Conversation c;
  EXPECT_EQ(
      c.talk(parse("", "fail") + bind("", "") + execute("") + parse("", "one") + query("one") + sync() + query("one")),
      "1 2 E(42601) Z(I) T D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.talk(query("begin") + parse("", "fail") + bind("", "") + execute("") + sync()),
            "C(BEGIN) Z(T) 1 2 E(42601) Z(E)");
  EXPECT_EQ(c.talk(query("one")), "E(25P02) Z(E)");
  EXPECT_EQ(c.talk(query("commit")), "C(COMMIT) Z(I)");
}

TEST(Backend, PipelinesRun) {
  Conversation c;
  std::string one = bind("", "s") + execute("");
  EXPECT_EQ(c.talk(parse("s", "one") + one + one + one + sync() + one + sync()),
            "1 2 D C(SELECT 1) 2 D C(SELECT 1) 2 D C(SELECT 1) Z(I) 2 D C(SELECT 1) Z(I)");
}

TEST(Backend, AnswersWithinAPipelineAreDueWhenTheClientAsksForThem) {
  Conversation c;
  auto due_after = [&](const std::string& bytes) { return c.talk(bytes), c.output_is_due(); };
  std::string one = bind("", "s") + execute("");
  EXPECT_FALSE(due_after(parse("s", "one") + describe('S', "s") + one + close('S', "t")));
  EXPECT_TRUE(due_after(one + message('H')));
  EXPECT_FALSE(due_after(one));
  EXPECT_TRUE(due_after(sync()));
  EXPECT_TRUE(due_after(bind("", "nope") + execute("")));
  EXPECT_TRUE(due_after(sync()));
  EXPECT_TRUE(due_after(query("one")));
  EXPECT_TRUE(due_after(parse("", "copyin") + bind("", "") + execute("")));
}

TEST(Backend, RowLimitsSuspendPortals) {
  Conversation c;
  EXPECT_EQ(c.talk(query("begin") + parse("", "rows 5") + bind("p", "") + execute("p", 2) + execute("p", 2) +
                   execute("p", 2) + sync()),
            "C(BEGIN) Z(T) 1 2 D D s D D s D C(SELECT 5) Z(T)");
}

TEST(Backend, BinaryResults) {
  Conversation c;
  auto answers = c.answers(parse("", "one") + bind("", "", {}, 1) + execute("") + sync());
  EXPECT_EQ(answers[2].body, int16(1) + int32(8) + int32(0) + int32(1));
}

TEST(Backend, LongStatementsMoveToTheArena) {
  Conversation c;
  EXPECT_EQ(c.talk(query("yield 2")), "T D D C(SELECT 2) Z(I)");
  EXPECT_EQ(c.steps, "t");
  c.steps.clear();
  EXPECT_EQ(c.answers(query("yield 100000")).size(), 100'003u);
  EXPECT_EQ(c.steps.substr(0, 4), "twtw");  // write, then on in a task
}

TEST(Backend, BigResultsAreWrittenInParts) {
  Conversation c;
  EXPECT_EQ(c.answers(query("rows 100000; rows 3")).size(), 100'008u);
  EXPECT_EQ(c.steps.substr(0, 3), "www");
}

TEST(Backend, WaitsForOtherTransactionsAndCommits) {
  Conversation c;
  EXPECT_EQ(c.talk(query("wait")), "T D C(SELECT 1) Z(I)");
  c.session.slow_commit = true;
  for (int i = 0; i < 200; i++) {
    EXPECT_EQ(c.talk(query("one")), "T D C(SELECT 1) Z(I)");
    EXPECT_EQ(c.talk(parse("", "one") + bind("", "") + execute("") + sync()), "1 2 D C(SELECT 1) Z(I)");
  }
}

TEST(Backend, LooksForOthersWithoutWriting) {
  Conversation c;
  c.steps.clear();
  EXPECT_EQ(c.talk(query("turn")), "T D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.steps, "u");
  c.steps.clear();
  EXPECT_EQ(c.talk(query("join")), "T D C(SELECT 1) Z(I)");
  EXPECT_TRUE(c.steps == "a" || c.steps == "u") << c.steps;  // "u": the others were ready before it could wait
}

TEST(Backend, CopyIn) {
  Conversation c;
  std::string row = message('d', "1\ta\n");
  EXPECT_EQ(c.talk(query("copyin; one") + row + row + row + message('c')), "G C(COPY 3) T D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.talk(query("copyin; one") + row + message('f', text("enough"))), "G E(57014) Z(I)");
  EXPECT_EQ(c.talk(query("copyin") + message('d', "bad\n") + row + message('c') + query("one")),
            "G E(22P04) Z(I) T D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.talk(query("copyin") + query("one")), "G E(08P01) Z(I)");
  EXPECT_EQ(c.talk(parse("", "copyin") + bind("", "") + execute("") + row + message('c') + sync()), "1 2 G C(COPY 1) Z(I)");
  EXPECT_EQ(c.talk(parse("", "copyin") + bind("", "") + execute("") + message('d', "bad\n") + message('c') + sync()),
            "1 2 G E(22P04) Z(I)");
  EXPECT_EQ(c.talk(query("copyout")), "H d d c C(COPYOUT) Z(I)");
}

TEST(Backend, RefusesGarbage) {
  Conversation c;
  EXPECT_EQ(c.talk(query("\xff\xfe")), "E(22021) Z(I)");
  EXPECT_EQ(c.talk(message('Q', "no end")), "E(08P01)");
  EXPECT_EQ(c.talk(sync()), "Z(I)");
  EXPECT_EQ(c.talk(message('B', "") + sync()), "E(08P01) Z(I)");
  EXPECT_EQ(c.talk(message('B', text("") + text("") + int16(-1)) + sync()), "E(08P01) Z(I)");
  EXPECT_EQ(c.talk(message('B', text("") + text("") + int16(1) + int16(7)) + sync()), "E(22023) Z(I)");
  EXPECT_EQ(c.talk(message('B', text("") + text("") + int16(0) + int16(1) + int32(-2)) + sync()), "E(08P01) Z(I)");
  EXPECT_EQ(c.talk(message('B', text("") + text("") + int16(0) + int16(1) + int32(1 << 30)) + sync()), "E(08P01) Z(I)");
  EXPECT_EQ(c.talk(message('D', "Q" + text("")) + sync()), "E(08P01) Z(I)");
  EXPECT_EQ(c.talk(message('F', int32(957))), "E(0A000) Z(I)");
  EXPECT_EQ(c.talk(message('d', "stray") + message('c') + sync()), "Z(I)");
  EXPECT_FALSE(c.closed);
  EXPECT_EQ(c.talk(message('p', "password")), "E(08P01)");
  EXPECT_TRUE(c.closed);
}

}  // namespace
}  // namespace elegraph::pgwire
