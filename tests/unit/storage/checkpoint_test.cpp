// SPDX-License-Identifier: Apache-2.0
#include "storage/checkpoint.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "pairs.h"
#include "simulated_disk.h"
#include "storage/recovery.h"

namespace elegraph::storage {
namespace {

Database::Options options(SimulatedDisk& disk) {
  Database::Options o;
  o.directory = "/graph";
  o.files = &disk;
  o.start_threads = false;
  o.recovery_threads = 2;
  o.log_segment_bytes = 1 << 16;
  return o;
}

Manifest manifest(SimulatedDisk& disk) { return decode_manifest(disk.read("/graph/MANIFEST")); }

TEST(CheckpointFormat, ManifestsComeBackAndDamageIsSeen) {
  Manifest manifest{77,
                    3,
                    {{SectionKind::kCatalog, 0, 3, 0, 10, 11}, {SectionKind::kNodeChunk, 4, 2, 16, 100, 12}},
                    {5, 4096, 99, 76, 123}};
  const std::string bytes = encode_manifest(manifest);
  const Manifest back = decode_manifest(bytes);
  EXPECT_EQ(back.timestamp, 77u);
  EXPECT_EQ(back.sequence, 3u);
  ASSERT_EQ(back.sections.size(), 2u);
  EXPECT_EQ(back.sections[1].id, 4u);
  EXPECT_EQ(back.sections[1].checksum, 12u);
  EXPECT_EQ(back.log.segment, 5u);
  EXPECT_EQ(back.log.position, 4096u);
  EXPECT_EQ(back.log.salt, 99u);
  EXPECT_EQ(back.log.timestamp, 76u);
  EXPECT_EQ(back.log.checksum, 123u);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 4;
    EXPECT_THROW(decode_manifest(damaged), Error);
    EXPECT_THROW(decode_manifest(bytes.substr(0, i)), Error);
  }
}

// The manifest's bytes as another format has them.
std::string in_format(const Manifest& manifest, uint32_t format) {
  std::string bytes = encode_manifest(manifest);
  std::memcpy(bytes.data() + 8, &format, sizeof format);
  if (format == 1) bytes.erase(32, sizeof(LogMark));
  const uint64_t checksum = section_checksum(std::string_view(bytes).substr(0, bytes.size() - sizeof(uint64_t)));
  std::memcpy(bytes.data() + bytes.size() - sizeof checksum, &checksum, sizeof checksum);
  return bytes;
}

TEST(CheckpointFormat, TheFirstFormatIsReadAndUnknownOnesAreRefused) {
  const Manifest manifest{77, 3, {{SectionKind::kCatalog, 0, 3, 0, 10, 11}}, {5, 4096, 99, 76, 123}};
  const Manifest back = decode_manifest(in_format(manifest, 1));
  EXPECT_EQ(back.timestamp, 77u);
  ASSERT_EQ(back.sections.size(), 1u);
  EXPECT_EQ(back.sections[0].checksum, 11u);
  EXPECT_EQ(back.log.segment, 0u);
  for (const uint32_t format : {0u, 3u}) {
    try {
      decode_manifest(in_format(manifest, format));
      FAIL() << format;
    } catch (const Error& error) {
      EXPECT_EQ(error.sqlstate, "F0000");
    }
  }
}

TEST(CheckpointFormat, DefinitionsComeBack) {
  const std::vector<std::string> definitions{"one", "", std::string(1000, 'x')};
  EXPECT_EQ(decode_definitions(encode_definitions(definitions)), definitions);
  EXPECT_THROW(decode_definitions("abc"), Error);
  EXPECT_THROW(decode_definitions(std::string("\x05\0\0\0ab", 6)), Error);
}

TEST(Checkpoint, OldFilesGoAndTheLogIsCut) {
  SimulatedDisk disk;
  auto o = options(disk);
  o.log_segment_bytes = 2048;
  const auto database = Database::open(o, {});
  PairSession session(database->graph());
  for (int64_t i = 1; i <= 100; ++i) {
    apply_step(session, i);
    if (i % 10 == 0) database->checkpoint();
  }
  EXPECT_LE(disk.list("/graph/wal").size(), 3u);  // the one in use, perhaps one before it, and a spare
  std::set<uint64_t> used;
  for (const auto& s : manifest(disk).sections) used.insert(s.file);
  EXPECT_EQ(disk.list("/graph/checkpoint").size(), used.size());
}

TEST(Checkpoint, TakesOverWhatHasNotChanged) {
  SimulatedDisk disk;
  const auto database = Database::open(options(disk), {});
  PairSession session(database->graph());
  auto* slot = database->graph().open_slot();
  {
    auto t = database->graph().begin(slot);  // a full chunk of another label set
    const LabelId label = t->label("Big");
    const LabelSetId set = database->graph().catalog().intern_label_set(std::span(&label, 1));
    for (uint32_t i = 0; i < kChunkRows; ++i) t->set_property(t->create_node(set), t->key("k"), Value::integer(i));
    commit_and_wait(*t);
  }
  database->graph().close_slot(slot);
  while (database->graph().vacuum()) continue;
  database->checkpoint();
  const uint64_t first = manifest(disk).sequence;
  Manifest last;
  for (int64_t i = 1; i <= 3; ++i) {
    apply_step(session, i);
    database->checkpoint();
    last = manifest(disk);
  }
  uint64_t taken_over = 0;
  for (const auto& s : last.sections) taken_over += s.file == first && s.kind == SectionKind::kNodeChunk;
  EXPECT_EQ(taken_over, 1u);
}

TEST(Checkpoint, NothingNewNothingWritten) {
  SimulatedDisk disk;
  {
    const auto database = Database::open(options(disk), {});
    PairSession session(database->graph());
    apply_step(session, 1);
  }
  const uint64_t sequence = manifest(disk).sequence;
  EXPECT_GT(sequence, 0u);  // the clean stop wrote one
  { const auto database = Database::open(options(disk), {}); }
  EXPECT_EQ(manifest(disk).sequence, sequence);
}

TEST(Checkpoint, IsTriggeredByTheLogsSize) {
  SimulatedDisk disk;
  auto o = options(disk);
  o.start_threads = true;
  o.checkpoint_after_bytes = 2000;
  const auto database = Database::open(o, {});
  PairSession session(database->graph());
  for (int64_t i = 1; i <= 40; ++i) apply_step(session, i);
  for (int i = 0; i < 1000 && manifest(disk).sequence == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GT(manifest(disk).sequence, 0u);
}

TEST(Checkpoint, AFullDiskLeavesTheLastOneAndIsTriedAgain) {
  SimulatedDisk disk;
  const auto database = Database::open(options(disk), {});
  PairSession session(database->graph());
  for (int64_t i = 1; i <= 10; ++i) apply_step(session, i);
  database->checkpoint();
  for (int64_t i = 11; i <= 20; ++i) apply_step(session, i);
  disk.set_capacity(0);
  EXPECT_THROW(database->checkpoint(), Error);
  EXPECT_FALSE(database->failed());
  EXPECT_EQ(manifest(disk).sequence, 1u);
  disk.set_capacity(UINT64_MAX);
  database->checkpoint();
  EXPECT_EQ(manifest(disk).sequence, 3u);  // a number is never used twice
}

// Sessions write while checkpoints are taken; power goes at some moment; what each session had acknowledged is there.
TEST(Checkpoint, BesideRunningLoad) {
  constexpr int64_t kSessions = 4, kSpan = 1'000'000;
  SimulatedDisk disk;
  auto o = options(disk);
  o.start_threads = true;
  std::vector<std::unique_ptr<SimulatedDisk>> crashes;
  std::vector<std::vector<int64_t>> acknowledged;
  std::array<std::atomic<int64_t>, kSessions> done{};
  {
    const auto database = Database::open(o, {});
    std::atomic<bool> stop{false};
    std::vector<std::thread> writers;
    for (int64_t w = 0; w < kSessions; ++w) {
      writers.emplace_back([&, w] {
        PairSession session(database->graph());
        for (int64_t i = 1; i <= 150 && !stop; ++i) {
          session.create(w * kSpan + i, i, i % 3 ? Durability::kOn : Durability::kOff);
          if (i % 4 == 0) session.set(w * kSpan + i / 2, -i);
          // kOff promises nothing until something synced comes after it.
          if (i % 3) done[size_t(w)].store(i);
        }
      });
    }
    for (int round = 0; round < 8; ++round) {
      database->checkpoint();
      std::vector<int64_t> now;
      for (auto& d : done) now.push_back(d.load());
      acknowledged.push_back(now);
      crashes.push_back(disk.after_power_loss(uint64_t(round)));
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    for (auto& thread : writers) thread.join();
  }
  for (size_t c = 0; c < crashes.size(); ++c) {
    EXPECT_EQ(check_directory(*crashes[c], "/graph", {}), std::vector<std::string>{});
    const auto database = Database::open(options(*crashes[c]), {});
    const Pairs found = PairSession(database->graph()).read();
    for (int64_t w = 0; w < kSessions; ++w) {
      for (int64_t i = 1; i <= acknowledged[c][size_t(w)]; ++i) ASSERT_TRUE(found.count(w * kSpan + i)) << c << " " << w;
    }
  }
  const auto database = Database::open(options(disk), {});
  EXPECT_EQ(PairSession(database->graph()).read().size(), size_t(kSessions) * 150);
}

}  // namespace
}  // namespace elegraph::storage
