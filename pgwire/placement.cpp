// SPDX-License-Identifier: Apache-2.0
#include "pgwire/placement.h"

#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace elegraph::pgwire {
namespace {

constexpr uint32_t kMost = 4;

// How many more than the others' least a thread may have for its core's sake. None for the first few connections: two
// that are busy should have two threads, wherever their clients run.
uint32_t may_have_more(std::span<const uint32_t> connections) {
  constexpr uint64_t kShare = 8;
  const uint64_t all = std::accumulate(connections.begin(), connections.end(), uint64_t(0)), threads = connections.size();
  return all < 2 * threads ? 0 : uint32_t(std::min<uint64_t>(kMost, 1 + all / (kShare * threads)));
}

}  // namespace

size_t place(std::span<const uint32_t> connections, int core, size_t turn) {
  const size_t threads = connections.size();
  size_t least = turn % threads;
  for (size_t i = 1; i < threads; i++)
    if (const size_t other = (turn + i) % threads; connections[other] < connections[least]) least = other;
  if (core < 0) return least;
  const size_t own = size_t(core) % threads;
  return connections[own] <= connections[least] + may_have_more(connections) ? own : least;
}

bool WayHome::should_go(bool away) {
  if (std::exchange(away_, away) != away) periods_ = 0;
  if (++periods_ < (away ? patience_ : kStayed)) return false;
  periods_ = 0;
  patience_ = away ? uint8_t(std::min(2 * patience_, int(kMostPatience))) : kPatience;
  return away;
}

bool go_to_core(int core) {
  cpu_set_t allowed, there;
  if (core < 0 || core >= CPU_SETSIZE || ::sched_getaffinity(0, sizeof allowed, &allowed) || !CPU_ISSET(core, &allowed))
    return false;
  CPU_ZERO(&there);
  CPU_SET(core, &there);
  if (::sched_setaffinity(0, sizeof there, &there)) return false;
  ::sched_setaffinity(0, sizeof allowed, &allowed);
  return true;
}

bool may_move(uint32_t from, uint32_t to) {
  constexpr uint32_t kFew = 2;
  return to < from || (from > kFew && to + 1 <= from - 1 + kMost);
}

int incoming_core(int socket) {
  int core = -1;
  socklen_t size = sizeof core;
  return ::getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &core, &size) == 0 ? core : -1;
}

}  // namespace elegraph::pgwire
