// SPDX-License-Identifier: Apache-2.0
// Batches of the log that are synced beside others.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <random>
#include <thread>

#include "log_over_disk.h"

namespace elegraph::storage {
namespace {

using namespace std::chrono_literals;

// Holds syncs until it is told to let them go. The log may sync for longer than it lives.
class Gate {
 public:
  explicit Gate(SimulatedDisk& disk) {
    disk.while_syncing([state = state_] { state->pass(); });
  }
  ~Gate() { open(); }
  void open() {
    change([](State& s) { s.open = true; });
  }
  // Only that one.
  void let_go(int number) {
    change([&](State& s) { s.gone.push_back(number); });
  }
  bool has_come(int count) {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, 10s, [&] { return state_->come >= count; });
  }
  int come() {
    std::lock_guard lock(state_->mutex);
    return state_->come;
  }

 private:
  struct State {
    void pass() {
      std::unique_lock lock(mutex);
      const int number = ++come;
      changed.notify_all();
      changed.wait(lock, [&] { return open || std::ranges::count(gone, number) > 0; });
    }

    std::mutex mutex;
    std::condition_variable changed;
    int come = 0;
    bool open = false;
    std::vector<int> gone;
  };
  template <class F>
  void change(F f) {
    std::lock_guard lock(state_->mutex);
    f(*state_);
    state_->changed.notify_all();
  }

  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

void submit_and_expect_sync(Log& log, Gate& gate, uint64_t i) {
  log.submit(payload(i));
  ASSERT_TRUE(gate.has_come(int(i))) << i;
}

template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 2000; i++, std::this_thread::sleep_for(5ms))
    if (condition()) return true;
  return false;
}

TEST(WalBeside, IsPublishedInOrder) {
  SimulatedDisk disk;
  Log log(disk);
  Gate gate(disk);
  submit_and_expect_sync(log, gate, 1);
  submit_and_expect_sync(log, gate, 2);
  gate.let_go(2);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(log.committed_now(), 0u);
  gate.let_go(1);
  log.wait();
  EXPECT_EQ(log.committed(), (std::map<Timestamp, std::string>{{1, payload(1)}, {2, payload(2)}}));
  EXPECT_EQ(read_all(*disk.after_power_loss(1)), log.committed());
}

TEST(WalBeside, TheFirstDoesNotWaitForTheNext) {
  SimulatedDisk disk;
  Log log(disk);
  Gate gate(disk);
  submit_and_expect_sync(log, gate, 1);
  submit_and_expect_sync(log, gate, 2);
  gate.let_go(1);
  EXPECT_TRUE(soon([&] { return log.committed_now() == 1; }));
  submit_and_expect_sync(log, gate, 3);
  EXPECT_EQ(log.committed_now(), 1u);
  for (uint64_t seed = 0; seed < 8; seed++) EXPECT_GE(read_all(*disk.after_power_loss(seed)).size(), 1u);
  gate.open();
  log.wait();
  EXPECT_EQ(read_all(*disk.after_power_loss(1)), log.committed());
}

TEST(WalBeside, NotMoreThanTwoAtOnce) {
  SimulatedDisk disk;
  Log log(disk);
  Gate gate(disk);
  submit_and_expect_sync(log, gate, 1);
  submit_and_expect_sync(log, gate, 2);
  log.submit(payload(3)), log.submit(payload(4));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(gate.come(), 2);
  gate.open();
  log.wait();
  EXPECT_EQ(log.committed().size(), 4u);
}

// A thread that serves others must not wait for a place, too.
TEST(WalBeside, NotMoreThanTwoThreadsWait) {
  SimulatedDisk disk;
  Log log(disk);
  Gate gate(disk);
  MayWait waits[3];
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&, i] {
      const DiskWait::Scope scope(&waits[i]);
      log.submit(payload(uint64_t(i)));
    });
    if (i < 2) {
      ASSERT_TRUE(gate.has_come(i + 1));
    }
  }
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(waits[0].waits + waits[1].waits, 2);
  EXPECT_EQ(waits[2].waits, 0);
  gate.open();
  for (auto& thread : threads) thread.join();
  log.wait();
  EXPECT_EQ(log.committed().size(), 3u);
}

// Where syncs take no time, batches are large only if the processors are busy.
TEST(WalBeside, ALargeBatchIsAloneWhereSyncsAreFast) {
  for (const bool fast : {true, false}) {
    SimulatedDisk disk;
    Log log(disk, 1 << 16);
    if (!fast) disk.while_syncing([] { std::this_thread::sleep_for(5ms); });
    for (uint64_t i = 0; i < 20; i++) log.commit(payload(i));
    Gate gate(disk);
    InTurns turns;
    {
      const DiskWait::Scope scope(&turns);
      for (uint64_t i = 0; i < 100; i++) log.submit(payload(i));
    }
    turns.observer->turn_ended();
    ASSERT_TRUE(gate.has_come(1));
    log.submit(payload(1));
    if (fast) {
      std::this_thread::sleep_for(50ms);
      EXPECT_EQ(gate.come(), 1);
      gate.let_go(1);
    }
    EXPECT_TRUE(gate.has_come(2));
    gate.open();
    log.wait();
    EXPECT_EQ(log.committed().size(), 121u);
  }
}

// The kernel tells one of two syncs of what could not be written from its cache.
TEST(WalBeside, WhatIsInTheCacheIsSyncedAlone) {
  SimulatedDisk disk;
  Log log(disk, 8192, 1h);
  log.commit(payload(1), Durability::kOff);
  Gate gate(disk);
  log.submit(payload(2));
  ASSERT_TRUE(gate.has_come(1));
  log.submit(payload(3));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(gate.come(), 1);
  gate.let_go(1);
  ASSERT_TRUE(gate.has_come(2));
  log.submit(payload(4));
  ASSERT_TRUE(gate.has_come(3)) << "nothing is in the cache any more";
  log.submit(payload(5), Durability::kOff);
  gate.open();
  log.wait();
  EXPECT_EQ(log.committed().size(), 5u);
}

TEST(WalBeside, AFailedSyncTakesTheNextBatchWithIt) {
  SimulatedDisk disk;
  std::atomic<int> syncs = 0, over = 0;
  Log log(disk);
  log.commit(payload(1));
  disk.while_syncing([&] {
    if (++syncs == 1) {
      soon([&] { return over == 1; });
      std::this_thread::sleep_for(20ms);
      throw file_error("sync file", kDirectory, EIO);
    }
    over++;
  });
  log.submit(payload(2));
  ASSERT_TRUE(soon([&] { return syncs == 1; }));
  log.submit(payload(3));
  log.wait();
  EXPECT_EQ(log.committed().size(), 1u);
  EXPECT_EQ(log.errors(), 2u);
  EXPECT_EQ(log.last_state(), "58030");
  EXPECT_TRUE(log.wal().failed());
}

TEST(WalBeside, WhoMayBeRefusedIsAskedWhenAllBeforeArePublished) {
  SimulatedDisk disk;
  Log log(disk);
  Gate gate(disk);
  submit_and_expect_sync(log, gate, 1);
  std::atomic<bool> asked = false;
  CommitLog::Entry entry;
  entry.publish = [](Timestamp, std::exception_ptr) {};
  entry.admit = [&](std::span<const void* const> waiting) {
    EXPECT_EQ(log.committed_now(), 1u);
    EXPECT_TRUE(waiting.empty());
    asked = true;
    return std::exception_ptr();
  };
  log.wal().submit(std::move(entry));
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(asked);
  gate.open();
  EXPECT_TRUE(soon([&] { return asked.load(); }));
}

TEST(WalBeside, AMarkIsOfWhatIsPublished) {
  SimulatedDisk disk;
  Log log(disk);
  Gate gate(disk);
  submit_and_expect_sync(log, gate, 1);
  submit_and_expect_sync(log, gate, 2);
  std::thread marker([&] {
    EXPECT_EQ(log.wal().mark().timestamp, 2u);
    EXPECT_EQ(log.committed_now(), 2u);
  });
  std::this_thread::sleep_for(20ms);
  gate.open();
  marker.join();
  log.wal().sync();
}

// Threads that wait for each of their commits, syncs that take different times, and a loss of power in the middle.
TEST(WalBeside, WhatWasAcknowledgedSurvives) {
  std::mt19937_64 random(7);
  int at_once_seen = 0;
  for (int run = 0; run < 60; run++) {
    SimulatedDisk disk;
    std::atomic<uint64_t> sync = random();
    std::atomic<int> at_once = 0, most = 0;
    disk.while_syncing([&] {
      most = std::max<int>(most, ++at_once);
      std::this_thread::sleep_for(std::chrono::microseconds((sync += 0x9E3779B97F4A7C15) >> 54));
      at_once--;
    });
    std::mutex mutex;
    std::map<Timestamp, std::string> durable;
    auto commit = [&](Log& log, const std::string& redo, Durability durability) {
      std::promise<void> done;
      log.submit(redo, durability, [&](Timestamp at) {
        const std::lock_guard lock(mutex);
        if (at && durability == Durability::kOn) durable[at] = redo;
        done.set_value();
      });
      done.get_future().get();
    };
    {
      Log log(disk, 4096);
      disk.lose_power_at(disk.steps() + 20 + random() % 120);
      std::vector<std::thread> threads;
      for (uint64_t t = 0; t < 4; t++) {
        threads.emplace_back([&, t] {
          for (uint64_t i = 0; i < 40; i++)
            commit(log, payload(t * 1000 + i, 40 + i * 7 % 300),
                   run % 3 == 0 && i % 9 == t ? Durability::kOff : Durability::kOn);
        });
      }
      for (auto& thread : threads) thread.join();
      log.wait();
    }
    at_once_seen = std::max<int>(at_once_seen, most);
    EXPECT_GT(durable.size(), 0u);
    for (uint64_t seed = 0; seed < 4; seed++) {
      const auto read = read_all(*disk.after_power_loss(seed));
      for (const auto& [at, redo] : durable) {
        ASSERT_TRUE(read.contains(at)) << "run " << run << " seed " << seed << " lost " << at;
        ASSERT_EQ(read.at(at), redo);
      }
    }
  }
  EXPECT_GE(at_once_seen, 2);
}

}  // namespace
}  // namespace elegraph::storage
