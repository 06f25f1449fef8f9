// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "query/share/member.h"
#include "query/share/member_stack.h"

namespace elegraph::query::share {

// Where statements that have come and not begun yet meet. Each joins, lets its thread look at what else has come (a turn of
// the event loop), and then closes the gathering if nobody did before it: who closes divides all who are there into
// groups. A turn that brought somebody is worth another one. Of long statements, which run in tasks, one closes for all:
// it waits for company where there was some a moment ago, for a small part of the time that it will take. Whoever comes
// later is in the next gathering, or joins an equal statement that runs (Running).
//
// A group's leader takes its snapshot after the gathering was closed, and so after every member joined: no member
// misses a commit that it could have seen alone.
//
// Thread-safety: all members from any thread, lock-free.
class Gathering {
 public:
  bool empty() const { return members_.empty(); }
  void join(std::shared_ptr<Member> member);
  // How many have joined so far.
  uint64_t joined() const { return joined_.load(std::memory_order_relaxed); }
  // Of long statements one closes the gathering for all: true where it is the caller, who has joined. It must call
  // close_for_all() then, whatever becomes of it; the others will be settled.
  bool becomes_closer() { return !has_closer_.exchange(true, std::memory_order_acq_rel); }
  // Where others are there, or statements met a moment ago: waits until nobody has come for `patience`, for a few times
  // that at most, or somebody has taken `member`, which has joined.
  void wait_for_company(const Member& member, std::chrono::nanoseconds patience) const;
  // Settles all who are there, or leaves them to a leader. `closer` leads where it can. close() has nothing to do where
  // `closer` has been taken.
  void close(const Member& closer);
  void close_for_all(const Member& closer);

 private:
  static constexpr int64_t kNever = INT64_MIN / 2;

  std::vector<std::shared_ptr<Member>> take();
  MemberStack members_;
  std::atomic<uint64_t> joined_{0};
  std::atomic<bool> has_closer_{false};  // cleared before the list is taken: who finds it set after it joined is taken
  std::atomic<int64_t> last_meeting_{kNever};  // when several were taken at once; nanoseconds of the steady clock
};

}  // namespace elegraph::query::share
