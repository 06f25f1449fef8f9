// SPDX-License-Identifier: Apache-2.0
#include "query/share/gathering.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "query/share/group.h"
#include "query/share/running.h"

namespace elegraph::query::share {
namespace {

std::shared_ptr<Member> member(std::string key, std::string rest = {}) {
  auto m = std::make_shared<Member>();
  m->interrupt = std::make_shared<exec::Interrupt>();
  m->key = std::move(key);
  m->rest = std::move(rest);
  return m;
}

std::shared_ptr<const Result> rows(int64_t value) {
  auto result = std::make_shared<Result>();
  result->columns = 1;
  result->rows = 1;
  result->values = {Value::integer(value)};
  return result;
}

TEST(Gathering, OneAloneRunsAlone) {
  Gathering gathering;
  auto m = member("a");
  gathering.join(m);
  EXPECT_FALSE(gathering.empty());
  gathering.close(*m);
  EXPECT_TRUE(gathering.empty());
  EXPECT_EQ(m->outcome(), Outcome::kAlone);
}

TEST(Gathering, EqualStatementsHaveOneLeaderAndItsRows) {
  Gathering gathering;
  auto a = member("a"), b = member("a"), c = member("a"), other = member("b");
  for (auto& m : {a, b, c, other}) gathering.join(m);
  gathering.close(*b);
  EXPECT_EQ(other->outcome(), Outcome::kAlone);
  EXPECT_EQ(a->outcome(), Outcome::kPending);
  ASSERT_EQ(b->outcome(), Outcome::kLead);
  auto group = b->take_group();
  EXPECT_EQ(group->units(), 1u);
  EXPECT_EQ(group->statements(), 3u);
  EXPECT_EQ(group->publish(0, rows(7)), 2u);
  for (auto& m : {a, c}) {
    ASSERT_EQ(m->outcome(), Outcome::kRows);
    EXPECT_EQ(m->take_rows()->values[0].as_int(), 7);
  }
}

TEST(Gathering, DifferentConstantsAreUnitsOfOneGroup) {
  Gathering gathering;
  auto a1 = member("a", "1"), a2 = member("a", "2"), again = member("a", "1");
  for (auto& m : {a1, a2, again}) gathering.join(m);
  gathering.close(*a2);
  ASSERT_EQ(a2->outcome(), Outcome::kLead);
  auto group = a2->take_group();
  ASSERT_EQ(group->units(), 2u);
  EXPECT_EQ(group->publish(0, rows(2)), 0u);  // its own
  EXPECT_EQ(group->publish(1, rows(1)), 2u);
  EXPECT_EQ(a1->outcome(), Outcome::kRows);
  EXPECT_EQ(again->outcome(), Outcome::kRows);
}

TEST(Gathering, OneThatExplainsLeads) {
  Gathering gathering;
  auto a = member("a"), b = member("a"), explains = member("a"), second = member("a");
  explains->analyzes = second->analyzes = true;
  auto other = member("a", "1");
  for (auto& m : {a, explains, b, second, other}) gathering.join(m);
  gathering.close(*a);
  EXPECT_EQ(other->outcome(), Outcome::kAlone);
  EXPECT_EQ(explains->outcome(), Outcome::kLead);
  EXPECT_EQ(second->outcome(), Outcome::kAlone);
  EXPECT_EQ(explains->take_group()->statements(), 3u);
}

TEST(Gathering, AClosedOneLeavesTheNextAlone) {
  Gathering gathering;
  auto a = member("a"), b = member("a"), late = member("a");
  gathering.join(a), gathering.join(b);
  gathering.close(*a);
  gathering.join(late);
  gathering.close(*b);  // its turn comes when it has been taken already
  EXPECT_FALSE(gathering.empty());
  EXPECT_EQ(late->outcome(), Outcome::kPending);
  a->abandon();
}

TEST(Gathering, HasOneCloserAtATime) {
  Gathering gathering;
  auto a = member("a"), b = member("a"), late = member("a");
  gathering.join(a);
  EXPECT_TRUE(gathering.becomes_closer());
  gathering.join(b);
  EXPECT_FALSE(gathering.becomes_closer());
  gathering.close_for_all(*a);
  EXPECT_EQ(a->take_group()->statements(), 2u);
  gathering.join(late);
  EXPECT_TRUE(gathering.becomes_closer());
  gathering.close(*b);  // another one takes the closer: whoever waits for it must not be forgotten
  gathering.close_for_all(*late);
  EXPECT_EQ(late->outcome(), Outcome::kAlone);
  auto next = member("a");
  gathering.join(next);
  EXPECT_TRUE(gathering.becomes_closer());
}

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

TEST(Gathering, WaitsForNobodyWhereNobodyMetOfLate) {
  Gathering gathering;
  auto a = member("a");
  gathering.join(a);
  const auto begun = Clock::now();
  gathering.wait_for_company(*a, std::chrono::minutes(10));
  EXPECT_LT(Clock::now() - begun, std::chrono::minutes(1));
}

TEST(Gathering, WaitsUntilNobodyComesAnyMore) {
  Gathering gathering;
  auto a = member("a"), b = member("a"), c = member("a"), d = member("a");
  gathering.join(a), gathering.join(b);
  auto begun = Clock::now();
  gathering.wait_for_company(*a, milliseconds(10));  // b is there
  EXPECT_GE(Clock::now() - begun, milliseconds(10));
  gathering.close(*a);
  a->abandon();
  gathering.join(c);
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(10));
    gathering.join(d);
  });
  begun = Clock::now();
  gathering.wait_for_company(*c, milliseconds(500));  // a and b met a moment ago
  EXPECT_GE(Clock::now() - begun, milliseconds(500));
  later.join();
  gathering.close(*c);
  EXPECT_EQ(c->take_group()->statements(), 2u);
}

TEST(Gathering, WaitsNoLongerThanUntilSomebodyElseCloses) {
  Gathering gathering;
  auto a = member("a"), b = member("a");
  gathering.join(a), gathering.join(b);
  std::thread closer([&] { gathering.close(*b); });
  gathering.wait_for_company(*a, std::chrono::hours(1));
  closer.join();
  EXPECT_TRUE(a->taken());
  b->abandon();
}

TEST(Gathering, LargeGroupsAreCut) {
  Gathering gathering;
  std::vector<std::shared_ptr<Member>> all;
  for (int i = 0; i < 600; i++) gathering.join(all.emplace_back(member("a", std::to_string(i))));
  gathering.close(*all[0]);
  size_t statements = 0;
  for (auto& m : all)
    if (m->outcome() == Outcome::kLead) statements += m->take_group()->statements();
  EXPECT_EQ(statements, 600u);
}

struct GroupOfThree : testing::Test {
  GroupOfThree() {
    for (auto& m : {leader, a, b}) gathering.join(m);
    gathering.close(*leader);
    group = leader->take_group();
  }
  Gathering gathering;
  std::shared_ptr<Member> leader = member("a"), a = member("a"), b = member("a");
  GroupPointer group;
};

TEST_F(GroupOfThree, CancelledFollowersGoAtOnce) {
  auto interrupt = std::make_shared<exec::Interrupt>();
  interrupt->cancelled = true;
  a->interrupt = interrupt;
  bool woken = false;
  a->when_settled([&] { woken = true; });
  for (int i = 0; i < 100; i++) group->poll();
  EXPECT_TRUE(woken);
  EXPECT_EQ(a->outcome(), Outcome::kInterrupted);
  EXPECT_EQ(b->outcome(), Outcome::kPending);
  EXPECT_EQ(group->publish(0, rows(1)), 1u);
  EXPECT_EQ(a->outcome(), Outcome::kInterrupted);
  EXPECT_EQ(b->outcome(), Outcome::kRows);
}

TEST_F(GroupOfThree, ALeaderThatStopsSendsTheOthersBack) {
  group->release(Outcome::kAgain);
  group.reset();
  EXPECT_EQ(a->outcome(), Outcome::kAgain);
  EXPECT_EQ(b->outcome(), Outcome::kAgain);
}

TEST_F(GroupOfThree, ALeaderThatGoesLeavesTheOthersAlone) {
  group.reset();
  EXPECT_EQ(a->outcome(), Outcome::kAlone);
  EXPECT_EQ(b->outcome(), Outcome::kAlone);
}

// A group of one that runs under snapshot 7.
struct RunningGroup : testing::Test {
  RunningGroup() {
    leader->leads_alone = true;
    gathering.join(leader);
    gathering.close(*leader);
    group = leader->take_group();
    group->announce(running, 7);
  }
  Gathering gathering;
  Running running;
  std::shared_ptr<Member> leader = member("a", "1"), late = member("a", "1");
  GroupPointer group;
};

TEST_F(RunningGroup, LatecomersGetItsRows) {
  EXPECT_TRUE(running.join(late, 7));
  EXPECT_TRUE(late->taken());
  EXPECT_EQ(late->outcome(), Outcome::kPending);
  EXPECT_EQ(group->statements(), 2u);
  EXPECT_EQ(group->publish(0, rows(5)), 1u);
  ASSERT_EQ(late->outcome(), Outcome::kRows);
  EXPECT_EQ(late->take_rows()->values[0].as_int(), 5);
  EXPECT_FALSE(running.join(member("a", "1"), 7));  // it has its rows
}

TEST_F(RunningGroup, OthersDoNotJoin) {
  EXPECT_FALSE(running.join(late, 8));  // something was committed
  EXPECT_FALSE(running.join(member("a", "2"), 7));
  EXPECT_FALSE(running.join(member("b", "1"), 7));
  EXPECT_FALSE(late->taken());
}

TEST_F(RunningGroup, ThatGoesLeavesLatecomersAlone) {
  EXPECT_TRUE(running.join(late, 7));
  group.reset();
  EXPECT_EQ(late->outcome(), Outcome::kAlone);
  EXPECT_FALSE(running.join(member("a", "1"), 7));
}

TEST_F(RunningGroup, CancelledLatecomersGoAtOnce) {
  auto interrupt = std::make_shared<exec::Interrupt>();
  interrupt->cancelled = true;
  late->interrupt = interrupt;
  EXPECT_TRUE(running.join(late, 7));
  for (int i = 0; i < 100; i++) group->poll();
  EXPECT_EQ(late->outcome(), Outcome::kInterrupted);
  EXPECT_EQ(group->publish(0, rows(5)), 0u);
}

TEST_F(RunningGroup, UnitsThatHaveTheirRowsAreClosedBeforeTheOthers) {
  auto one = member("c", "1"), two = member("c", "2");
  gathering.join(one), gathering.join(two);
  gathering.close(*one);
  GroupPointer both = one->take_group();
  both->announce(running, 7);
  EXPECT_EQ(both->publish(0, rows(1)), 0u);
  EXPECT_FALSE(running.join(member("c", "1"), 7));
  auto second = member("c", "2");
  EXPECT_TRUE(running.join(second, 7));
  EXPECT_EQ(both->publish(1, rows(2)), 2u);
  EXPECT_EQ(second->take_rows()->values[0].as_int(), 2);
}

TEST(Running, GroupsThatFindNoPlaceServeTheirOwn) {
  Running running;
  std::vector<GroupPointer> groups;
  std::vector<std::shared_ptr<Member>> leaders;
  auto lead = [&](const std::string& key) {
    Gathering gathering;
    auto m = leaders.emplace_back(member(key));
    m->leads_alone = true;
    gathering.join(m);
    gathering.close(*m);
    groups.push_back(m->take_group());
    groups.back()->announce(running, 7);
  };
  for (int i = 0; i < 40; i++) lead(std::to_string(i));
  EXPECT_TRUE(running.join(member("0"), 7));
  EXPECT_FALSE(running.join(member("39"), 7));
  groups.clear();
  lead("again");
  EXPECT_TRUE(running.join(member("again"), 7));
}

// Latecomers are settled once each, whatever the group does meanwhile.
TEST(Running, ServesManyThreads) {
  Running running;
  std::atomic<bool> stop{false};
  std::atomic<int> settled{0}, joined{0};
  std::thread leaders([&] {
    for (int64_t i = 0; !stop; i++) {
      Gathering gathering;
      auto m = member("a");
      m->leads_alone = true;
      gathering.join(m);
      gathering.close(*m);
      GroupPointer group = m->take_group();
      group->announce(running, 7);
      group->poll();
      if (i % 3) group->publish(0, rows(i));
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; t++)
    threads.emplace_back([&] {
      for (int i = 0; i < 3000; i++) {
        auto m = member("a");
        if (!running.join(m, 7)) {
          EXPECT_FALSE(m->taken());
          continue;
        }
        joined++;
        std::atomic<bool> woken{false};
        m->when_settled([&] { woken.store(true, std::memory_order_release); });
        while (!woken.load(std::memory_order_acquire)) std::this_thread::yield();
        settled += m->outcome() == Outcome::kRows || m->outcome() == Outcome::kAlone;
      }
    });
  for (auto& t : threads) t.join();
  stop = true;
  leaders.join();
  EXPECT_EQ(settled, joined);
}

TEST(Member, AbandonedLeadersLeadNobody) {
  for (bool before : {true, false}) {
    Gathering gathering;
    auto a = member("a"), b = member("a");
    gathering.join(a), gathering.join(b);
    if (before) a->abandon();
    gathering.close(*a);
    if (!before) a->abandon();
    EXPECT_EQ(b->outcome(), Outcome::kAlone) << before;
    std::weak_ptr<Member> gone = a;
    a.reset();
    EXPECT_TRUE(gone.expired());
  }
}

TEST(Member, WaitersHearOfAnOutcomeThatWasThereBefore) {
  auto m = member("a");
  m->settle(Outcome::kAlone);
  bool woken = false;
  m->when_settled([&] { woken = true; });
  EXPECT_TRUE(woken);
}

// Every statement is answered once, with the rows of its own constant. Each closes the gathering, or of long ones one for
// all.
class ManyThreads : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Gathering, ManyThreads, testing::Bool());
TEST_P(ManyThreads, AreServed) {
  const bool long_ones = GetParam();
  Gathering gathering;
  constexpr int kThreads = 4, kRounds = 2000;
  std::atomic<int> answered{0}, led{0};
  auto session = [&](int thread) {
    for (int i = 0; i < kRounds; i++) {
      int64_t constant = (thread + i) % 3;
      auto m = member("a", std::to_string(constant));
      m->parameters = {Value::integer(constant)};
      gathering.join(m);
      if (i % 7 == 0) std::this_thread::yield();
      if (!long_ones)
        gathering.close(*m);
      else if (gathering.becomes_closer()) {
        gathering.wait_for_company(*m, std::chrono::microseconds(1));
        gathering.close_for_all(*m);
      }
      std::atomic<bool> woken{false};
      if (m->outcome() == Outcome::kPending) {
        m->when_settled([&] { woken.store(true, std::memory_order_release); });
        while (!woken.load(std::memory_order_acquire)) std::this_thread::yield();
      }
      if (m->outcome() == Outcome::kLead) {
        led++;
        auto group = m->take_group();
        EXPECT_EQ(group->parameters(0)[0].as_int(), constant);
        for (size_t u = 0; u < group->units(); u++) group->publish(u, rows(group->parameters(u)[0].as_int()));
      } else if (m->outcome() == Outcome::kRows) {
        EXPECT_EQ(m->take_rows()->values[0].as_int(), constant);
      } else {
        EXPECT_EQ(m->outcome(), Outcome::kAlone);
      }
      answered++;
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; t++) threads.emplace_back(session, t);
  for (auto& t : threads) t.join();
  EXPECT_EQ(answered, kThreads * kRounds);
}

}  // namespace
}  // namespace elegraph::query::share
