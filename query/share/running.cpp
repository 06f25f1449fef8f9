// SPDX-License-Identifier: Apache-2.0
#include "query/share/running.h"

#include "query/share/group.h"
#include "storage/rcu.h"

namespace elegraph::query::share {

bool Running::join(const std::shared_ptr<Member>& member, storage::Timestamp at) {
  const rcu::ReadGuard guard;
  for (auto& slot : groups_)
    if (Group* group = slot.load(std::memory_order_acquire); group && group->join(member, at)) return true;
  return false;
}

bool Running::add(Group& group) {
  for (auto& slot : groups_) {
    Group* none = nullptr;
    if (slot.load(std::memory_order_relaxed)) continue;
    if (slot.compare_exchange_strong(none, &group, std::memory_order_release, std::memory_order_relaxed)) return true;
  }
  return false;
}

void Running::remove(const Group& group) {
  for (auto& slot : groups_)
    if (slot.load(std::memory_order_relaxed) == &group) slot.store(nullptr, std::memory_order_relaxed);
}

}  // namespace elegraph::query::share
