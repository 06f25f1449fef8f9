// SPDX-License-Identifier: Apache-2.0
#include "query/plan/plan_cache.h"

#include "query/engine.h"
#include "storage/rcu.h"

namespace elegraph::query::plan {

PlanCache::PlanCache() : sets_(std::make_unique<Set[]>(kSets)) {}

PlanCache::~PlanCache() {
  for (uint32_t s = 0; s < kSets; s++)
    for (auto& way : sets_[s].ways) delete way.load(std::memory_order_relaxed);
}

std::shared_ptr<const PlannedStatement> PlanCache::find(uint64_t hash, std::string_view key, uint64_t epoch) const {
  const Set& set = sets_[hash % kSets];
  for (auto& way : set.ways) {
    const Entry* e = way.load(std::memory_order_acquire);
    if (e && e->hash == hash && e->key == key)
      return e->statement->plan->catalog_epoch == epoch ? e->statement : nullptr;
  }
  return nullptr;
}

void PlanCache::insert(uint64_t hash, std::string key, std::shared_ptr<const PlannedStatement> statement) {
  Set& set = sets_[hash % kSets];
  uint32_t victim = set.next.fetch_add(1, std::memory_order_relaxed) % kWays;
  {
    // An outdated plan for the same text gives way to its successor.
    rcu::ReadGuard guard;
    for (uint32_t w = 0; w < kWays; w++) {
      const Entry* e = set.ways[w].load(std::memory_order_acquire);
      if (e && e->hash == hash && e->key == key) victim = w;
    }
  }
  auto entry = std::make_unique<const Entry>(Entry{hash, std::move(key), std::move(statement)});
  if (const Entry* old = set.ways[victim].exchange(entry.release(), std::memory_order_acq_rel)) rcu::retire(old);
}

}  // namespace elegraph::query::plan
