// SPDX-License-Identifier: Apache-2.0
#include "query/runner.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace elegraph::query
