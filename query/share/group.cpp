// SPDX-License-Identifier: Apache-2.0
#include "query/share/group.h"

namespace elegraph::query::share {

Group::~Group() { release(Outcome::kAlone); }

size_t Group::statements() const {
  size_t n = 0;
  for (const Unit& unit : units_) n += unit.size();
  return n;
}

size_t Group::publish(size_t unit, const std::shared_ptr<const Result>& rows) {
  size_t n = 0;
  for (size_t i = unit == 0; i < units_[unit].size(); i++) n += units_[unit][i]->settle_rows(rows);
  return n;
}

void Group::release(Outcome outcome) {
  for (size_t u = 0; u < units_.size(); u++)
    for (size_t i = u == 0; i < units_[u].size(); i++) units_[u][i]->settle(outcome);
}

void Group::poll() {
  constexpr uint32_t kEvery = 16;  // a scan asks once a chunk
  if (calls_.fetch_add(1, std::memory_order_relaxed) % kEvery || polling_.test_and_set(std::memory_order_acquire)) return;
  for (size_t u = 0; u < units_.size(); u++)
    for (size_t i = u == 0; i < units_[u].size(); i++)
      if (units_[u][i]->interrupt->due()) units_[u][i]->settle(Outcome::kInterrupted);
  polling_.clear(std::memory_order_release);
}

}  // namespace elegraph::query::share
