// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "query/share/member.h"

namespace elegraph::query::share {

// Groups that a leader runs for at the moment, so that a statement which comes later than its equals need not run: as
// long as nothing was committed since the leader took its snapshot, its rows are the newcomer's as well.
//
// Thread-safety: all from any thread, lock-free. Groups that were in here are freed by RCU.
class Running {
 public:
  // False where no group has the same parameters and the snapshot `at`, or it has its rows already.
  bool join(const std::shared_ptr<Member>& member, storage::Timestamp at);

  // Where many run already a group stays unknown: false.
  bool add(Group& group);
  void remove(const Group& group);

 private:
  static constexpr size_t kMost = 16;
  std::array<std::atomic<Group*>, kMost> groups_{};
};

}  // namespace elegraph::query::share
