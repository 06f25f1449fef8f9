// SPDX-License-Identifier: Apache-2.0
#include "query/share/gathering.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "query/share/group.h"
#include "storage/wake_batch.h"

namespace elegraph::query::share {

namespace {

using Members = std::vector<std::shared_ptr<Member>>;

// How long a meeting lets others expect the next one, and how many times their patience they wait where somebody
// comes again and again.
constexpr int64_t kExpected = 100'000'000;
constexpr int64_t kPatiences = 8;

int64_t now() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

void start(std::vector<Group::Unit> units) {
  std::shared_ptr<Member> leader = units.front().front();
  leader->settle_lead(GroupPointer(new Group(std::move(units))));
}

// EXPLAIN ANALYZE reports what was run, so it leads those that are equal to it, with its own plan. Another one beside it
// runs alone. Takes all of them out.
void lead_by_explanation(Members& members) {
  auto first = std::find_if(members.begin(), members.end(), [](auto& m) { return m->analyzes; });
  if (first == members.end()) return;
  std::shared_ptr<Member> leader = *first;
  Group::Unit unit{leader};
  std::erase_if(members, [&](auto& m) {
    if (m == leader) return true;
    if (m->analyzes) return m->settle(Outcome::kAlone), true;
    if (m->rest != leader->rest) return false;
    unit.push_back(m);
    return true;
  });
  start({std::move(unit)});
}

// Members with one key: units by what they differ in, and groups of as many units as one pass takes. Who is running
// already leads, for the others have yet to be woken.
void divide(Members members, const Member& closer) {
  lead_by_explanation(members);
  if (members.empty()) return;
  if (members.size() == 1 && !members.front()->leads_alone) return void(members.front()->settle(Outcome::kAlone));
  auto running = std::find_if(members.begin(), members.end(), [&](auto& m) { return m.get() == &closer; });
  if (running != members.end()) std::iter_swap(members.begin(), running);
  std::unordered_map<std::string_view, size_t> known;
  std::vector<Group::Unit> units;
  for (auto& member : members) {
    auto [at, fresh] = known.try_emplace(member->rest, units.size());
    if (fresh) units.emplace_back();
    units[at->second].push_back(member);
  }
  for (size_t first = 0; first < units.size(); first += Group::kMaxUnits) {
    size_t last = std::min(units.size(), first + Group::kMaxUnits);
    start({std::make_move_iterator(units.begin() + std::ptrdiff_t(first)),
           std::make_move_iterator(units.begin() + std::ptrdiff_t(last))});
  }
}

}  // namespace

void Gathering::join(std::shared_ptr<Member> member) {
  joined_.fetch_add(1, std::memory_order_relaxed);
  members_.push(std::move(member));
}

void Gathering::wait_for_company(const Member& member, std::chrono::nanoseconds patience) const {
  const int64_t begun = now();
  if (members_.is_only(member) && begun - last_meeting_.load(std::memory_order_relaxed) > kExpected) return;
  uint64_t seen = joined();
  for (int64_t time = begun, last_join = begun; !member.taken(); time = now()) {
    if (uint64_t all = joined(); all != seen) seen = all, last_join = time;
    if (time - last_join > patience.count() || time - begun > kPatiences * patience.count()) return;
    std::this_thread::yield();
  }
}

Members Gathering::take() {
  has_closer_.exchange(false, std::memory_order_acq_rel);  // reads what those did who saw it set: they are in the stack
  Members out = members_.take();
  if (out.size() > 1) last_meeting_.store(now(), std::memory_order_relaxed);
  return out;
}

void Gathering::close(const Member& closer) {
  if (!closer.taken()) close_for_all(closer);
}

// Also where `closer` has been taken by the one before it: others have seen that there is a closer.
void Gathering::close_for_all(const Member& closer) {
  storage::WakeBatch wakes;
  Members all = take();
  if (all.empty()) return;
  if (all.size() == 1) return divide(std::move(all), closer);
  std::unordered_map<std::string_view, Members> by_key;
  for (auto& member : all) by_key[member->key].push_back(member);
  for (auto& [key, members] : by_key) divide(std::move(members), closer);
}

}  // namespace elegraph::query::share
