// SPDX-License-Identifier: Apache-2.0
#include "storage/wal.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <random>

#include "log_over_disk.h"
#include "storage/disk_wait.h"
#include "temporary_directory.h"

namespace elegraph::storage {
namespace {

struct MayNotWait final : DiskWait {
  bool begin() override { return false; }
  void end() override {}
};

std::string error_of(SimulatedDisk& disk) {
  try {
    read_all(disk);
    return "";
  } catch (const Error& error) {
    return error.sqlstate + " " + error.message;
  }
}

TEST(Wal, GivesTimestampsInOrderAndReadsThemBack) {
  SimulatedDisk disk;
  std::map<Timestamp, std::string> committed;
  {
    Log log(disk);
    for (uint64_t i = 1; i <= 500; ++i) log.submit(payload(i), i % 3 ? Durability::kOn : Durability::kOff);
    log.wait();
    committed = log.committed();
  }
  ASSERT_EQ(committed.size(), 500u);
  EXPECT_EQ(committed.begin()->first, 1u);
  EXPECT_EQ(committed.rbegin()->first, 500u);
  Log again(disk);
  EXPECT_EQ(again.read(), committed);
  again.commit("more");
  EXPECT_EQ(again.committed().begin()->first, 501u);
}

// Synced batches are written by blocks past the system's cache, the others by bytes through it, and both meet in one block.
void mix_blocks_and_bytes(FileSystem& files, const std::filesystem::path& directory) {
  std::map<Timestamp, std::string> committed;
  std::minstd_rand random(7);
  for (int life = 0; life < 12; ++life) {
    Log log(files, 64 << 10, std::chrono::milliseconds(200), directory);
    ASSERT_EQ(log.read(), committed) << "life " << life;
    for (int i = 0; i < 40; ++i) {
      const size_t bytes = random() % 8 == 0 ? random() % 20'000 : random() % 300;
      log.commit(payload(random(), bytes), random() % 3 ? Durability::kOn : Durability::kOff);
      if (i == 20 && life % 4 == 0) log.commit(payload(i, 200 << 10));
    }
    ASSERT_EQ(log.errors(), 0u);
    for (const auto& [at, redo] : log.committed()) committed[at] = redo;
  }
}

TEST(Wal, BlocksAndBytesMeetInAFile) {
  SimulatedDisk disk;
  mix_blocks_and_bytes(disk, kDirectory);
  TemporaryDirectory directory;
  mix_blocks_and_bytes(posix_file_system(), directory.path());
}

TEST(Wal, KeepsRecordsLargerThanASegment) {
  SimulatedDisk disk;
  {
    Log log(disk);
    log.commit(payload(1));
    log.commit(payload(2, 100'000));
    log.commit(payload(3));
    log.commit(payload(4, 0));
    log.commit("");
  }
  const auto read = read_all(disk);
  ASSERT_EQ(read.size(), 5u);
  EXPECT_EQ(read.at(2).size(), 100'000u);
  EXPECT_EQ(read.at(5), "");
}

void lose_power_at_every_step(DiskWait* wait) {
  constexpr uint64_t kTransactions = 60;
  auto run = [wait](SimulatedDisk& disk, std::map<Timestamp, std::string>& acknowledged) {
    const DiskWait::Scope scope(wait);
    try {
      Log log(disk, 1024);
      for (uint64_t i = 1; i <= kTransactions; ++i) {
        log.submit(payload(i, i % 17 == 0 ? 3000 : 30 + i));
        if (i % 5 == 0) log.wait();
      }
      log.wait();
      acknowledged = log.committed();
    } catch (const Error&) {  // no power while the log was made
    }
  };
  SimulatedDisk whole;
  std::map<Timestamp, std::string> all;
  run(whole, all);
  ASSERT_EQ(all.size(), kTransactions);
  for (uint64_t step = 0; step < whole.steps(); ++step) {
    SimulatedDisk disk;
    disk.lose_power_at(step);
    std::map<Timestamp, std::string> acknowledged;
    run(disk, acknowledged);
    for (uint64_t seed = 0; seed < 6; ++seed) {
      auto after = disk.after_power_loss(seed);
      Log log(*after, 1024);
      for (const auto& [at, redo] : acknowledged) {
        ASSERT_TRUE(log.read().count(at)) << "step " << step << " seed " << seed << " lost " << at;
        ASSERT_EQ(log.read().at(at), redo);
      }
      // What is more was submitted, in order, and is whole.
      for (const auto& [at, redo] : log.read()) ASSERT_EQ(redo, all.at(at)) << "step " << step << " seed " << seed;
      // And the log goes on: also over a torn tail whose records would fit again.
      const Timestamp next = log.read().empty() ? 1 : log.read().rbegin()->first + 1;
      for (uint64_t i = next; i < next + 3; ++i) log.commit(payload(i, i % 17 == 0 ? 3000 : 30 + i));
      auto read = read_all(*after->after_power_loss(seed + 1));
      ASSERT_EQ(read.size(), log.read().size() + 3);
    }
  }
}

TEST(Wal, WhatWasAcknowledgedSurvivesALossOfPowerAtAnyStep) { lose_power_at_every_step(nullptr); }

TEST(Wal, WhatAThreadWroteItselfSurvivesALossOfPowerAtAnyStep) {
  MayWait wait;
  lose_power_at_every_step(&wait);
  EXPECT_GT(wait.waits, 0);
}

TEST(Wal, CommitsOnAThreadThatMayWait) {
  SimulatedDisk disk;
  Log log(disk);
  MayWait wait;
  const DiskWait::Scope scope(&wait);
  for (uint64_t i = 1; i <= 100; ++i) {
    log.submit(payload(i));
    ASSERT_EQ(log.committed().count(i), 1u) << "submit() came back before its record was synced";
    ASSERT_EQ(read_all(*disk.after_power_loss(i)).size(), i);
  }
  EXPECT_EQ(wait.waits, 100);
  MayNotWait no;
  const DiskWait::Scope busy(&no);
  log.commit("by the log thread");
  log.commit("not synced", Durability::kOff);
  EXPECT_EQ(log.committed().size(), 102u);
}

TEST(Wal, CommitsATurnTogether) {
  SimulatedDisk disk;
  Log log(disk);
  log.commit(payload(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the log thread has gone to sleep
  InTurns turns;
  const DiskWait::Scope scope(&turns);
  const uint64_t before = disk.steps();
  log.submit(payload(2)), log.submit(payload(3)), log.submit(payload(4));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(disk.steps(), before) << "the turn has not ended";
  ASSERT_TRUE(turns.observer);
  turns.observer->turn_ended();
  log.wait();
  EXPECT_EQ(disk.steps() - before, 2u) << "one write and one sync";
  EXPECT_EQ(log.committed().size(), 4u);
}

TEST(Wal, CorruptionInTheMiddleIsToldFromATornTail) {
  SimulatedDisk disk;
  {
    Log log(disk, 1 << 16);
    for (uint64_t i = 1; i <= 20; ++i) log.commit(payload(i));
  }
  const auto file = kDirectory / segment_name(1);
  const uint64_t record = record_size(payload(1).size());
  for (uint64_t i = 0; i < 20; ++i) {
    for (uint64_t byte : {uint64_t{0}, uint64_t{8}, uint64_t{16}, uint64_t{24}, uint64_t{32}, uint64_t{45}}) {
      auto copy = disk.after_kill();
      copy->contents(file)[sizeof(SegmentHeader) + i * record + byte] ^= char(0x10);
      if (i < 19) {
        EXPECT_EQ(error_of(*copy).substr(0, 5), "XX001") << "record " << i << " byte " << byte;
      } else {
        EXPECT_EQ(read_all(*copy).size(), 19u);
      }
    }
  }
}

// A recycled segment's tail is its former life's payload, whose words may look like lengths and timestamps.
TEST(Wal, StaleBytesThatLookLikeHeadersAreNotReadAgainAndAgain) {
  SimulatedDisk disk;
  {
    Log log(disk, 1 << 23);
    for (uint64_t i = 1; i <= 3; ++i) log.commit(payload(i));
  }
  for (uint64_t step : {uint64_t{0}, uint64_t{1}}) {
    auto copy = disk.after_kill();
    auto& bytes = copy->contents(kDirectory / segment_name(1));
    uint64_t word = 1'000'000;
    for (size_t at = sizeof(SegmentHeader) + 4 * record_size(payload(1).size()); at + 8 <= bytes.size();
         at += 8, word += step)
      std::memcpy(bytes.data() + at, &word, sizeof word);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(read_all(*copy).size(), 3u);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  }
}

TEST(Wal, DamagedHeaderMissingSegmentAndDamageBeforeALaterSegmentAreRefused) {
  SimulatedDisk disk;
  {
    Log log(disk, 1024);
    for (uint64_t i = 1; i <= 60; ++i) log.commit(payload(i));
  }
  ASSERT_GE(disk.list(kDirectory).size(), 4u);
  auto header = disk.after_kill();
  header->contents(kDirectory / segment_name(3))[20] ^= 1;
  EXPECT_NE(error_of(*header).find(segment_name(3)), std::string::npos);
  auto missing = disk.after_kill();
  missing->remove(kDirectory / segment_name(2));
  EXPECT_EQ(error_of(*missing).substr(0, 5), "XX001");
  auto last = disk.after_kill();  // the last record of a segment: nothing after it but the next segment
  std::string& bytes = last->contents(kDirectory / segment_name(2));
  uint64_t at = sizeof(SegmentHeader), end = at;
  for (RecordHeader h; at + sizeof h <= bytes.size(); at += record_size(h.bytes)) {
    std::memcpy(&h, bytes.data() + at, sizeof h);
    if (h.timestamp == 0) break;
    end = at;
  }
  bytes[end + 41] ^= 1;
  EXPECT_EQ(error_of(*last).substr(0, 5), "XX001");
}

TEST(Wal, FullDiskFailsTheBatchAndLaterOnesSucceed) {
  SimulatedDisk disk;
  Log log(disk, 4096);
  disk.set_capacity(4096 + 2000);  // no room for a second segment
  for (uint64_t i = 1; log.errors() == 0; ++i) log.commit(payload(i, 200));
  EXPECT_EQ(log.last_state(), "53100");
  EXPECT_FALSE(log.wal().failed());
  const size_t kept = log.committed().size();
  EXPECT_GT(kept, 10u);
  disk.set_capacity(UINT64_MAX);
  log.commit("again");
  EXPECT_EQ(log.committed().rbegin()->first, kept + 1);
  EXPECT_EQ(read_all(*disk.after_power_loss(1)), log.committed());
}

TEST(Wal, FullDiskInTheMiddleOfAWriteLeavesNothingBehind) {
  SimulatedDisk disk;
  Log log(disk, 1 << 16);
  log.commit(payload(1));
  disk.fail_at(disk.steps(), ENOSPC);
  log.commit(payload(2));
  EXPECT_EQ(log.last_state(), "53100");
  EXPECT_FALSE(log.wal().failed());
  EXPECT_EQ(read_all(*disk.after_kill()).size(), 1u);
  log.commit(payload(3));
  EXPECT_EQ(read_all(*disk.after_power_loss(3)), log.committed());
}

TEST(Wal, FailedSyncOrWriteStopsTheLog) {
  for (uint64_t later : {0, 1}) {
    SimulatedDisk disk;
    Log log(disk);
    log.commit(payload(1));
    disk.fail_at(disk.steps() + later, EIO);
    log.commit(payload(2));
    EXPECT_TRUE(log.wal().failed());
    EXPECT_EQ(log.last_state(), "58030");
    log.commit(payload(3));
    EXPECT_EQ(log.errors(), 2u);
    EXPECT_EQ(log.committed().size(), 1u);
    EXPECT_THROW(log.wal().sync(), Error);
  }
}

TEST(Wal, UnsyncedCommitsAreSyncedSoonAndBySync) {
  SimulatedDisk disk;
  Log log(disk, 1 << 16, std::chrono::milliseconds(20));
  log.commit(payload(1), Durability::kOff);
  for (int i = 0; i < 500 && read_all(*disk.after_power_loss(0)).empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(read_all(*disk.after_power_loss(0)).size(), 1u);
  Log slow(disk, 1 << 16, std::chrono::hours(1));
  slow.commit(payload(2), Durability::kOff);
  slow.wal().sync();
  for (uint64_t seed = 0; seed < 8; ++seed) EXPECT_EQ(read_all(*disk.after_power_loss(seed)).size(), 2u);
}

// Segments and records longer than the pieces in which they are read, some of them across a piece's end.
TEST(Wal, ReadsLargeSegmentsBack) {
  SimulatedDisk disk;
  std::map<Timestamp, std::string> committed;
  {
    Log log(disk, 3 << 20);
    for (uint64_t i = 0; i < 24; ++i) log.commit(std::string(i % 8 == 7 ? 4 << 20 : 300'000 + i, char('a' + i)));
    committed = log.committed();
  }
  EXPECT_EQ(read_all(disk), committed);
}

TEST(Wal, RemovesAndRecyclesSegments) {
  SimulatedDisk disk;
  Log log(disk, 1024);
  for (uint64_t i = 1; i <= 300; ++i) {
    log.commit(payload(i));
    if (i % 50 == 0) log.wal().remove_until(i - 10);
  }
  EXPECT_LE(disk.list(kDirectory).size(), 7u);
  std::map<Timestamp, std::string> read;
  read_log(disk, kDirectory, 290, [&](Timestamp at, std::string_view redo) { read[at] = redo; });
  EXPECT_EQ(read.size(), 10u);
  EXPECT_THROW(read_log(disk, kDirectory, 0, [](Timestamp, std::string_view) {}), Error);    // too much removed
  EXPECT_THROW(read_log(disk, kDirectory, 301, [](Timestamp, std::string_view) {}), Error);  // ends too early
}

void commit_on_many_threads(DiskWait* wait) {
  SimulatedDisk disk;
  std::map<Timestamp, std::string> committed;
  {
    Log log(disk, 16384);
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        const DiskWait::Scope scope(t % 2 ? wait : nullptr);
        for (uint64_t i = 0; i < 300; ++i) log.submit(payload(t * 1000 + i), i % 2 ? Durability::kOn : Durability::kOff);
      });
    }
    for (auto& thread : threads) thread.join();
    log.wait();
    committed = log.committed();
  }
  EXPECT_EQ(committed.size(), 2400u);
  EXPECT_EQ(read_all(disk), committed);
}

TEST(Wal, ManyThreadsCommitWhatTheyReadBack) { commit_on_many_threads(nullptr); }

TEST(Wal, ManyThreadsThatMayWaitCommitWhatTheyReadBack) {
  MayWait wait;
  commit_on_many_threads(&wait);
}

}  // namespace
}  // namespace elegraph::storage
