// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "query/share/member.h"
#include "query/share/member_stack.h"

namespace elegraph::query::share {

class Running;

// Statements that one of them, the leader, runs for: units of equal statements, which differ in constants only. Owned by
// the leader while it runs. Whoever is not settled when it goes runs alone.
class Group final : public exec::Watch {
 public:
  // One pass compares a column with at most this many sets of constants.
  static constexpr size_t kMaxUnits = 256;

  using Unit = std::vector<std::shared_ptr<Member>>;
  explicit Group(std::vector<Unit> units) : units_(std::move(units)), late_(units_.size()) {}

  size_t units() const { return units_.size(); }
  std::span<const Value> parameters(size_t unit) const { return units_[unit].front()->parameters; }
  // All statements, the leader and latecomers among them.
  size_t statements() const;

  // Lets equal statements join while it runs under the snapshot `at`.
  void announce(Running& running, storage::Timestamp at);
  // One that has come since: true where this group will settle it. From any thread, in an RCU section.
  bool join(const std::shared_ptr<Member>& member, storage::Timestamp at);

  // The unit's rows for all of it but the leader; returns how many that were.
  size_t publish(size_t unit, const std::shared_ptr<const Result>& rows);
  // Whoever waits still goes on without this group.
  void release(Outcome outcome);
  // Lets go those that were cancelled or are out of time. Called often, by any thread that runs for the group.
  void poll() override;

 private:
  friend struct EndGroup;
  ~Group() override = default;
  template <class F>
  void others(size_t unit, F&& f) const;  // that did not come late

  std::vector<Unit> units_;  // the leader is the first of the first
  std::vector<MemberStack> late_;
  std::atomic<uint32_t> latecomers_{0};
  Running* running_ = nullptr;
  storage::Timestamp at_ = 0;
  std::atomic<uint32_t> calls_{0};
  std::atomic_flag polling_ = ATOMIC_FLAG_INIT;
};

}  // namespace elegraph::query::share
