// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "query/share/member.h"

namespace elegraph::query::share {

// Where statements that have come and not begun yet meet. Each joins, lets its thread look at what else has come (a turn of
// the event loop, or of the arena's queue), and then closes the gathering if nobody did before it: who closes divides
// all who are there into groups. On an I/O thread a turn that brought somebody is worth another one. So nobody waits for
// company, and whoever comes while a group runs is in the next one.
//
// A group's leader takes its snapshot after the gathering was closed, and so after every member joined: no member
// misses a commit that it could have seen alone.
//
// Thread-safety: all members from any thread, lock-free.
class Gathering {
 public:
  Gathering() = default;
  ~Gathering();

  bool empty() const { return !head_.load(std::memory_order_relaxed); }
  void join(std::shared_ptr<Member> member);
  // How many have joined so far.
  uint64_t joined() const { return joined_.load(std::memory_order_relaxed); }
  // Settles all who are there, or leaves them to a leader. `closer` leads where it can.
  void close(const Member& closer);

 private:
  std::vector<std::shared_ptr<Member>> take();
  std::atomic<Member*> head_{nullptr};
  std::atomic<uint64_t> joined_{0};
};

}  // namespace elegraph::query::share
