// SPDX-License-Identifier: Apache-2.0
#include "query/share/gathering.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "query/share/group.h"

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
  std::unique_ptr<Group> group;
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
