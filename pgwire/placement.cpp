// SPDX-License-Identifier: Apache-2.0
#include "pgwire/placement.h"

#include <sys/socket.h>

#include <algorithm>
#include <numeric>

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

int home_of(std::span<const int> cores) {
  constexpr size_t kLeast = 3;
  int candidate = -1;
  size_t lead = 0;
  for (int core : cores) {  // Boyer and Moore, "MJRTY: A Fast Majority Vote Algorithm", 1981
    if (lead == 0) candidate = core;
    lead = core == candidate ? lead + 1 : lead - 1;
  }
  const bool most = 2 * size_t(std::ranges::count(cores, candidate)) > cores.size();
  return most && cores.size() >= kLeast ? candidate : -1;
}

bool may_move(uint32_t from, uint32_t to) { return to + 1 <= from - 1 + kMost; }

int incoming_core(int socket) {
  int core = -1;
  socklen_t size = sizeof core;
  return ::getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &core, &size) == 0 ? core : -1;
}

}  // namespace elegraph::pgwire
