// SPDX-License-Identifier: Apache-2.0
#include "query/share/member.h"

#include "query/share/group.h"

namespace elegraph::query::share {

Member::Member() = default;
Member::~Member() = default;

void Member::when_settled(std::function<void()> ready) {
  ready_ = std::move(ready);
  uint32_t open = kOpen;
  if (state_.compare_exchange_strong(open, kWaiting, std::memory_order_acq_rel, std::memory_order_acquire)) return;
  ready_();
}

bool Member::settle(Outcome outcome) {
  if (settled()) return false;
  outcome_ = outcome;
  uint32_t before = state_.exchange(kSettled, std::memory_order_acq_rel);
  if (before == kWaiting) ready_();
  if (before == kAbandoned) group_.reset();
  return before != kAbandoned;
}

void Member::abandon() {
  if (state_.exchange(kAbandoned, std::memory_order_acq_rel) == kSettled) group_.reset();
}

bool Member::settle_rows(std::shared_ptr<const Result> rows) {
  if (settled()) return false;
  rows_ = std::move(rows);
  return settle(Outcome::kRows);
}

bool Member::settle_lead(GroupPointer group) {
  if (settled()) return false;
  group_ = std::move(group);
  return settle(Outcome::kLead);
}

GroupPointer Member::take_group() { return std::move(group_); }

}  // namespace elegraph::query::share
