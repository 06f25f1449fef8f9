// SPDX-License-Identifier: Apache-2.0
#include "query/exec/node_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace elegraph::query::exec {
namespace {

// A table of ids or a bitmap, by how many nodes there may be.
class NodeSets : public ::testing::TestWithParam<uint64_t> {
 protected:
  NodeSet make() const {
    NodeSet set;
    set.set_universe(GetParam());
    return set;
  }
  static std::vector<uint32_t> list(const std::set<uint32_t>& ids) { return {ids.begin(), ids.end()}; }
};

TEST_P(NodeSets, HoldWhatWasAddedAndNotRemoved) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; round++) {
    NodeSet set = make();
    std::set<uint32_t> expected;
    const uint32_t ids = 1 + random() % 3000;
    for (int i = 0; i < 4000; i++) {
      // Few different ids, far apart: many meet in the table.
      const uint32_t id = uint32_t(random() % ids * 64);
      if (random() % 3) {
        EXPECT_EQ(set.add(id), expected.insert(id).second);
      } else {
        set.remove(id);
        expected.erase(id);
      }
      EXPECT_EQ(set.contains(id), expected.contains(id));
    }
    EXPECT_EQ(set.size(), expected.size());
    EXPECT_EQ(set.sorted(), list(expected));
  }
}

TEST_P(NodeSets, MergingTellsWhatIsNew) {
  std::mt19937 random(2);
  for (const uint32_t most : {3u, 200u, 5000u}) {
    NodeSet set = make();
    std::set<uint32_t> expected;
    for (int round = 0; round < 5; round++) {
      NodeSet other = make();
      std::set<uint32_t> news;
      for (uint32_t i = 0; i < most; i++) {
        const auto id = uint32_t(random() % 20'000);
        other.add(id);
        if (expected.insert(id).second) news.insert(id);
      }
      std::vector<NodeId> added{NodeId(77)};
      set.merge(other, added);
      ASSERT_EQ(added.size(), news.size() + 1);
      EXPECT_EQ(added[0], NodeId(77));
      size_t at = 1;
      for (const uint32_t id : news) EXPECT_EQ(added[at++].value, id);
      EXPECT_EQ(set.sorted(), list(expected));
      EXPECT_EQ(set.size(), expected.size());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Universes, NodeSets, ::testing::Values(200'000, 4'000'000, 1'000'000'000));

}  // namespace
}  // namespace elegraph::query::exec
