// SPDX-License-Identifier: Apache-2.0
#include <mimalloc.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "graph_fixture.h"
#include "storage/cores.h"
#include "storage/graph_parts.h"
#include "storage/memory_report.h"
#include "storage/page_allocator.h"
#include "storage/slab.h"
#include "storage/thread_memory.h"

#pragma weak mi_collect  // not there where a sanitizer brings its own allocator

namespace elegraph::storage {
namespace {

TEST(SlabStretch, PiecesAreFreedOneByOneAndTheRestGoesBack) {
  Slab slab(64);
  std::vector<char*> pieces;
  {
    SlabStretch stretch(slab, 100 * 192);
    for (int i = 0; i < 100; ++i) {
      pieces.push_back(static_cast<char*>(stretch.take(192)));
      ASSERT_EQ(reinterpret_cast<uintptr_t>(pieces.back()) % 64, 0u);
      std::memset(pieces.back(), i, 192);
    }
    EXPECT_EQ(slab.used_bytes(), 100u * 192) << "as much as was said";
  }
  EXPECT_EQ(slab.used_bytes(), 100u * 192);
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 192; ++k) ASSERT_EQ(pieces[i][k], i);
    slab.free(pieces[i], 192);
  }
  EXPECT_EQ(slab.used_bytes(), 0u);
  {
    SlabStretch open(slab);
    open.take(64);
  }
  EXPECT_EQ(slab.used_bytes(), 64u);
}

TEST(Slab, RoundsToItsGranule) {
  Slab slab(64);
  void* a = slab.allocate(1);
  void* b = slab.allocate(65);
  EXPECT_EQ(slab.used_bytes(), 64u + 128);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(b) % 64, 0u);
  slab.free(a, 1), slab.free(b, 65);
  EXPECT_EQ(slab.used_bytes(), 0u);
}

TEST(PageVector, KeepsItsContentsOverTheBorder) {
  PageVector<uint32_t> numbers;
  for (uint32_t i = 0; i < 1'000'000; ++i) numbers.push_back(i);
  for (uint32_t i = 0; i < 1'000'000; ++i) ASSERT_EQ(numbers[i], i);
}

struct MemoryReturn : GraphTest {
  std::vector<NodeId> load(uint32_t nodes, uint32_t relationships) {
    Session s(graph);
    s.begin();
    std::vector<NodeId> ids(nodes);
    auto w = graph.bulk_writer(*s.t);
    for (uint32_t done = 0; done < nodes; done += kChunkRows)
      w->create_nodes(set, std::min(kChunkRows, nodes - done), {}, ids.data() + done);
    std::minstd_rand random(7);
    std::vector<NodeId> sources(kChunkRows), targets(kChunkRows);
    for (uint32_t done = 0; done < relationships; done += kChunkRows) {
      for (uint32_t i = 0; i < kChunkRows; ++i) sources[i] = ids[random() % nodes], targets[i] = ids[random() % nodes];
      w->create_relationships(knows, sources, targets, {});
    }
    w->finish();
    w.reset();
    s.commit();
    return ids;
  }
  void erase(const std::vector<NodeId>& nodes, uint32_t first_rel, uint32_t rels) {
    Session s(graph);
    s.begin();
    for (uint32_t i = 0; i < rels; ++i) s->delete_relationship(RelId(first_rel + i));
    for (NodeId n : nodes) s->delete_node(n);
    s.commit();
  }
  void settle() {
    for (int i = 0; i < 6; ++i) {
      vacuum_all();
      rcu::drain();
    }
  }
};

TEST_F(MemoryReturn, ALoadLeavesOnlyTheGraph) {
  settle();
  const uint64_t before = passing_memory().used_bytes();
  load(20'000, 400 * kChunkRows);
  EXPECT_GT(passing_memory().used_bytes(), before + (8 << 20)) << "versions and tails";
  settle();
  EXPECT_LE(passing_memory().used_bytes(), before);
  EXPECT_LE(passing_memory().reserved_bytes(), before + (8u << 20)) << "regions go back to the system";
  const MemoryReport report = memory_report(graph);
  EXPECT_LT(report.free_bytes, report.relationship_bytes / 3) << "lists that were merged leave little";
}

// Every other row went, so that no range is worth a bulk writer's while: these serve single inserts.
TEST_F(MemoryReturn, ScatteredRowsServeSingleInserts) {
  const auto nodes = load(kChunkRows, 4 * kChunkRows);
  const uint64_t before = memory_report(graph).relationship_bytes;
  Session s(graph);
  s.begin();
  for (uint32_t rel = 0; rel < 4 * kChunkRows; rel += 2) s->delete_relationship(RelId(rel));
  s.commit();
  settle();
  s.begin();
  for (uint32_t i = 0; i < 2 * kChunkRows; ++i)
    EXPECT_LT(s->create_relationship(knows, nodes[i % 7], nodes[i % 11]).value, 4 * kChunkRows);
  s.commit();
  settle();
  EXPECT_LE(memory_report(graph).relationship_bytes, before);
}

TEST_F(MemoryReturn, AChunkThatWasEmptiedServesALoad) {
  auto nodes = load(4 * kChunkRows, 16 * kChunkRows);
  load(kChunkRows, 0);
  settle();
  const MemoryReport before = memory_report(graph);
  for (int round = 0; round < 3; ++round) {
    erase(nodes, 0, 16 * kChunkRows);
    settle();
    nodes = load(4 * kChunkRows, 16 * kChunkRows);
    settle();
    for (NodeId node : nodes) ASSERT_LT(node.value, 5 * kChunkRows);
  }
  const MemoryReport after = memory_report(graph);
  EXPECT_EQ(after.nodes, before.nodes);
  EXPECT_EQ(after.relationships, before.relationships);
  EXPECT_LE(after.node_bytes, before.node_bytes);
  EXPECT_LE(after.relationship_bytes, before.relationship_bytes + (64 << 10));
}

TEST_F(MemoryReturn, QueuesOfAMassDeleteGiveTheirRoomBack) {
  const auto nodes = load(kChunkRows, 32 * kChunkRows);
  settle();
  erase(nodes, 0, 32 * kChunkRows);
  settle();
  EXPECT_LE(graph.parts().pending_rels.capacity(), 4096u);
  EXPECT_LE(graph.parts().fold_again.capacity(), 4096u);
}

// Of processor time: others may use the machine as well.
void work(double seconds) {
  const std::clock_t until = std::clock() + std::clock_t(seconds * CLOCKS_PER_SEC);
  while (std::clock() < until) {}
}

TEST(RestWatch, TellsOnceTheProcessRests) {
  std::atomic<int> told{0};
  RestListener listener([&] { ++told; });
  RestWatch watch;
  watch.look();
  told = 0;
  work(0.1);
  watch.look();
  EXPECT_EQ(told, 0) << "it works";
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  watch.look();
  EXPECT_EQ(told, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  watch.look();
  EXPECT_EQ(told, 1) << "nothing was done since";
}

// A load that began just before a look leaves more than what comes after it.
TEST(RestWatch, TellsAgainOfWorkThatHadOnlyBegun) {
  const double worth = 0.02 + 0.002 * available_cores();
  std::atomic<int> told{0};
  RestListener listener([&] { ++told; });
  RestWatch watch;
  watch.look();
  told = 0;
  std::this_thread::sleep_for(std::chrono::duration<double>(20 * worth));
  work(1.1 * worth);
  watch.look();
  ASSERT_EQ(told, 1) << "a twentieth of one core";
  work(0.4 * worth);
  std::this_thread::sleep_for(std::chrono::duration<double>(10 * worth));
  watch.look();
  EXPECT_EQ(told, 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  watch.look();
  EXPECT_EQ(told, 2) << "nothing was done since";
}

long anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (long kb; word == "RssAnon:" && status >> kb) return kb << 10;
  return 0;
}

// What a thread freed waits some time for its next allocations. A thread at rest makes none, however much waits.
TEST(ThreadMemory, GoesBackThoughItWasFreedLongAgo) {
  if (!&mi_collect) GTEST_SKIP() << "another allocator than the server's";
  constexpr size_t kBytes = 300'000, kBlocks = 60;
  std::thread([] {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (size_t i = 0; i < kBlocks; i++) std::memset(blocks.emplace_back(new char[kBytes]).get(), 1, kBytes);
    for (size_t i = 0; i < kBlocks; i++)
      if (i % 20 != 10) blocks[i].reset();  // the others keep their segments in use
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const long before = anonymous_bytes();
    give_back_thread_memory();
    EXPECT_LT(anonymous_bytes(), before - long(kBytes * kBlocks / 2));
  }).join();
}

}  // namespace
}  // namespace elegraph::storage
