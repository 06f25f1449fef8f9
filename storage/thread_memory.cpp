// SPDX-License-Identifier: Apache-2.0
#include "storage/thread_memory.h"

#include <mimalloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "storage/cores.h"

// Where a sanitizer brings its own allocator these are not there.
#pragma weak mi_collect
#pragma weak mi_free
#pragma weak mi_malloc
#pragma weak mi_option_get
#pragma weak mi_option_set
#pragma weak mi_option_set_default

namespace elegraph::storage {
namespace {

constexpr double kWorked = 0.02;  // seconds of processor time that may have left something worth looking for
constexpr double kAsked = 0.002;  // seconds of processor time that a core's threads take to give memory back, at most
constexpr double kResting = 0.1;  // of one core's time

// Milliseconds until freed pages return to the system. The allocator's own 25 are less than some queries take: the next one
// then has the same pages made and zeroed again, which can cost more than what it does with them.
constexpr long kKept = 100;

// Bytes: of a few pages up to most of a segment, as segments whose longest free stretch is shorter are not asked for them.
constexpr std::array<size_t, 3> kProbes{70'000, 520'000, 4'000'000};

struct Listeners {
  std::mutex mutex;
  std::vector<RestListener*> all;
};

Listeners& listeners() {
  static Listeners& l = *new Listeners;
  return l;
}

double seconds(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

}  // namespace

void give_back_thread_memory() {
  if (!&mi_collect) return;
  // Else freed pages would be returned at some later free, which a thread at rest does not make. The setting is the
  // process's: the first one to come sets it, the last one to go takes it back, and none waits for another, as a query may
  // be the next thing that it has to do. Who comes while the last one goes may give back less.
  static const long delay = mi_option_get(mi_option_decommit_delay);
  static std::atomic<int> at_it{0};
  if (at_it.fetch_add(1) == 0) mi_option_set(mi_option_decommit_delay, 0);
  mi_collect(true);
  // That leaves pages which were freed a while ago and whose delay has passed since, unnoticed. Who takes pages of the
  // segment that they are in returns them: here it does not matter how many, only that they come from a segment in use.
  for (const size_t size : kProbes) mi_free(mi_malloc(size));
  if (at_it.fetch_sub(1) == 1) mi_option_set(mi_option_decommit_delay, delay);
}

RestListener::RestListener(std::function<void()> f) : f_(std::move(f)) {
  std::lock_guard lock(listeners().mutex);
  listeners().all.push_back(this);
}

RestListener::~RestListener() {
  std::lock_guard lock(listeners().mutex);
  std::erase(listeners().all, this);
}

RestWatch::RestWatch() {
  // A value from the environment stays.
  if (&mi_option_set_default) mi_option_set_default(mi_option_decommit_delay, kKept);
}

void RestWatch::look() {
  const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), time = seconds(CLOCK_MONOTONIC);
  const bool rests = cpu - last_cpu_ < kResting * (time - last_time_);
  const double cpu_before = std::exchange(last_cpu_, cpu);
  last_time_ = time;
  if (!rests || cpu - told_cpu_ < kWorked) return;
  give_back_thread_memory();
  {
    std::lock_guard lock(listeners().mutex);
    for (RestListener* l : listeners().all) l->f_();
  }
  // What the listeners have only begun must not count as new work, else a process at rest tells them again and again. What
  // was done since the last look does count: it can be the first part of work that goes on.
  const double telling = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  told_cpu_ = cpu_before + telling + kAsked * available_cores();
}

}  // namespace elegraph::storage
