// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "graph_fixture.h"
#include "storage/chunk_image.h"
#include "storage/late_work.h"
#include "storage/zones.h"

namespace elegraph::storage {
namespace {

struct Visibility : GraphTest {};

TEST_F(Visibility, CommittedChangesAreSeenByLaterSnapshotsOnly) {
  NodeId n = make_nodes(1)[0];
  Session old(graph), writer(graph), late(graph);
  old.begin();
  writer.begin();
  writer->set_property(n, age, Value::integer(7));
  EXPECT_EQ(writer.get(n, age).as_int(), 7);
  EXPECT_EQ(old.get(n, age).as_int(), 0);
  writer.commit();
  EXPECT_EQ(old.get(n, age).as_int(), 0);
  late.begin();
  EXPECT_EQ(late.get(n, age).as_int(), 7);
  graph.vacuum();
  EXPECT_EQ(old.get(n, age).as_int(), 0);
}

TEST_F(Visibility, VacuumKeepsWhatSnapshotsNeedAndFreesTheRest) {
  NodeId n = make_nodes(1)[0];
  vacuum_all();
  Session old(graph), writer(graph);
  old.begin();
  for (int i = 1; i <= 10; ++i) {
    writer.begin();
    writer->set_property(n, age, Value::integer(i));
    writer.commit();
    graph.vacuum();
  }
  EXPECT_EQ(old.get(n, age).as_int(), 0);
  EXPECT_NE(graph.parts().nodes.of(n.value)->versions.load(), nullptr);
  old.begin();
  EXPECT_EQ(old.get(n, age).as_int(), 10);
  vacuum_all();
  EXPECT_EQ(graph.parts().nodes.of(n.value)->versions.load(), nullptr);
  EXPECT_EQ(old.get(n, age).as_int(), 10);
  EXPECT_FALSE(graph.vacuum());
}

// Two old readers and a row that many wrote: what the first one held is settled by one walk over what the other still
// holds, not by one walk for each version.
TEST_F(Visibility, VacuumOfAHotRowIsNotQuadratic) {
  using Clock = std::chrono::steady_clock;
  NodeId n = make_nodes(1)[0];
  vacuum_all();
  Session first(graph), second(graph), writer(graph);
  first.begin();
  auto write = [&] {
    const auto start = Clock::now();
    for (int i = 0; i < 20'000; ++i) {
      writer.begin();
      writer->set_property(n, age, Value::integer(i));
      writer.commit();
    }
    return Clock::now() - start;
  };
  const auto written = write();
  second.begin();
  write();
  first.t.reset();
  const auto start = Clock::now();
  EXPECT_TRUE(graph.vacuum());
  EXPECT_LT(Clock::now() - start, 10 * written);
  EXPECT_EQ(second.get(n, age).as_int(), 19'999);
  second.t.reset();
  vacuum_all();
  EXPECT_EQ(graph.parts().nodes.of(n.value)->versions.load(), nullptr);
}

// A checkpoint beside the vacuum takes a chunk's old image over if it has no versions and has not changed since: so it may
// have no versions only when all that was committed counts as a change.
TEST_F(Visibility, AChunkWithoutVersionsKnowsItsLastChange) {
  NodeId n = make_nodes(1)[0];
  vacuum_all();
  std::vector<Timestamp> seen;
  struct Work : LateWork {
    Work(Graph& g, std::vector<Timestamp>& s) : graph(g), seen(s) {}
    void replaced_for_good(std::string_view) override { seen.push_back(node_chunk_changed(graph, ChunkId(0))); }
    void rolled_back(std::string_view) override {}
    Graph& graph;
    std::vector<Timestamp>& seen;
  };
  auto work = std::make_shared<Work>(graph, seen);
  Session old(graph), writer(graph);
  old.begin();
  for (int i = 0; i < 2; ++i) {
    writer.begin();
    writer->set_property(n, age, Value::integer(i));
    writer->leave_record(*work, {});
    writer.commit();
  }
  old.t.reset();
  graph.vacuum();
  ASSERT_EQ(seen.size(), 2u);
  for (Timestamp changed : seen) EXPECT_GE(changed, graph.last_committed());
}

TEST_F(Visibility, ScansSeeTheSnapshotWhateverTheColumnTurnsInto) {
  std::vector<NodeId> nodes = make_nodes(100);
  Session old(graph), writer(graph), late(graph);
  old.begin();
  writer.begin();
  for (uint32_t i = 0; i < 100; i += 2) writer->set_property(nodes[i], age, Value::string("a rather long string"));
  writer->set_property(nodes[1], age, Value());
  auto check = [&](Session& s, bool changed) {
    rcu::ReadGuard guard;
    Vector v;
    Selection rows;
    s.reader().visible_nodes(ChunkId(nodes[0].value / kChunkRows), rows);
    ASSERT_EQ(rows.count, 100u);
    s.reader().scan_property(ChunkId(nodes[0].value / kChunkRows), age, v);
    Vector g;
    s.reader().gather_property(nodes, age, g);
    for (uint32_t i = 0; i < 100; ++i) {
      Value expected = !changed || (i % 2 && i != 1) ? Value::integer(i)
                       : i == 1                      ? Value()
                                                     : Value::string("a rather long string");
      for (const Value& got : {v.value(rows.slots[i]), g.value(i), s.get(nodes[i], age)}) {
        ASSERT_EQ(got.type(), expected.type()) << i;
        if (got.type() == Type::kInt) {
          ASSERT_EQ(got.as_int(), expected.as_int());
        }
        if (got.type() == Type::kString) {
          ASSERT_EQ(got.as_string(), expected.as_string());
        }
      }
    }
  };
  check(old, false);
  check(writer, true);
  writer.commit();
  check(old, false);
  late.begin();
  check(late, true);
  vacuum_all();
  check(old, false);
  old.t.reset();
  vacuum_all();
  check(late, true);
}

TEST_F(Visibility, SettledColumnsAreReferredToAndStayFrozen) {
  std::vector<NodeId> nodes = make_nodes(200);
  vacuum_all();
  Session reader(graph), writer(graph);
  reader.begin();
  rcu::ReadGuard guard;
  Vector v;
  reader.reader().scan_property(ChunkId(0), age, v);
  const int64_t* data = v.data<int64_t>();
  EXPECT_TRUE(v.all_valid());
  EXPECT_EQ(static_cast<const void*>(data), graph.parts().nodes.find(0)->column(age)->cells.load()->data);
  writer.begin();
  writer->set_property(nodes[5], age, Value::integer(-1));
  writer.commit();
  EXPECT_EQ(data[5], 5);
  reader.reader().scan_property(ChunkId(0), age, v);
  EXPECT_EQ(v.value(5).as_int(), 5);
}

// Loops over a column look at the rows between as well, and nothing may change there meanwhile.
TEST_F(Visibility, ColumnsWhoseRowsHaveGapsStayAsTheyWereRead) {
  const std::vector<NodeId> nodes = make_nodes(200);
  Session reader(graph), writer(graph);
  writer.begin().delete_node(nodes[100]);
  writer.commit();
  vacuum_all();
  reader.begin();
  rcu::ReadGuard guard;
  Vector v;
  const auto between = [&] {
    reader.reader().scan_property(ChunkId(0), age, v);
    return v.data<int64_t>() + 100;
  };
  const int64_t* cell = between();
  int64_t before = *cell;
  const NodeId node = writer.begin().create_node(set);
  ASSERT_EQ(node, nodes[100]);
  writer->set_property(node, age, Value::integer(-1));
  EXPECT_EQ(*cell, before);
  // What came since is not in the snapshot.
  cell = between();
  before = *cell;
  writer->set_property(node, age, Value::integer(-2));
  EXPECT_EQ(*cell, before);
  EXPECT_EQ(v.value(99).as_int(), 99);
  EXPECT_EQ(v.value(199).as_int(), 199);
}

TEST_F(Visibility, EveryTypeComesBackAsItWasStored) {
  NodeId n = make_nodes(1)[0];
  std::vector<Value> values = {Value::boolean(true),
                               Value::integer(-5),
                               Value::floating(2.5),
                               Value::string(""),
                               Value::string("seven77"),
                               Value::string("eight888"),
                               Value::bytes("\x01\x02"),
                               Value::date(19000),
                               Value::local_time(123),
                               Value::time(5, 3600),
                               Value::local_datetime(-1, 5),
                               Value::local_datetime(-1, 5000),
                               Value::local_datetime(-31'557'014'167'219'200, 0),
                               Value::datetime(10, 1, 0),
                               Value::datetime(10, 999'999'000, 0),
                               Value::datetime(10, 1000, zones::fixed(3600)),
                               Value::duration(1, 2, 3, 4),
                               Value::list({Value::integer(1), Value::string("x"), Value()}),
                               Value::map({{"k", Value::boolean(false)}}),
                               Value::point(7203, 1, 2, 0)};
  for (const Value& v : values) {
    Session s(graph);
    s.begin();
    s->set_property(n, name, v);
    s.commit();
    s.begin();
    Value got = s.get(n, name);
    ASSERT_EQ(got.type(), v.type());
    if (Vector::is_instant(v.type())) {
      EXPECT_EQ(got.temporal(), v.temporal());
      EXPECT_EQ(got.nanos(), v.nanos());
      EXPECT_EQ(got.zone(), v.zone());
    }
    EXPECT_EQ(type_mask_of(got).element_bits, type_mask_of(v).element_bits);
    EXPECT_TRUE(graph.catalog().node_types(label, name).contains(type_mask_of(v)));
  }
  vacuum_all();
}

TEST_F(Visibility, LabelsAreVersionedToo) {
  NodeId n = make_nodes(3)[1];
  LabelId admin = graph.catalog().intern_label("Admin");
  Session old(graph), writer(graph);
  old.begin();
  writer.begin();
  EXPECT_TRUE(writer->add_label(n, admin));
  EXPECT_FALSE(writer->add_label(n, admin));
  rcu::ReadGuard guard;
  EXPECT_TRUE(writer.reader().has_label(n, admin));
  EXPECT_FALSE(old.reader().has_label(n, admin));
  EXPECT_FALSE(writer.reader().uniform_label_set(ChunkId(0)).valid());
  writer.commit();
  EXPECT_FALSE(old.reader().has_label(n, admin));
  EXPECT_EQ(graph.statistics().node_count(admin), 1u);
  EXPECT_EQ(graph.statistics().node_count(label), 3u);
}

TEST_F(Visibility, DeletedRowsAreReusedWhenNobodySeesThem) {
  std::vector<NodeId> nodes = make_nodes(10);
  Session old(graph), writer(graph);
  old.begin();
  writer.begin();
  EXPECT_TRUE(writer->delete_node(nodes[3]));
  EXPECT_FALSE(writer->delete_node(nodes[3]));
  writer->check_deletes();
  writer.commit();
  vacuum_all();
  EXPECT_EQ(old.count_nodes(), 10u);
  NodeId other = make_nodes(1)[0];
  EXPECT_NE(other, nodes[3]);
  old.t.reset();
  vacuum_all();
  EXPECT_EQ(make_nodes(1)[0], nodes[3]);
  old.begin();
  EXPECT_EQ(old.count_nodes(), 11u);
  EXPECT_EQ(graph.statistics().node_count(label), 11u);
}

}  // namespace
}  // namespace elegraph::storage
