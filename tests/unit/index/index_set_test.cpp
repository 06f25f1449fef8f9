// SPDX-License-Identifier: Apache-2.0
#include "index/index_set.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "storage/commit_log.h"
#include "tests/unit/index/graph_fixture.h"

namespace elegraph::index {
namespace {

class IndexSetTest : public GraphFixture {
 protected:
  std::vector<std::string> names() {
    rcu::ReadGuard guard;
    std::vector<std::string> out;
    for (auto* index : indexes.all()) out.push_back(index->definition().name);
    return out;
  }
};

TEST_F(IndexSetTest, MakesUpNames) {
  EXPECT_TRUE(create_index());
  EXPECT_TRUE(create_index(ConstraintKind::kUnique));
  EXPECT_TRUE(create_index(ConstraintKind::kExists, {"name"}));
  EXPECT_EQ(names(), (std::vector<std::string>{"person_id_index", "person_id_key", "person_name_not_null"}));
}

TEST_F(IndexSetTest, RefusesEqualsAndTakenNames) {
  IndexDefinition d{"i", EntityKind::kNode, "Person", {"id"}, ConstraintKind::kNone, false};
  EXPECT_TRUE(indexes.create(d, slot, {}));
  EXPECT_EQ(state_of([&] { indexes.create(d, slot, {}); }), sqlstate::kDuplicateObject);
  d.name = "j";
  EXPECT_EQ(state_of([&] { indexes.create(d, slot, {}); }), sqlstate::kDuplicateObject);
  d.if_not_exists = true;
  EXPECT_FALSE(indexes.create(d, slot, {}));
  d.keys = {"a", "a"};
  EXPECT_EQ(state_of([&] { indexes.create(d, slot, {}); }), sqlstate::kDuplicateColumn);
}

TEST_F(IndexSetTest, DropsByNameAndKind) {
  create_index(ConstraintKind::kUnique);
  EXPECT_EQ(state_of([&] { indexes.drop("none", false, false, slot); }), sqlstate::kUndefinedObject);
  EXPECT_FALSE(indexes.drop("none", false, true, slot));
  EXPECT_EQ(state_of([&] { indexes.drop("person_id_key", false, false, slot); }), sqlstate::kWrongObjectType);
  uint64_t epoch = graph.catalog().epoch();
  EXPECT_TRUE(indexes.drop("person_id_key", true, false, slot));
  EXPECT_GT(graph.catalog().epoch(), epoch);
  EXPECT_EQ(names(), std::vector<std::string>{});
  EXPECT_TRUE(indexes.definitions().empty());
}

TEST_F(IndexSetTest, BuildsOverExistingRows) {
  std::vector<NodeId> nodes;
  for (int i = 0; i < 100; ++i) nodes.push_back(create_committed(Value::integer(i)));
  create_index(ConstraintKind::kKey);
  EXPECT_EQ(lookup(42), std::vector<uint32_t>{nodes[42].value});
  EXPECT_EQ(entries(), 100u);
}

TEST_F(IndexSetTest, ExistingRowsThatBreakAConstraintEndTheBuild) {
  create_committed(Value::integer(1));
  create_committed(Value::integer(1));
  EXPECT_EQ(state_of([&] { create_index(ConstraintKind::kUnique); }), sqlstate::kUniqueViolation);
  create_committed(Value());
  EXPECT_EQ(state_of([&] { create_index(ConstraintKind::kExists); }), sqlstate::kNotNullViolation);
  EXPECT_EQ(names(), std::vector<std::string>{});
  create_committed(Value::integer(1));
}

TEST_F(IndexSetTest, ABuildThatWaitsCanBeCancelled) {
  auto old = begin_other();
  EXPECT_EQ(state_of([&] {
              indexes.create({"", EntityKind::kNode, "Person", {"id"}, ConstraintKind::kNone, false}, slot,
                             [n = 0]() mutable { return ++n > 3; });
            }),
            sqlstate::kQueryCanceled);
  EXPECT_EQ(names(), std::vector<std::string>{});
}

// Entries wait until they are let go, as they do for the disk.
class SlowLog : public storage::CommitLog {
 public:
  void submit(Entry entry) override {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(entry));
  }
  bool let_go() {
    std::lock_guard lock(mutex_);
    for (Entry& e : waiting_) e.publish(++last_, nullptr);
    return !std::exchange(waiting_, {}).empty();
  }

 private:
  std::mutex mutex_;
  storage::Timestamp last_ = 1000;
  std::vector<Entry> waiting_;
};

// Its last statement was over before the constraint was there, and its entry is in the log when rows are looked at.
TEST_F(IndexSetTest, ACommitOnItsWayThatBreaksAConstraintEndsTheBuild) {
  create_committed(Value::integer(1));
  auto old = begin_other();
  create(*old, Value());
  SlowLog log;
  graph.attach_log(&log);
  std::atomic<bool> built{false};
  std::string outcome;
  std::thread builder([&] {
    outcome = state_of([&] { create_index(ConstraintKind::kExists); });
    built = true;
  });
  while (!log.let_go()) std::this_thread::yield();  // the build's first record
  bool committed = false;
  old->commit(storage::Durability::kOn, [&](std::exception_ptr) { committed = true; });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  while (!built) log.let_go(), std::this_thread::yield();
  builder.join();
  EXPECT_TRUE(committed);
  EXPECT_EQ(outcome, sqlstate::kNotNullViolation);
}

// Nodes only ever move between values of their own; once the index is online every node must be found under
// the value it has in place when nobody writes.
TEST_F(IndexSetTest, BuildsBesideWriters) {
  constexpr int kNodes = 500;
  std::vector<NodeId> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(create_committed(Value::integer(i)));
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  auto write = [&](uint32_t part) {
    auto* mine = graph.open_slot();
    for (uint32_t i = part; !stop; i += 2, ++writes) {
      auto t = graph.begin(mine);
      NodeId node = nodes[i * 7919 % kNodes / 2 * 2 + part];
      set(*t, node, Value::integer(int64_t(i % 3) * kNodes + node.value));
      if (i % 5 == 0) {
        t->rollback();
      } else {
        commit(std::move(t));
      }
    }
    graph.close_slot(mine);
  };
  std::thread a(write, 0u), b(write, 1u);
  while (writes < 100) std::this_thread::yield();
  create_index(ConstraintKind::kUnique);
  stop = true;
  a.join();
  b.join();
  for (NodeId node : nodes) {
    int64_t v = graph.newest_property(node, *graph.catalog().find_key("id")).as_int();
    EXPECT_EQ(lookup(v), std::vector<uint32_t>{node.value});
  }
  vacuum();
  EXPECT_GE(entries(), uint64_t(kNodes));
}

TEST_F(IndexSetTest, RecoveryRebuildsWhatWasDefined) {
  for (int i = 0; i < 3000; ++i) create_committed(Value::integer(i));
  create_index(ConstraintKind::kUnique);
  IndexSet second;
  second.attach(graph);
  for (auto& payload : indexes.definitions()) second.recovered_definition(payload);
  storage::Reader reader(graph, {graph.last_committed(), nullptr});
  {
    rcu::ReadGuard guard;
    for (uint32_t c = 0; c < reader.node_chunks(); ++c)
      second.labels().node_chunk_opened(ChunkId(c), reader.uniform_label_set(ChunkId(c)));
  }
  second.recovered();
  rcu::ReadGuard guard;
  std::vector<std::string> keys{"id"};
  auto* index = second.find(EntityKind::kNode, "Person", keys);
  ASSERT_NE(index, nullptr);
  EXPECT_EQ(index->entries(), 3000u);
  EXPECT_TRUE(index->unique());
}

TEST_F(IndexSetTest, LabelsKnowTheirChunks) {
  auto t = begin();
  std::set<uint32_t> persons;
  for (uint32_t i = 0; i < 3 * kChunkRows; ++i) persons.insert(create(*t, Value()).value / kChunkRows);
  NodeId robot = create(*t, Value(), "Robot");
  commit(std::move(t));
  auto chunks = [&](std::string_view label) {
    rcu::ReadGuard guard;
    std::vector<uint32_t> out;
    for (ChunkId c : indexes.labels().node_chunks(*graph.catalog().find_label(label))) out.push_back(c.value);
    return out;
  };
  EXPECT_EQ(chunks("Person"), std::vector<uint32_t>(persons.begin(), persons.end()));
  t = begin();
  t->add_label(robot, t->label("Person"));
  commit(std::move(t));
  persons.insert(robot.value / kChunkRows);
  EXPECT_EQ(chunks("Person"), std::vector<uint32_t>(persons.begin(), persons.end()));
}

}  // namespace
}  // namespace elegraph::index
