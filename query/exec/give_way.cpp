// SPDX-License-Identifier: Apache-2.0
#include "query/exec/give_way.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

namespace elegraph::query::exec {
namespace {

using Clock = std::chrono::steady_clock;

thread_local bool is_worker = false;
thread_local Clock::time_point turn_ends;

// A quarter of the time that it was away, within bounds: who took the core computes, and each turn begins with cold caches.
Clock::duration next_turn(Clock::duration away) {
  return std::clamp<Clock::duration>(away / 4, kShortestTurn, kLongestTurn);
}

}  // namespace

void become_worker(const char* name) {
  is_worker = true;
  ::pthread_setname_np(::pthread_self(), name);  // else that of whoever had TBB start it
  turn_ends = Clock::now() + kShortestTurn;
  // On Linux the calling thread alone. Where it is refused, the turns must do.
  if (::getpriority(PRIO_PROCESS, 0) < kWorkerNice) ::setpriority(PRIO_PROCESS, 0, kWorkerNice);
}

void give_way() {
  if (!is_worker) return;
  const auto before = Clock::now();
  if (before < turn_ends) return;
  ::sched_yield();
  const auto after = Clock::now();
  turn_ends = after + next_turn(after - before);
}

}  // namespace elegraph::query::exec
