// SPDX-License-Identifier: Apache-2.0
#include "query/exec/pair_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace elegraph::query::exec {
namespace {

// Of so many pairs up to these, beside a set that is beyond doubt.
void expect_same(size_t pairs, uint32_t firsts, uint32_t seconds, PairSet& set) {
  std::mt19937_64 random(pairs + firsts);
  std::set<uint64_t> wanted;
  auto pair = [&] { return uint64_t(random() % firsts) << 32 | uint32_t(random() % seconds); };
  for (size_t i = 0; i < pairs; i++) {
    const uint64_t p = pair();
    ASSERT_EQ(set.add(p), wanted.insert(p).second) << i;
  }
  ASSERT_EQ(set.size(), wanted.size());
  for (size_t i = 0; i < pairs; i++) {
    const uint64_t p = pair();
    ASSERT_EQ(set.contains(p), wanted.contains(p));
  }
  std::set<uint64_t> all;
  set.for_each([&](uint64_t p) { EXPECT_TRUE(all.insert(p).second); });
  EXPECT_EQ(all, wanted);
}

TEST(PairSet, HasWhatWasAdded) {
  PairSet set;
  for (const auto& [pairs, firsts, seconds] : {std::tuple{100, 5, 50},
                                               {100'000, 60, 20'000},
                                               {100'000, 1, 1u << 31},
                                               {50'000, 40'000, 40'000},
                                               {60'000, 20'000, 70},
                                               {8000, 3, 3000}}) {
    expect_same(size_t(pairs), uint32_t(firsts), uint32_t(seconds), set);
    set.clear();
    EXPECT_EQ(set.size(), 0u);
    EXPECT_FALSE(set.contains(0));
  }
}

TEST(PairSet, TakesLittleMemoryWherePairsAreDense) {
  PairSet dense, sparse;
  for (uint64_t i = 0; i < 1'000'000; i++) dense.add(i % 60 << 32 | i / 60), sparse.add(i << 32 | i * 12345 % 1'000'000);
  EXPECT_LT(dense.bytes(), 1u << 20);
  EXPECT_LT(sparse.bytes(), 40u << 20);
}

// Where seconds come in ascending order, as sorted lists have them, it is laid out anew a few times, not for each of them.
TEST(PairSet, GrowsInLeapsByAscendingPairs) {
  PairSet set;
  std::mt19937 random(1);
  uint32_t changes = 0;
  for (uint32_t i = 0; i < 300'000; i++) {
    const uint64_t before = set.bytes();
    set.add(uint64_t{random() % 100} << 32 | i);
    changes += set.bytes() != before;
  }
  EXPECT_LT(changes, 60u);
}

// A bitmap that would grow past what words take becomes words again.
TEST(PairSet, GoesBackToWords) {
  PairSet set;
  for (uint64_t i = 0; i < 100'000; i++) ASSERT_TRUE(set.add(i % 10 << 32 | i / 10));
  for (uint64_t i = 0; i < 100; i++) {
    ASSERT_TRUE(set.add(0xffff'ff00'ffff'ff00 + i));
    ASSERT_FALSE(set.add(0xffff'ff00'ffff'ff00 + i));
  }
  EXPECT_EQ(set.size(), 100'100u);
  for (uint64_t i = 0; i < 100'000; i++) ASSERT_FALSE(set.add(i % 10 << 32 | i / 10));
  EXPECT_LT(set.bytes(), 8u << 20);
}

}  // namespace
}  // namespace elegraph::query::exec
