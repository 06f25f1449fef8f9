// SPDX-License-Identifier: Apache-2.0
#include "query/runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "query/engine.h"

namespace elegraph::query {
namespace {

class Nothing final : public exec::Execution {
 public:
  exec::Step next(const exec::Batch*&) override { return exec::Step::kDone; }
  void restart() override {}
};

std::unique_ptr<Runner> runner_for(std::shared_ptr<const plan::PlannedStatement> planned) {
  auto runner = std::make_unique<Runner>(std::move(planned), 1 << 20);
  runner->execution = std::make_unique<Nothing>();
  return runner;
}

auto new_plan() { return std::make_shared<const plan::PlannedStatement>(); }

template <class F>
void on_another_thread(F&& f) {
  std::thread(std::forward<F>(f)).join();
}

TEST(RunnerPool, GivesBackThoseOfThePlan) {
  auto a = new_plan(), b = new_plan();
  auto runner = runner_for(a);
  Runner* known = runner.get();
  give_back(std::move(runner));
  EXPECT_EQ(take_runner(b.get()), nullptr);
  runner = take_runner(a.get());
  EXPECT_EQ(runner.get(), known);
  EXPECT_EQ(take_runner(a.get()), nullptr);
}

TEST(RunnerPool, IsEachThreadsOwn) {
  auto a = new_plan();
  give_back(runner_for(a));
  on_another_thread([&] { EXPECT_EQ(take_runner(a.get()), nullptr); });
  EXPECT_NE(take_runner(a.get()), nullptr);
}

// A statement that begins on an I/O thread and ends on a worker, again and again.
TEST(RunnerPool, WhatEndsOnAnotherThreadIsFoundByTheNextOne) {
  auto a = new_plan();
  auto runner = runner_for(a);
  Runner* known = runner.get();
  for (int i = 0; i < 3; i++) {
    on_another_thread([&] { give_back(std::move(runner)); });
    runner = take_runner(a.get());
    ASSERT_EQ(runner.get(), known) << i;
  }
  // It is this thread's now.
  give_back(std::move(runner));
  on_another_thread([&] { EXPECT_EQ(take_runner(a.get()), nullptr); });
  EXPECT_EQ(take_runner(a.get()).get(), known);
}

TEST(RunnerPool, FewOfThoseAreKept) {
  std::vector<std::shared_ptr<const plan::PlannedStatement>> plans;
  std::vector<std::unique_ptr<Runner>> runners;
  for (int i = 0; i < 100; i++) runners.push_back(runner_for(plans.emplace_back(new_plan())));
  on_another_thread([&] {
    for (auto& runner : runners) give_back(std::move(runner));
  });
  int found = 0;
  for (auto& p : plans) found += take_runner(p.get()) != nullptr;
  EXPECT_EQ(found, 16);
  EXPECT_EQ(take_runner(plans[0].get()), nullptr);  // the oldest went first
}

TEST(RunnerPool, OneThatIsUsedAgainAndAgainLeavesTheOthersThere) {
  std::vector<std::shared_ptr<const plan::PlannedStatement>> plans;
  std::vector<std::unique_ptr<Runner>> runners;
  for (int i = 0; i < 10; i++) runners.push_back(runner_for(plans.emplace_back(new_plan())));
  on_another_thread([&] {
    for (auto& runner : runners) give_back(std::move(runner));
  });
  for (int i = 0; i < 100; i++) {
    auto runner = take_runner(plans[3].get());
    ASSERT_NE(runner, nullptr) << i;
    on_another_thread([&] { give_back(std::move(runner)); });
  }
  for (auto& p : plans) EXPECT_NE(take_runner(p.get()), nullptr);
}

// Each runner has one owner at a time, and is its plan's.
TEST(RunnerPool, ServesManyThreads) {
  constexpr int kThreads = 4, kPlans = 24;
  std::vector<std::shared_ptr<const plan::PlannedStatement>> plans;
  std::vector<std::unique_ptr<Runner>> handed_over;
  for (int i = 0; i < kPlans; i++) plans.push_back(new_plan());
  std::mutex mutex;
  // What is given back is another thread's, as a rule.
  auto exchange = [&](std::unique_ptr<Runner> runner) {
    const std::lock_guard lock(mutex);
    handed_over.push_back(std::move(runner));
    if (handed_over.size() <= kThreads) return std::unique_ptr<Runner>();
    runner = std::move(handed_over.front());
    handed_over.erase(handed_over.begin());
    return runner;
  };
  std::atomic<int> found{0};
  auto session = [&](int thread) {
    for (int i = 0; i < 3000; i++) {
      auto& plan = plans[size_t(i * 7 + thread) % kPlans];
      auto runner = take_runner(plan.get());
      found += runner != nullptr;
      if (!runner) runner = runner_for(plan);
      ASSERT_EQ(runner->planned, plan);
      runner->parameters.assign(3, Value::integer(i));  // nobody else has it
      auto others = exchange(std::move(runner));
      if (others) give_back(std::move(others));
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; t++) threads.emplace_back(session, t);
  for (auto& t : threads) t.join();
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace elegraph::query
