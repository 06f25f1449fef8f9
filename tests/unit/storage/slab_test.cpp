// SPDX-License-Identifier: Apache-2.0
#include "storage/slab.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "graph_fixture.h"
#include "storage/memory_report.h"
#include "storage/page_allocator.h"

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

TEST(Slab, ValuesOfAStretchGoBackOneByOne) {
  Slab& slab = value_memory();
  const size_t before = slab.used_bytes();
  std::vector<Piece> pieces;
  const auto take = [&](size_t bytes) {
    pieces.push_back({static_cast<char*>(allocate_value(bytes)), bytes, char(pieces.size())});
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces.back().at) % 8, 0u);
    std::memset(pieces.back().at, pieces.back().content, bytes);
  };
  {
    const ValueStretch outer;
    for (size_t i = 0; i < 20'000; ++i) take(5 + i % 90);
    const ValueStretch inner;
    for (size_t i = 0; i < 100; ++i) take(3'000 + i * 1'000);  // past what a stretch has, too
  }
  take(20);
  size_t whole = 0;
  for (const Piece& p : pieces) {
    ASSERT_TRUE(is_whole(p));
    whole += p.bytes > Slab::kLargest ? p.bytes : slab.whole_units(p.bytes);
  }
  EXPECT_EQ(slab.used_bytes() - before, whole) << "what is left of the stretches is free again";
  for (const Piece& p : pieces) slab.free(p.at, p.bytes);
  EXPECT_EQ(slab.used_bytes(), before);
}

TEST(Slab, AdoptsMemoryOfOthers) {
  char* const memory = static_cast<char*>(map_huge_pages(kHugePage));
  std::memset(memory, 0xff, kHugePage);
  Slab slab;
  slab.adopt(memory);
  EXPECT_EQ(slab.reserved_bytes(), kHugePage);
  std::vector<Piece> pieces;
  for (size_t total = 0; total < kHugePage / 2; total += 4'000) {
    pieces.push_back({static_cast<char*>(slab.allocate(4'000)), 4'000, char(pieces.size())});
    ASSERT_TRUE(pieces.back().at > memory && pieces.back().at + 4'000 <= memory + kHugePage);
    std::memset(pieces.back().at, pieces.back().content, 4'000);
  }
  for (const Piece& p : pieces) ASSERT_TRUE(is_whole(p));
  EXPECT_EQ(slab.reserved_bytes(), kHugePage);
  for (const Piece& p : pieces) slab.free(p.at, p.bytes);
  EXPECT_EQ(slab.used_bytes(), 0u);
}

TEST(HugePages, LargeArraysBeginAndEndOnThem) {
  for (const size_t bytes : {size_t{600} << 10, kHugePage, kHugePage + 1, 5 * kHugePage - 8}) {
    std::array<PageArray<char>, 3> arrays{PageArray<char>(bytes), PageArray<char>(bytes), PageArray<char>(bytes)};
    for (auto& a : arrays) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(a.data()) % kHugePage, 0u);
      EXPECT_EQ(a.data()[bytes - 1], 0);
      a.data()[0] = a.data()[bytes - 1] = 1;
    }
  }
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

// What was asked for is never handed out twice, whatever is cut, waits, or has joined its neighbours.
TEST(Slab, PiecesStayWholeWhileOthersComeAndGo) {
  for (size_t granule : {8, 64}) {
    Slab slab(granule);
    std::minstd_rand random(1);
    std::vector<Piece> pieces;
    size_t used = 0;
    for (int i = 0; i < 200'000; ++i) {
      const uint32_t shrinks = i / 25'000 % 2;
      if (pieces.empty() || random() % 10 >= (shrinks ? 7 : 3)) {
        const size_t bytes = granule * (1 + random() % (random() % 50 ? 40 : Slab::kLargest / granule - 1));
        pieces.push_back({static_cast<char*>(slab.allocate(bytes)), bytes, char(random())});
        ASSERT_EQ(reinterpret_cast<uintptr_t>(pieces.back().at) % granule, 0u);
        std::memset(pieces.back().at, pieces.back().content, bytes);
        used += bytes;
      } else {
        std::swap(pieces[random() % pieces.size()], pieces.back());
        ASSERT_TRUE(is_whole(pieces.back()));
        slab.free(pieces.back().at, pieces.back().bytes);
        used -= pieces.back().bytes;
        pieces.pop_back();
      }
      if (i % 5'000 == 0) slab.trim();
      ASSERT_EQ(slab.used_bytes(), used);
    }
    for (const Piece& p : pieces) slab.free(p.at, p.bytes);
    slab.trim();
    EXPECT_LE(slab.reserved_bytes(), 4u << 20) << "all is free";
  }
}

// The middle one of three neighbours last, first, and in between: whatever is beside it, one piece comes of them.
TEST(RegionHeap, NeighboursJoinInAnyOrder) {
  for (RegionHeap::Units units : {1u, 2u, 3u, 100u}) {
    std::array<int, 3> order{0, 1, 2};
    do {
      RegionHeap heap(8);
      std::array<char*, 3> three{};
      heap.take(1);  // keeps the region
      for (char*& piece : three) piece = heap.take(units);
      while (heap.regions() == 1) heap.take(1);  // what follows is taken
      for (int i : order) heap.put(three[size_t(i)], units);
      EXPECT_EQ(heap.take(3 * units), three[0]);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(RegionHeap, ARegionIsFreeOnceItsLastPieceIs) {
  RegionHeap heap(64);
  std::vector<char*> pieces;
  while (heap.regions() < 4) pieces.push_back(heap.take(100));
  const size_t last = pieces.size() - 1;  // alone in the fourth
  for (size_t i = 0; i < last; i += 2) heap.put(pieces[i], 100);
  EXPECT_EQ(heap.free_regions(), 0u);
  for (size_t i = 1; i < last; i += 2) heap.put(pieces[i], 100);
  EXPECT_EQ(heap.free_regions(), 3u);
  EXPECT_EQ(heap.regions(), 4u);
  RegionHeap::give_back(heap.take_free_regions());
  EXPECT_EQ(heap.regions(), 1u);
  heap.put(pieces[last], 100);
  EXPECT_EQ(heap.free_regions(), 1u) << "and serves again";
  heap.take(100);
  EXPECT_EQ(heap.free_regions(), 0u);
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
