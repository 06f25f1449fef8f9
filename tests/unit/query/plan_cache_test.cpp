// SPDX-License-Identifier: Apache-2.0
#include "query/plan/plan_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include "query/engine.h"
#include "query/plan/physical.h"
#include "storage/rcu.h"

namespace elegraph::query::plan {
namespace {

std::shared_ptr<const PlannedStatement> planned(uint64_t epoch) {
  auto plan = std::make_shared<Plan>();
  plan->catalog_epoch = epoch;
  auto statement = std::make_shared<PlannedStatement>();
  statement->plan = std::move(plan);
  return statement;
}

std::shared_ptr<const PlannedStatement> find(const PlanCache& cache, uint64_t hash, std::string_view key, uint64_t epoch) {
  rcu::ReadGuard guard;
  return cache.find(hash, key, epoch);
}

TEST(PlanCache, KeepsTheFirstOfAnEpochAndReplacesOlderOnes) {
  PlanCache cache;
  auto old = planned(1), first = planned(2), second = planned(2);
  EXPECT_EQ(cache.insert(7, "a", old), old);
  EXPECT_EQ(find(cache, 7, "a", 2), nullptr);
  EXPECT_EQ(cache.insert(7, "a", first), first);
  EXPECT_EQ(cache.insert(7, "a", second), first);
  EXPECT_EQ(find(cache, 7, "a", 2), first);
  EXPECT_EQ(find(cache, 7, "a", 1), nullptr);
  EXPECT_EQ(find(cache, 7, "b", 2), nullptr);
}

TEST(PlanCache, TheOldestOfASetGivesWay) {
  PlanCache cache;
  for (int i = 0; i < 5; i++) cache.insert(7, std::to_string(i), planned(1));
  EXPECT_EQ(find(cache, 7, "0", 1), nullptr);
  for (int i = 1; i < 5; i++) EXPECT_NE(find(cache, 7, std::to_string(i), 1), nullptr) << i;
}

// Threads that plan the same statements at once, in sets that overflow. What is found is always what was asked for.
TEST(PlanCache, InsertsBesideInsertsAndLookUps) {
  PlanCache cache;
  constexpr uint64_t kKeys = 24, kHashes = 4;
  std::vector<std::vector<std::shared_ptr<const PlannedStatement>>> made(2);
  for (uint64_t epoch = 0; epoch < 2; epoch++)
    for (uint64_t k = 0; k < kKeys; k++) made[epoch].push_back(planned(epoch));
  std::atomic<uint64_t> found{0}, wrong{0};
  auto work = [&](unsigned seed) {
    for (uint64_t i = 0; i < 20'000; i++) {
      // Each is asked for twice in a row: the second time it is there, also where threads run one after the other.
      uint64_t k = (i / 2 * 7 + seed * 5) % kKeys, epoch = i > 10'000;
      std::string key = "statement " + std::to_string(k);
      auto hit = find(cache, k % kHashes, key, epoch);
      if (!hit)
        hit = cache.insert(k % kHashes, key, made[epoch][k]);
      else
        found++;
      wrong += hit != made[epoch][k];
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; t++) threads.emplace_back(work, t);
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(found, 0u);
  rcu::drain();
}

// One thread adds something else to the set meanwhile.
TEST(PlanCache, ThreadsThatAddTheSameAtOnceGetOnePlan) {
  constexpr uint64_t kHashes = 1024, kCaches = 40, kAtOnce = 256;
  constexpr unsigned kThreads = 3;
  std::vector<PlanCache> caches(kCaches);
  std::vector<std::array<const PlannedStatement*, kThreads>> got(kCaches * kHashes);
  std::barrier together(kThreads);
  auto work = [&](unsigned thread) {
    const auto own = planned(1);
    for (uint64_t i = 0; i < got.size(); i++) {
      if (i % kAtOnce == 0) together.arrive_and_wait();
      PlanCache& cache = caches[i / kHashes];
      if (i % kThreads == thread) cache.insert(i % kHashes, "other", own);
      got[i][thread] = cache.insert(i % kHashes, "same", own).get();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; t++) threads.emplace_back(work, t);
  for (auto& t : threads) t.join();
  EXPECT_EQ(std::ranges::count_if(got, [](auto& g) { return g[0] != g[1] || g[0] != g[2]; }), 0);
  rcu::drain();
}

}  // namespace
}  // namespace elegraph::query::plan
