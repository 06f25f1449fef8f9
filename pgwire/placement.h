// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace elegraph::pgwire {

// The I/O thread (its index) that serves a new connection, where they have so many each.
//
// Connections whose packets come in on one core go to one thread, as long as that leaves no thread with many more than
// another: a client's thread that finds its answers from several I/O threads is woken by, and wakes, threads on other
// cores, by an interrupt each, and neither side's statements gather (docs/decisions/turns.md).
//
// `core`: incoming_core(); -1 where it is not known. `turn` decides among equals: how many were placed before.
size_t place(std::span<const uint32_t> connections, int core, size_t turn);

// When an I/O thread that runs on another core than its clients should go there: the kernel's scheduler may leave both
// threads of a client on one core and two I/O threads on another for good, where nearly every statement wakes somebody on
// the other one, and no session can tell its own client from the other.
class WayHome {
 public:
  // Once a period. It is asked for less and less often where the thread does not stay.
  bool should_go(bool away);

 private:
  static constexpr uint8_t kPatience = 3, kMostPatience = 96, kStayed = 8;  // periods
  uint8_t periods_ = 0, patience_ = kPatience;
  bool away_ = false;
};

// Has the calling thread run on that core now; it may go elsewhere later. False: it may not run there.
bool go_to_core(int core);

// Whether a session may move from a thread with so many to one with so many: that keeps them balanced, and does not put
// the first few on one thread.
bool may_move(uint32_t from, uint32_t to);

// The core on which the kernel handled what last came in: with clients of this machine the one that their thread ran on,
// else the one that serves the network card's queue. -1: not known, as with Unix-domain sockets.
int incoming_core(int socket);

}  // namespace elegraph::pgwire
