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

std::shared_ptr<const PlannedStatement> PlanCache::insert(uint64_t hash, std::string key,
                                                          std::shared_ptr<const PlannedStatement> statement) {
  Set& set = sets_[hash % kSets];
  auto entry = std::make_unique<const Entry>(Entry{hash, std::move(key), statement});
  std::lock_guard lock(inserting_);
  uint32_t victim = kWays;
  for (uint32_t w = 0; w < kWays; w++) {
    const Entry* e = set.ways[w].load(std::memory_order_acquire);
    if (!e || e->hash != hash || e->key != entry->key) continue;
    if (e->statement->plan->catalog_epoch == statement->plan->catalog_epoch) return e->statement;
    victim = w;  // outdated: gives way to its successor
  }
  if (victim == kWays) victim = set.next++ % kWays;
  if (const Entry* old = set.ways[victim].exchange(entry.release(), std::memory_order_acq_rel)) rcu::retire(old);
  return statement;
}

}  // namespace elegraph::query::plan
