// SPDX-License-Identifier: Apache-2.0
#include "query/share/group.h"

#include "query/share/running.h"
#include "storage/rcu.h"
#include "storage/wake_batch.h"

namespace elegraph::query::share {

void EndGroup::operator()(Group* group) const {
  if (group->running_) group->running_->remove(*group);
  group->release(Outcome::kAlone);
  if (group->running_)
    rcu::retire(group, [](void* g) { delete static_cast<Group*>(g); });
  else
    delete group;
}

template <class F>
void Group::others(size_t unit, F&& f) const {
  for (size_t i = unit == 0; i < units_[unit].size(); i++) f(*units_[unit][i]);
}

size_t Group::statements() const {
  size_t n = latecomers_.load(std::memory_order_relaxed);
  for (const Unit& unit : units_) n += unit.size();
  return n;
}

void Group::announce(Running& running, storage::Timestamp at) {
  at_ = at;
  if (running.add(*this)) running_ = &running;
}

bool Group::join(const std::shared_ptr<Member>& member, storage::Timestamp at) {
  if (at != at_ || member->key != units_[0][0]->key) return false;
  for (size_t u = 0; u < units_.size(); u++) {
    if (member->rest != units_[u][0]->rest) continue;
    member->taken_.store(true, std::memory_order_relaxed);
    const bool joined = late_[u].push(member);
    if (!joined) member->taken_.store(false, std::memory_order_relaxed);
    latecomers_.fetch_add(joined, std::memory_order_relaxed);
    return joined;
  }
  return false;
}

size_t Group::publish(size_t unit, const std::shared_ptr<const Result>& rows) {
  storage::WakeBatch wakes;
  size_t n = 0;
  others(unit, [&](Member& m) { n += m.settle_rows(rows); });
  for (auto& member : late_[unit].close()) n += member->settle_rows(rows);
  return n;
}

void Group::release(Outcome outcome) {
  storage::WakeBatch wakes;
  for (size_t u = 0; u < units_.size(); u++) {
    others(u, [&](Member& m) { m.settle(outcome); });
    for (auto& member : late_[u].close()) member->settle(outcome);
  }
}

void Group::poll() {
  constexpr uint32_t kEvery = 16;  // a scan asks once a chunk
  if (calls_.fetch_add(1, std::memory_order_relaxed) % kEvery || polling_.test_and_set(std::memory_order_acquire)) return;
  auto let_go = [](Member& m) {
    if (m.interrupt->due()) m.settle(Outcome::kInterrupted);
  };
  for (size_t u = 0; u < units_.size(); u++) {
    others(u, let_go);
    late_[u].each(let_go);
  }
  polling_.clear(std::memory_order_release);
}

}  // namespace elegraph::query::share
