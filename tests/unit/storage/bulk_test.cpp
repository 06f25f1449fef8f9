// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <random>
#include <thread>

#include "graph_fixture.h"
#include "storage/memory_report.h"
#include "storage/parallel.h"

namespace elegraph::storage {
namespace {

struct Bulk : GraphTest {
  void create(BulkWriter& w, uint32_t count, std::vector<NodeId>& out) {
    Vector ages;
    ages.reset(Type::kInt);
    std::vector<NodeId> ids(kChunkRows);
    for (uint32_t done = 0; done < count; done += kChunkRows) {
      uint32_t n = std::min(kChunkRows, count - done);
      for (uint32_t i = 0; i < n; ++i) ages.mutable_data<int64_t>()[i] = done + i;
      BulkWriter::Column column{age, &ages};
      w.create_nodes(set, n, {&column, 1}, ids.data());
      out.insert(out.end(), ids.begin(), ids.begin() + n);
    }
  }
};

TEST_F(Bulk, RowsAndListsAppearAtCommit) {
  Session s(graph), other(graph);
  s.begin();
  other.begin();
  std::vector<NodeId> nodes;
  auto w = graph.bulk_writer(*s.t);
  create(*w, 5000, nodes);
  std::vector<NodeId> sources, targets;
  for (uint32_t i = 0; i < 5000; ++i) sources.push_back(nodes[i]), targets.push_back(nodes[(i * 7) % 5000]);
  for (uint32_t i = 0; i < 5000; i += 1000)
    w->create_relationships(knows, std::span(sources).subspan(i, 1000), std::span(targets).subspan(i, 1000), {});
  w->finish();
  w.reset();
  EXPECT_EQ(s.out(nodes[3], knows), std::vector{nodes[21].value});
  EXPECT_EQ(other.count_nodes(), 0u);
  EXPECT_TRUE(other.out(nodes[3], knows).empty());
  s.commit();
  other.begin();
  EXPECT_EQ(other.count_nodes(), 5000u);
  EXPECT_EQ(other.get(nodes[4999], age).as_int(), 4999);
  EXPECT_EQ(graph.statistics().relationship_count(label, knows, Direction::kIn), 5000u);
  vacuum_all();
  EXPECT_EQ(other.out(nodes[3], knows), std::vector{nodes[21].value});
  EXPECT_EQ(other.out(nodes[21], knows, Direction::kIn), std::vector{nodes[3].value});
  EXPECT_EQ(make_nodes(1)[0].value, nodes.back().value + 1);  // the rest of the writer's chunk serves others
}

TEST_F(Bulk, RollbackLeavesNothing) {
  std::vector<NodeId> hub = make_nodes(1);
  Session s(graph);
  s.begin();
  auto point = s->savepoint();
  std::vector<NodeId> nodes;
  {
    auto w = graph.bulk_writer(*s.t);
    create(*w, 3000, nodes);
    std::vector<NodeId> sources(3000, hub[0]);
    w->create_relationships(knows, sources, nodes, {});
    w->finish();
  }
  EXPECT_EQ(s.out(hub[0], knows).size(), 3000u);
  s->rollback_to(point);
  EXPECT_TRUE(s.out(hub[0], knows).empty());
  EXPECT_EQ(s.count_nodes(), 1u);
  s.commit();
  vacuum_all();
  EXPECT_EQ(graph.statistics().node_count(), 1u);
  EXPECT_EQ(graph.statistics().relationship_count(knows), 0u);
  EXPECT_EQ(memory_report(graph).undo_bytes, 0u);
}

TEST_F(Bulk, SeveralWritersFillOneTransaction) {
  Session s(graph);
  s.begin();
  std::vector<std::vector<NodeId>> nodes(3);
  std::vector<std::thread> threads;
  std::vector<NodeId> hubs;
  for (int i = 0; i < 10; ++i) hubs.push_back(s->create_node(set));
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      auto w = graph.bulk_writer(*s.t);
      create(*w, 3000, nodes[i]);
      std::vector<NodeId> targets;
      for (uint32_t k = 0; k < 3000; ++k) targets.push_back(hubs[k % 10]);
      w->create_relationships(knows, nodes[i], targets, {});
      w->finish();
    });
  for (auto& t : threads) t.join();
  s.commit();
  s.begin();
  EXPECT_EQ(s.count_nodes(), 9010u);
  for (NodeId h : hubs) EXPECT_EQ(s.out(h, knows, Direction::kIn).size(), 900u);
  vacuum_all();
  for (NodeId h : hubs) EXPECT_EQ(s.out(h, knows, Direction::kIn).size(), 900u);
}

// Relationships that several writers left for the end.
struct BulkHandedOver : Bulk {
  static constexpr uint32_t kNodes = 3000, kWriters = 3;

  // Each writer makes (i)-[:KNOWS]->(7 i + its number).
  void load(Session& s) {
    {
      auto w = graph.bulk_writer(*s.t);
      create(*w, kNodes, nodes);
    }
    std::vector<std::thread> threads;
    for (uint32_t n = 0; n < kWriters; ++n)
      threads.emplace_back([&, n] {
        auto w = graph.bulk_writer(*s.t);
        std::vector<NodeId> targets;
        for (uint32_t i = 0; i < kNodes; ++i) targets.push_back(nodes[(i * 7 + n) % kNodes]);
        for (uint32_t i = 0; i < kNodes; i += 1000)
          w->create_relationships(knows, std::span(nodes).subspan(i, 1000), std::span(targets).subspan(i, 1000), {});
        w->hand_over();
      });
    for (auto& t : threads) t.join();
  }
  static void in_parallel(size_t n, const std::function<void(size_t)>& work) { run_parallel(3, n, work); }
  void expect_lists(Session& s) {
    for (uint32_t i = 0; i < kNodes; ++i) {
      std::vector<uint32_t> expected;
      for (uint32_t n = 0; n < kWriters; ++n) expected.push_back(nodes[(i * 7 + n) % kNodes].value);
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(s.out(nodes[i], knows), expected);
      ASSERT_EQ(s.out(nodes[i], knows, Direction::kIn).size(), kWriters);
    }
  }

  std::vector<NodeId> nodes;
};

TEST_F(BulkHandedOver, ListsHaveOneRun) {
  Session s(graph);
  s.begin();
  load(s);
  EXPECT_TRUE(s.out(nodes[1], knows).empty());
  s->link_bulk(in_parallel);
  expect_lists(s);
  s.commit();
  s.begin();
  expect_lists(s);
  {
    // As it lies there, sorted, before the vacuum has folded anything.
    rcu::ReadGuard guard;
    Reader reader(graph, s->snapshot());
    NeighborScratch scratch;
    for (NodeId node : nodes) ASSERT_TRUE(reader.neighbors(node, Direction::kOut, knows, scratch).sorted);
    EXPECT_TRUE(scratch.nodes.empty());
  }
  vacuum_all();
  expect_lists(s);
}

TEST_F(BulkHandedOver, RollbackTakesThemBack) {
  std::vector<NodeId> hub = make_nodes(1);
  Session s(graph);
  s.begin();
  auto point = s->savepoint();
  load(s);
  s->link_bulk(in_parallel);
  s->rollback_to(point);
  s->create_relationship(knows, hub[0], hub[0]);
  s.commit();
  vacuum_all();
  EXPECT_EQ(graph.statistics().node_count(), 1u);
  EXPECT_EQ(graph.statistics().relationship_count(knows), 1u);
  EXPECT_EQ(memory_report(graph).undo_bytes, 0u);
}

TEST_F(BulkHandedOver, CannotBeCommittedWithoutLists) {
  Session s(graph);
  s.begin();
  load(s);
  EXPECT_THROW(s.commit(), Error);
  vacuum_all();
  EXPECT_EQ(graph.statistics().node_count(), 0u);
}

TEST_F(BulkHandedOver, AnErrorEndsTheTransaction) {
  Session s(graph);
  s.begin();
  load(s);
  EXPECT_THROW(s->link_bulk([](size_t, const std::function<void(size_t)>&) { throw Error(sqlstate::kOutOfMemory, "no"); }),
               Error);
  EXPECT_THROW(s.commit(), Error);
  vacuum_all();
  EXPECT_EQ(graph.statistics().relationship_count(knows), 0u);
}

TEST_F(Bulk, MemoryStaysWithinItsTargets) {
  Session s(graph);
  s.begin();
  std::vector<NodeId> nodes;
  constexpr uint32_t kNodes = 50'000, kRels = 500'000;
  std::mt19937 random(1);
  auto w = graph.bulk_writer(*s.t);
  create(*w, kNodes, nodes);
  std::vector<NodeId> sources(kChunkRows), targets(kChunkRows);
  auto start = std::chrono::steady_clock::now();
  for (uint32_t done = 0; done < kRels; done += kChunkRows) {
    for (uint32_t i = 0; i < kChunkRows; ++i) sources[i] = nodes[random() % kNodes], targets[i] = nodes[random() % kNodes];
    w->create_relationships(knows, sources, targets, {});
  }
  w->finish();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  w.reset();
  s.commit();
  vacuum_all();
  MemoryReport report = memory_report(graph);
  std::printf("%.2f M relationships/s, %.1f bytes a node, %.1f bytes a relationship\n", kRels / seconds / 1e6,
              report.bytes_per_node(), report.bytes_per_relationship());
  EXPECT_LT(report.bytes_per_node(), 100);
  EXPECT_LT(report.bytes_per_relationship(), 40);
  EXPECT_EQ(report.undo_bytes, 0u);
}

}  // namespace
}  // namespace elegraph::storage
