// SPDX-License-Identifier: Apache-2.0
#include "storage/slab.h"

#include <cstring>
#include <random>

#include "graph_fixture.h"
#include "storage/memory_report.h"

namespace elegraph::storage {
namespace {

struct Piece {
  char* at;
  size_t bytes;
  char content;
};

bool is_whole(const Piece& p) {
  for (size_t i = 0; i < p.bytes; ++i)
    if (p.at[i] != p.content) return false;
  return true;
}

TEST(Slab, TrimGivesFreeRegionsBackAndKeepsTheRest) {
  Slab slab;
  std::minstd_rand random(5);
  std::vector<Piece> pieces;
  for (size_t total = 0; total < 40u << 20;) {
    const size_t bytes = 8 * (1 + random() % (random() % 50 ? 40 : 4000));
    pieces.push_back({static_cast<char*>(slab.allocate(bytes)), bytes, char(random())});
    std::memset(pieces.back().at, pieces.back().content, bytes);
    total += bytes;
  }
  const size_t full = slab.reserved_bytes();
  // All but the last tenth, which lies in few regions.
  const size_t kept = pieces.size() / 10 * 9;
  for (size_t i = 0; i < kept; ++i) slab.free(pieces[i].at, pieces[i].bytes);
  slab.trim();
  EXPECT_LT(slab.reserved_bytes(), full / 4);
  for (size_t i = kept; i < pieces.size(); ++i) ASSERT_TRUE(is_whole(pieces[i]));
  for (size_t i = kept; i < pieces.size(); ++i) slab.free(pieces[i].at, pieces[i].bytes);
  EXPECT_EQ(slab.used_bytes(), 0u);
  EXPECT_NE(slab.allocate(64), nullptr);
}

TEST(Slab, TrimJoinsNeighboursForLargerPieces) {
  Slab slab;
  std::vector<void*> small;
  for (size_t i = 0; i < 1 << 20; ++i) small.push_back(slab.allocate(16));
  const size_t before = slab.reserved_bytes();
  for (size_t i = 0; i < small.size(); ++i)
    if (i % 4096) slab.free(small[i], 16);  // no region is free
  slab.trim();
  EXPECT_EQ(slab.reserved_bytes(), before);
  for (int i = 0; i < 200; ++i) slab.allocate(60'000);
  EXPECT_EQ(slab.reserved_bytes(), before) << "small pieces that were neighbours serve large ones";
}

struct SlabOfGraph : GraphTest {};

TEST_F(SlabOfGraph, MemoryComesBackAfterALargeDelete) {
  const auto nodes = make_nodes(2000);
  auto fill = [&] {
    std::minstd_rand random(3);
    Session s(graph);
    for (int batch = 0; batch < 10; ++batch) {
      s.begin();
      for (int i = 0; i < 60'000; ++i) s->create_relationship(knows, nodes[random() % 2000], nodes[random() % 2000]);
      s.commit();
    }
  };
  auto settle = [&] {
    for (int i = 0; i < 6; ++i) {
      vacuum_all();
      rcu::drain();
    }
  };
  fill();
  settle();
  const MemoryReport full = memory_report(graph);
  {
    Session s(graph);
    s.begin();
    for (uint32_t id = 0; id < 600'000; ++id) s->delete_relationship(RelId(id));
    s.commit();
  }
  settle();
  // Other threads' RCU callbacks come when they come.
  for (int i = 0; i < 100 && memory_report(graph).free_bytes >= 8u << 20; ++i) settle();
  const MemoryReport empty = memory_report(graph);
  EXPECT_EQ(empty.relationships, 0u);
  EXPECT_LT(empty.free_bytes, 8u << 20) << "free regions stay reserved";
  EXPECT_LT(empty.undo_bytes, 1u << 20);
  fill();
  settle();
  const MemoryReport again = memory_report(graph);
  EXPECT_EQ(again.relationships, full.relationships);
  EXPECT_LE(again.relationship_bytes, full.relationship_bytes + (1u << 20)) << "rows and lists are used again";
  EXPECT_LE(again.free_bytes, full.free_bytes + (8u << 20));
}

}  // namespace
}  // namespace elegraph::storage
