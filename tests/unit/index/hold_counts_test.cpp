// SPDX-License-Identifier: Apache-2.0
#include "index/hold_counts.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace elegraph::index {

TEST(HoldCounts, CountsAsAMapDoes) {
  std::mt19937_64 random(7);
  HoldCounts counts;
  std::unordered_map<uint64_t, int> expected;
  // Many hashes with few homes, in waves that grow and shrink.
  auto hash = [&] { return (random() % 64) << 58 | random() % 40; };
  for (int wave = 0; wave < 20; ++wave)
    for (int i = 0; i < 5000; ++i) {
      const uint64_t h = hash();
      if (int(random() % 10) < (wave % 2 ? 3 : 7)) {
        counts.add(h), ++expected[h];
      } else {
        auto at = expected.find(h);
        const bool last = at != expected.end() && at->second == 1;
        EXPECT_EQ(counts.remove(h), last);
        if (last)
          expected.erase(at);
        else if (at != expected.end())
          --at->second;
      }
      const uint64_t other = hash();
      ASSERT_EQ(counts.contains(other), expected.contains(other));
      ASSERT_EQ(counts.size(), expected.size());
    }
}

TEST(HoldCounts, GivesItsMemoryBack) {
  HoldCounts counts;
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;
  for (uint64_t i = 0; i < 100000; ++i) counts.add(i * kOdd);
  EXPECT_GT(counts.bytes(), 100000u * 16);
  for (uint64_t i = 0; i < 100000; ++i) EXPECT_TRUE(counts.remove(i * kOdd));
  EXPECT_EQ(counts.size(), 0u);
  EXPECT_LT(counts.bytes(), 1024u);
}

}  // namespace elegraph::index
