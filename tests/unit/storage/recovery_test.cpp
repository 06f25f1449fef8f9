// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pairs.h"
#include "simulated_disk.h"
#include "storage/checkpoint_format.h"
#include "storage/wal_format.h"
#include "temporary_directory.h"

namespace elegraph::storage {
namespace {

Database::Options options(SimulatedDisk& disk) {
  Database::Options o;
  o.directory = "/graph";
  o.files = &disk;
  o.start_threads = false;
  o.recovery_threads = 2;
  o.log_segment_bytes = 4096;
  return o;
}

// Keeps definitions as index/ does.
class Definitions : public ChangeObserver {
 public:
  void attached(Graph& graph) override { graph_ = &graph; }
  void recovered_definition(std::string_view payload) override { known.emplace(payload); }
  void recovered() override { ++recoveries; }
  std::vector<std::string> definitions() override { return {known.begin(), known.end()}; }
  void verify(std::vector<std::string>& findings) override {
    if (!graph_) findings.push_back("no graph");
  }
  void define(const std::string& text) {
    auto* slot = graph_->open_slot();
    auto transaction = graph_->begin(slot);
    transaction->log_definition(text);
    commit_and_wait(*transaction);
    transaction = nullptr;
    graph_->close_slot(slot);
    known.insert(text);
  }
  std::set<std::string> known;
  int recoveries = 0;

 private:
  Graph* graph_ = nullptr;
};

// Transactions with checkpoints and vacuums between them, until an error stops it. Answers how many were acknowledged.
int64_t run(SimulatedDisk& disk, int64_t steps, const std::set<int64_t>& checkpoints, std::string* state = nullptr) {
  int64_t acknowledged = 0;
  try {
    const auto database = Database::open(options(disk), {});
    PairSession session(database->graph());
    for (int64_t i = 1; i <= steps; ++i) {
      apply_step(session, i);
      acknowledged = i;
      if (i % 5 == 0) database->graph().vacuum();
      if (checkpoints.count(i)) database->checkpoint();
    }
  } catch (const Error& error) {
    if (state) *state = error.sqlstate;
  }
  return acknowledged;
}

Pairs recovered(SimulatedDisk& disk) {
  const auto database = Database::open(options(disk), {});
  return PairSession(database->graph()).read();
}

std::string state_of_open(SimulatedDisk& disk) {
  try {
    Database::open(options(disk), {});
    return "opened";
  } catch (const Error& error) {
    return error.sqlstate;
  }
}

TEST(Recovery, FromTheLogAlone) {
  SimulatedDisk disk;
  auto database = Database::open(options(disk), {});
  {
    PairSession session(database->graph());
    for (int64_t i = 1; i <= 50; ++i) apply_step(session, i);
    EXPECT_EQ(session.read(), model_after(50));
  }
  auto after = disk.after_power_loss(1);
  EXPECT_EQ(recovered(*after), model_after(50));
  EXPECT_EQ(recovered(*after), model_after(50));  // and once more from what recovery left
}

TEST(Recovery, FromACheckpointAndTheLog) {
  SimulatedDisk disk;
  EXPECT_EQ(run(disk, 60, {20, 45}), 60);
  EXPECT_EQ(recovered(disk), model_after(60));
  EXPECT_EQ(check_directory(disk, "/graph", {}), std::vector<std::string>{});
}

TEST(Recovery, GoesOnWhereItStopped) {
  SimulatedDisk disk;
  int64_t done = 0;
  for (int round = 1; round <= 6; ++round) {
    const auto database = Database::open(options(disk), {});
    PairSession session(database->graph());
    ASSERT_EQ(session.read(), model_after(done));
    for (int i = 0; i < 11; ++i) apply_step(session, ++done);
    if (round % 2) database->checkpoint();
    for (int i = 0; i < 5; ++i) apply_step(session, ++done);
    ASSERT_EQ(session.read(), model_after(done));
  }
  EXPECT_EQ(recovered(*disk.after_power_loss(2)), model_after(done));
}

TEST(Recovery, DefinitionsComeBack) {
  SimulatedDisk disk;
  for (int round = 0; round < 3; ++round) {
    Definitions definitions;
    const auto database = Database::open(options(disk), {&definitions});
    EXPECT_EQ(definitions.recoveries, 1);
    ASSERT_EQ(definitions.known.size(), size_t(round) * 2);
    definitions.define("index " + std::to_string(round));
    database->checkpoint();
    definitions.define("constraint " + std::to_string(round));
  }
  Definitions definitions;
  EXPECT_EQ(check_directory(disk, "/graph", {&definitions}), std::vector<std::string>{});
  EXPECT_EQ(definitions.known.size(), 6u);
}

TEST(Recovery, AcknowledgedTransactionsSurviveALossOfPowerAtAnyStep) {
  constexpr int64_t kSteps = 32;
  const std::set<int64_t> checkpoints{10, 18, 27};
  SimulatedDisk whole;
  ASSERT_EQ(run(whole, kSteps, checkpoints), kSteps);
  for (uint64_t step = 0; step < whole.steps(); ++step) {
    SimulatedDisk disk;
    disk.lose_power_at(step);
    const int64_t acknowledged = run(disk, kSteps, checkpoints);
    for (uint64_t seed = 0; seed < 2; ++seed) {
      const auto after = disk.after_power_loss(seed);
      const Pairs found = recovered(*after);
      // The one in hand may be there, whole, or not.
      ASSERT_TRUE(found == model_after(acknowledged) || found == model_after(acknowledged + 1))
          << "step " << step << ", seed " << seed << ", acknowledged " << acknowledged;
    }
    const auto after = disk.after_power_loss(9);
    if (after->exists("/graph/FORMAT") && after->exists("/graph/MANIFEST")) {
      ASSERT_EQ(check_directory(*after, "/graph", {}), std::vector<std::string>{}) << "step " << step;
    }
  }
}

TEST(Recovery, SurvivesALossOfPowerDuringRecovery) {
  SimulatedDisk disk;
  ASSERT_EQ(run(disk, 30, {12}), 30);
  const auto first = disk.after_kill();
  recovered(*first);
  const uint64_t steps = first->steps();
  for (uint64_t step = 0; step < steps; ++step) {
    const auto second = disk.after_kill();
    second->lose_power_at(step);
    try {
      recovered(*second);
    } catch (const Error&) {}
    ASSERT_EQ(recovered(*second->after_power_loss(step)), model_after(30)) << "step " << step;
  }
}

TEST(Recovery, AFailedWriteAtAnyStepIsAnErrorAndNothingIsLost) {
  constexpr int64_t kSteps = 24;
  SimulatedDisk whole;
  ASSERT_EQ(run(whole, kSteps, {10}), kSteps);
  for (const int code : {EIO, ENOSPC}) {
    for (uint64_t step = 0; step < whole.steps(); ++step) {
      SimulatedDisk disk;
      disk.fail_at(step, code);
      std::string state;
      const int64_t acknowledged = run(disk, kSteps, {10}, &state);
      const Pairs found = recovered(*disk.after_power_loss(step));
      // 53100 says that the transaction is not there; 58030 leaves it open.
      ASSERT_TRUE(found == model_after(acknowledged) || (state == "58030" && found == model_after(acknowledged + 1)))
          << "step " << step << ", acknowledged " << acknowledged << ", " << state;
    }
  }
}

TEST(Recovery, WhatAStartHasReadIsOnTheDisk) {
  SimulatedDisk disk;
  std::unique_ptr<SimulatedDisk> killed;
  {
    const auto database = Database::open(options(disk), {});
    PairSession session(database->graph());
    for (int64_t i = 1; i <= 20; ++i) apply_step(session, i, i > 10 ? Durability::kOff : Durability::kOn);
    killed = disk.after_kill(SimulatedDisk::Unsynced::kMayBeLost);
  }
  std::unique_ptr<SimulatedDisk> after;
  {
    const auto database = Database::open(options(*killed), {});
    EXPECT_EQ(PairSession(database->graph()).read(), model_after(20));
    after = killed->after_power_loss(3);
  }
  EXPECT_EQ(recovered(*after), model_after(20));
}

TEST(Recovery, AFailedSyncAtTheStartIsAnError) {
  SimulatedDisk disk;
  ASSERT_EQ(run(disk, 20, {10}), 20);
  const auto copy = disk.after_kill();
  copy->fail_at(copy->steps(), EIO);  // a start's first step
  EXPECT_EQ(state_of_open(*copy), "58030");
  EXPECT_EQ(recovered(*copy), model_after(20));
}

TEST(Recovery, RefusesDamageWithThePlace) {
  SimulatedDisk disk;
  ASSERT_EQ(run(disk, 40, {20}), 40);
  const auto error_after_damage = [&](const std::filesystem::path& file, size_t at) {
    const auto copy = disk.after_kill();
    copy->contents(file)[at] ^= 1;
    try {
      Database::open(options(*copy), {});
    } catch (const Error& error) {
      EXPECT_FALSE(check_directory(*copy, "/graph", {}).empty());
      return error.sqlstate;
    }
    return std::string("opened");
  };
  EXPECT_EQ(error_after_damage("/graph/MANIFEST", 40), "XX001");
  for (const auto& name : disk.list("/graph/checkpoint")) {
    EXPECT_EQ(error_after_damage(std::filesystem::path("/graph/checkpoint") / name, 30), "XX001");
  }
  const auto missing = disk.after_kill();
  for (const auto& name : missing->list("/graph/wal")) missing->remove(std::filesystem::path("/graph/wal") / name);
  EXPECT_THROW(Database::open(options(*missing), {}), Error);
  const auto no_manifest = disk.after_kill();
  no_manifest->remove("/graph/MANIFEST");
  EXPECT_THROW(Database::open(options(*no_manifest), {}), Error);
}

Manifest manifest(SimulatedDisk& disk) { return decode_manifest(disk.read("/graph/MANIFEST")); }

// All in one segment; the checkpoint is of step 20.
std::unique_ptr<SimulatedDisk> with_mark(int64_t steps) {
  SimulatedDisk disk;
  auto o = options(disk);
  o.log_segment_bytes = 1 << 14;
  const auto database = Database::open(o, {});
  PairSession session(database->graph());
  for (int64_t i = 1; i <= steps; ++i) {
    apply_step(session, i);
    if (i == 20) database->checkpoint();
  }
  return disk.after_kill();
}

TEST(Recovery, ReadsTheLogFromTheCheckpointsPlaceOn) {
  const auto disk = with_mark(40);
  const LogMark mark = manifest(*disk).log;
  EXPECT_EQ(mark.segment, 1u);
  EXPECT_GT(mark.position, sizeof(SegmentHeader));
  EXPECT_EQ(mark.timestamp, manifest(*disk).timestamp);
  EXPECT_EQ(recovered(*disk->after_kill()), model_after(40));
  const auto file = std::filesystem::path("/graph/wal") / segment_name(1);
  // A record that the checkpoint has is not needed; a check looks at it all the same.
  const auto old = disk->after_kill();
  old->contents(file)[sizeof(SegmentHeader) + 20] ^= 1;
  EXPECT_EQ(check_directory(*old, "/graph", {}).size(), 1u);
  EXPECT_EQ(recovered(*old), model_after(40));
  const auto later = disk->after_kill();
  later->contents(file)[mark.position + record_size(0) + 100] ^= 1;
  EXPECT_EQ(state_of_open(*later), "XX001");
  const auto named = disk->after_kill();
  named->contents(file)[mark.position + 20] ^= 1;
  EXPECT_EQ(state_of_open(*named), "XX001");
  const auto header = disk->after_kill();
  header->contents(file)[32] ^= 1;
  EXPECT_EQ(state_of_open(*header), "XX001");
  const auto cut = disk->after_kill();
  cut->contents(file).resize(mark.position - 8);
  EXPECT_EQ(state_of_open(*cut), "XX001");
}

TEST(Recovery, RefusesASegmentThatIsNotTheCheckpoints) {
  const auto disk = with_mark(40);
  const auto file = std::filesystem::path("/graph/wal") / segment_name(1);
  const SegmentHeader other = make_segment_header(1, 1, 0, manifest(*disk).log.salt + 1);
  disk->contents(file).replace(0, sizeof other, reinterpret_cast<const char*>(&other), sizeof other);
  EXPECT_EQ(state_of_open(*disk), "XX001");
}

// Segments go from the first one on: one that was made after all that are there cannot have gone.
TEST(Recovery, RefusesALogWithoutTheCheckpointsSegment) {
  const auto disk = with_mark(40);
  Manifest later = manifest(*disk);
  later.log.segment = 2, later.log.position = 0;
  disk->contents("/graph/MANIFEST") = encode_manifest(later);
  EXPECT_EQ(state_of_open(*disk), "XX001");
}

TEST(Recovery, OlderSegmentsAndManifestsWithoutAPlaceDo) {
  SimulatedDisk disk;
  ASSERT_EQ(run(disk, 60, {20, 45}), 60);
  EXPECT_GT(manifest(disk).log.segment, 1u);
  Manifest old = manifest(disk);
  old.log = {};
  disk.contents("/graph/MANIFEST") = encode_manifest(old);
  EXPECT_EQ(recovered(disk), model_after(60));
  // Killed between the new manifest and the removal of segments that it made useless.
  const auto kept = with_mark(40);
  std::unique_ptr<SimulatedDisk> before;
  {
    const auto database = Database::open(options(*kept), {});
    PairSession session(database->graph());
    for (int64_t i = 41; i <= 200; ++i) apply_step(session, i);
    before = kept->after_kill();
  }
  EXPECT_GT(manifest(*kept).log.segment, 1u);
  const auto first = std::filesystem::path("/graph/wal") / segment_name(1);
  ASSERT_TRUE(before->exists(first));
  EXPECT_FALSE(kept->exists(first));
  before->contents("/graph/MANIFEST") = kept->contents("/graph/MANIFEST");
  for (const auto& name : kept->list("/graph/checkpoint")) {
    const auto path = std::filesystem::path("/graph/checkpoint") / name;
    if (!before->exists(path)) before->create(path)->write_at(0, kept->contents(path));
  }
  EXPECT_EQ(recovered(*before), model_after(200));
  EXPECT_FALSE(before->exists(first));
}

TEST(Recovery, ACheckFindsStrangers) {
  SimulatedDisk disk;
  ASSERT_EQ(run(disk, 5, {}), 5);
  disk.create("/graph/wal/notes.txt");
  const auto findings = check_directory(disk, "/graph", {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings[0].find("notes.txt"), std::string::npos);
}

TEST(Recovery, ADirectoryIsOpenOnce) {
  const TemporaryDirectory directory;
  Database::Options o;
  o.directory = directory.path() / "graph";
  o.log_segment_bytes = 1 << 16;
  const auto database = Database::open(o, {});
  try {
    Database::open(o, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.sqlstate, "55006");
  }
}

}  // namespace
}  // namespace elegraph::storage
