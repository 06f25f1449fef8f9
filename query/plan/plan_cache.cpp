// SPDX-License-Identifier: Apache-2.0
#include "query/plan/plan_cache.h"

#include <algorithm>

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
    if (e && e->hash == hash && e->key == key) return e->statement->plan->catalog_epoch == epoch ? e->statement : nullptr;
  }
  return nullptr;
}

std::shared_ptr<const PlannedStatement> PlanCache::insert(uint64_t hash, std::string key,
                                                          std::shared_ptr<const PlannedStatement> statement) {
  Set& set = sets_[hash % kSets];
  auto entry = std::make_unique<Entry>(Entry{hash, std::move(key), statement, 0});
  auto number = [](const Entry* e) { return e ? e->number : 0; };
  rcu::ReadGuard guard;  // no entry's address comes again meanwhile
  for (;;) {
    // The ways hold the order in which they were filled, and nothing beside them does: two threads that add the same
    // statement, each before it could see the other's, aim at the same way, and one of the two fails.
    uint32_t victim = 0;
    bool outdated = false;
    entry->number = 1;
    std::array<const Entry*, kWays> seen;
    for (uint32_t w = 0; w < kWays; w++) {
      const Entry* e = seen[w] = set.ways[w].load(std::memory_order_acquire);
      entry->number = std::max(entry->number, number(e) + 1);
      if (!outdated && number(e) < number(seen[victim])) victim = w;
      if (!e || e->hash != hash || e->key != entry->key) continue;
      if (e->statement->plan->catalog_epoch == statement->plan->catalog_epoch) return e->statement;
      victim = w, outdated = true;  // gives way to its successor
    }
    if (!set.ways[victim].compare_exchange_strong(seen[victim], entry.get(), std::memory_order_acq_rel)) continue;
    entry.release();
    if (seen[victim]) rcu::retire(seen[victim]);
    return statement;
  }
}

}  // namespace elegraph::query::plan
