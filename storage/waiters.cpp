// SPDX-License-Identifier: Apache-2.0
#include "storage/waiters.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace elegraph::storage {

Waiters& Waiters::operator=(Waiters&& other) noexcept {
  Waiters before = std::move(*this);  // woken, as if it had gone
  list_ = std::exchange(other.list_, {});
  return *this;
}

void Waiters::add(Record record, Wake wake) { list_.push_back({record, std::move(wake)}); }

void Waiters::append(Waiters&& others) {
  std::ranges::move(others.list_, std::back_inserter(list_));
  others.list_.clear();
}

void Waiters::wake() {
  std::map<Record, Waiters> behind;
  std::vector<Waiter> first;
  for (Waiter& w : std::exchange(list_, {}))
    if (w.record == kAny || !behind.contains(w.record)) {
      behind.try_emplace(w.record);
      first.push_back(std::move(w));
    } else {
      behind[w.record].list_.push_back(std::move(w));
    }
  for (Waiter& w : first) w.wake(std::move(behind[w.record]));
}

void Turn::come(Waiters&& behind) {
  Waiters by = std::move(behind);
  std::lock_guard lock(mutex_);
  if (!left_) behind_ = std::move(by);
}

Waiters Turn::leave() {
  std::lock_guard lock(mutex_);
  left_ = true;
  return std::move(behind_);
}

}  // namespace elegraph::storage
