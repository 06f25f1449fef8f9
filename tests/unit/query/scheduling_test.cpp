// SPDX-License-Identifier: Apache-2.0
// Long statements beside short ones: what an I/O thread may spend on one, and how workers stand behind.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <future>
#include <thread>

#include "query/exec/arena.h"
#include "query/exec/give_way.h"
#include "query/exec/inline_budget.h"

namespace elegraph::query::exec {
namespace {

using std::chrono::microseconds;

TEST(InlineBudget, IsSpentInRows) {
  InlineBudget budget(3 * InlineBudget::kRowsBetweenLooks);
  for (int i = 0; i < 3; i++) {
    EXPECT_FALSE(budget.spent());
    budget.touch(InlineBudget::kRowsBetweenLooks);
  }
  EXPECT_FALSE(budget.spent());
  budget.touch(1);
  EXPECT_TRUE(budget.spent());
  budget.begin_turn();
  EXPECT_TRUE(budget.spent());
  budget = InlineBudget::unlimited();
  budget.touch(uint64_t(1) << 60);
  EXPECT_FALSE(budget.spent());
}

TEST(InlineBudget, IsSpentInTimeByWhoTouchesRows) {
  InlineBudget budget(1'000'000'000, microseconds(1));
  auto rows_take_time = [&budget] {
    budget.touch(InlineBudget::kRowsBetweenLooks + 1);
    bool first = budget.spent();
    std::this_thread::sleep_for(microseconds(100));
    budget.touch(InlineBudget::kRowsBetweenLooks + 1);
    return std::pair(first, budget.spent());
  };
  EXPECT_EQ(rows_take_time(), std::pair(false, true));
  EXPECT_TRUE(budget.spent());
  // Few rows never look at the clock.
  InlineBudget few(1'000'000'000, microseconds(1));
  std::this_thread::sleep_for(microseconds(100));
  few.touch(100);
  EXPECT_FALSE(few.spent());
}

TEST(InlineBudget, CountsTimeFromTheTurnsBegin) {
  InlineBudget budget(1'000'000'000, std::chrono::hours(1));
  budget.touch(InlineBudget::kRowsBetweenLooks + 1);
  EXPECT_FALSE(budget.spent());
  budget = InlineBudget(1'000'000'000, std::chrono::milliseconds(50));
  budget.touch(InlineBudget::kRowsBetweenLooks + 1);
  EXPECT_FALSE(budget.spent());
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  budget.begin_turn();
  budget.touch(InlineBudget::kRowsBetweenLooks + 1);
  EXPECT_FALSE(budget.spent());
}

TEST(Scheduling, WorkersStandBehindThreadsThatServeClients) {
  Arena arena(1, 1);
  const int before = ::getpriority(PRIO_PROCESS, 0);
  std::promise<int> worker;
  std::promise<std::thread::id> where;
  arena.submit([&] {
    give_way();
    where.set_value(std::this_thread::get_id());
    worker.set_value(::getpriority(PRIO_PROCESS, 0));
  });
  EXPECT_EQ(worker.get_future().get(), std::max(before, kWorkerNice));
  EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
  int inside = -100;
  arena.run_inside([&] { inside = ::getpriority(PRIO_PROCESS, 0); });
  EXPECT_EQ(inside, before);
}

}  // namespace
}  // namespace elegraph::query::exec
