// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "query/share/member.h"

namespace elegraph::query::share {

// Statements that have come, until somebody takes them all. A member is in one stack at most.
//
// Thread-safety: all from any thread, lock-free; each() only where nobody takes meanwhile.
class MemberStack {
 public:
  MemberStack() = default;
  ~MemberStack() { take(); }
  MemberStack(const MemberStack&) = delete;
  MemberStack& operator=(const MemberStack&) = delete;

  bool empty() const { return !head_.load(std::memory_order_relaxed); }
  bool is_only(const Member& member) const { return head_.load(std::memory_order_relaxed) == &member && !member.next_; }
  // False: the stack is closed. Whoever takes the member sees what its thread did before.
  bool push(std::shared_ptr<Member> member) {
    Member* m = member.get();
    m->self_ = std::move(member);
    m->next_ = head_.load(std::memory_order_relaxed);
    do
      if (m->next_ == closed()) return m->self_.reset(), false;
    while (!head_.compare_exchange_weak(m->next_, m, std::memory_order_acq_rel, std::memory_order_relaxed));
    return true;
  }
  // In the order in which they came.
  std::vector<std::shared_ptr<Member>> take() { return unlink(head_.exchange(nullptr, std::memory_order_acq_rel)); }
  // The same, and nobody comes any more.
  std::vector<std::shared_ptr<Member>> close() { return unlink(head_.exchange(closed(), std::memory_order_acq_rel)); }
  template <class F>
  void each(F&& f) const {
    Member* m = head_.load(std::memory_order_acquire);
    for (m = m == closed() ? nullptr : m; m; m = m->next_) f(*m);
  }

 private:
  static Member* closed() { return reinterpret_cast<Member*>(alignof(Member)); }
  static std::vector<std::shared_ptr<Member>> unlink(Member* m) {
    std::vector<std::shared_ptr<Member>> out;
    for (m = m == closed() ? nullptr : m; m; m = m->next_) {
      m->taken_.store(true, std::memory_order_relaxed);
      out.push_back(std::move(m->self_));
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  std::atomic<Member*> head_{nullptr};
};

}  // namespace elegraph::query::share
