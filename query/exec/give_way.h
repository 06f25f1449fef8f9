// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace elegraph::query::exec {

// How threads that run long statements (the arena's workers) share the cores with those that serve clients,
// and with the clients themselves where they are on the same machine. A kernel that has no reason to do
// otherwise lets a thread run for its whole slice (about 3 ms) while others wait for that core: thirty point
// reads' time. So workers do two things, which need no privilege, and serve on any kernel:
//
// - They have a lower weight (kWorkerNice): a thread that wakes up preempts them at once, and under full load
//   they get a small share of a core, but never none.
// - They offer their core in short turns. Where nobody waits for it that is one system call that returns at
//   once. After a long absence the turn is longer: who took the core computes as well.
//
// docs/decisions/long-beside-short.md has the figures. Thread-safe: each call is about the calling thread.

// The weight of this is a tenth of a thread's that serves clients.
constexpr int kWorkerNice = 10;
constexpr std::chrono::microseconds kShortestTurn{50}, kLongestTurn{80};

// The calling thread runs long work from here on, until its end: a lower nice value cannot be had back.
void become_worker(const char* name = "worker");

// Offers the core when the turn is over; for other threads than workers nothing. Statements call it as often
// as they look whether to stop (Interrupt::check()): at least once a batch, never while they hold a lock.
void give_way();

}  // namespace elegraph::query::exec
