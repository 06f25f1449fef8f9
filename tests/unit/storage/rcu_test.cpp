// SPDX-License-Identifier: Apache-2.0
#include "storage/rcu.h"

#include <gtest/gtest.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace elegraph {
namespace {

using namespace std::chrono_literals;

// Processor time of all threads but the calling one.
std::chrono::nanoseconds time_of_others() {
  const auto read = [](clockid_t clock) {
    timespec t{};
    ::clock_gettime(clock, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  };
  return read(CLOCK_PROCESS_CPUTIME_ID) - read(CLOCK_THREAD_CPUTIME_ID);
}

// A section of its own thread, open until end().
class OpenSection {
 public:
  OpenSection()
      : thread_([this] {
          const rcu::ReadGuard guard;
          open_ = true;
          open_.notify_one();
          ended_.wait(false);
        }) {
    open_.wait(false);
  }
  void end() {
    ended_ = true;
    ended_.notify_one();
    thread_.join();
  }

 private:
  std::atomic<bool> open_ = false, ended_ = false;
  std::thread thread_;
};

void set(void* flag) { static_cast<std::atomic<bool>*>(flag)->store(true); }

TEST(Rcu, FreesNothingBeforeTheSectionsThatWereOpenHaveEnded) {
  OpenSection section;
  std::atomic<bool> freed = false;
  rcu::retire(&freed, set);
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(freed);
  section.end();
  rcu::drain();
  EXPECT_TRUE(freed);
}

TEST(Rcu, SectionsNest) {
  std::atomic<bool> inner_ended = false, end = false, freed = false;
  std::thread reader([&] {
    const rcu::ReadGuard outer;
    { const rcu::ReadGuard inner; }
    inner_ended = true;
    inner_ended.notify_one();
    end.wait(false);
  });
  inner_ended.wait(false);
  rcu::retire(&freed, set);
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(freed);
  end = true;
  end.notify_one();
  reader.join();
  rcu::drain();
  EXPECT_TRUE(freed);
}

// What is retired beside a long section waits for it. Short sections that end meanwhile must not keep who waits busy.
TEST(Rcu, ShortSectionsWakeNobodyWhileALongOneIsOpen) {
  OpenSection section;
  std::atomic<bool> freed = false;
  rcu::retire(&freed, set);
  std::this_thread::sleep_for(20ms);
  const auto before = time_of_others();
  const auto end = std::chrono::steady_clock::now() + 200ms;
  while (std::chrono::steady_clock::now() < end) const rcu::ReadGuard guard;
  EXPECT_LT(time_of_others() - before, 50ms);
  section.end();
  rcu::drain();
  EXPECT_TRUE(freed);
}

}  // namespace
}  // namespace elegraph
