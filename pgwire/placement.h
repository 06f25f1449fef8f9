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

// The core that more than half of a cohort's clients are on, of at least three; -1: there is none. Entries of -1 count as
// elsewhere.
int home_of(std::span<const int> cores);

// Whether a session may move from a thread with so many to one with so many.
bool may_move(uint32_t from, uint32_t to);

// The core on which the kernel handled what last came in: with clients of this machine the one that their thread ran on,
// else the one that serves the network card's queue. -1: not known, as with Unix-domain sockets.
int incoming_core(int socket);

}  // namespace elegraph::pgwire
