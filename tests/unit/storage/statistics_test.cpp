// SPDX-License-Identifier: Apache-2.0
#include "graph_fixture.h"

namespace elegraph::storage {
namespace {

// When plans are made anew, and what they are told of a list's length.
struct StatisticsTest : GraphTest {
  // Whether the plans that there were before are outdated now.
  template <class Change>
  bool outdates(Change change) {
    const uint64_t before = graph.catalog().epoch();
    change();
    return graph.catalog().epoch() != before;
  }
  void remove(std::span<const NodeId> nodes) {
    Session s(graph);
    s.begin();
    for (NodeId n : nodes) s->delete_node(n);
    s.commit();
  }
  void relate(NodeId hub, std::span<const NodeId> nodes) {
    Session s(graph);
    s.begin();
    for (NodeId n : nodes) s->create_relationship(knows, hub, n);
    s.commit();
  }
};

TEST_F(StatisticsTest, PlansAreOutdatedAsALabelGrowsAndShrinks) {
  make_nodes(1);  // the first values of the properties are news as well
  std::vector<NodeId> nodes;
  int times = 0;
  for (int i = 0; i < 100; i++)
    times += outdates([&] {
      for (NodeId n : make_nodes(100)) nodes.push_back(n);
    });
  EXPECT_GE(times, 3);
  EXPECT_LE(times, 6);
  // One more or less around any size does not matter.
  for (int i = 0; i < 50; i++) EXPECT_FALSE(outdates([&] { remove(make_nodes(20)); }));
  EXPECT_TRUE(outdates([&] { remove(std::span(nodes).first(9'900)); }));
  EXPECT_FALSE(outdates([&] { make_nodes(100); }));
  EXPECT_TRUE(outdates([&] { make_nodes(1'000); }));
}

TEST_F(StatisticsTest, NodesThatComeAndGoDoNotOutdatePlansAllTheTime) {
  make_nodes(1);
  int times = 0;
  for (int i = 0; i < 200; i++) times += outdates([&] { remove(make_nodes(100)); });
  EXPECT_GE(times, 5);
  EXPECT_LE(times, 16);
}

TEST_F(StatisticsTest, PlansAreOutdatedAsATypeGrows) {
  std::vector<NodeId> nodes = make_nodes(2'000);
  EXPECT_FALSE(outdates([&] { relate(nodes[0], std::span(nodes).first(10)); }));
  EXPECT_TRUE(outdates([&] { relate(nodes[0], std::span(nodes).first(100)); }));
  EXPECT_FALSE(outdates([&] { relate(nodes[0], std::span(nodes).first(100)); }));
  EXPECT_TRUE(outdates([&] { relate(nodes[0], nodes); }));
}

TEST_F(StatisticsTest, AListsSizeIsFoundWithoutLookingAtEachEntry) {
  std::vector<NodeId> nodes = make_nodes(3'000);
  Session s(graph);
  auto size = [&](uint32_t limit, Direction d = Direction::kOut) {
    rcu::ReadGuard guard;
    return s.reader().list_size(nodes[0], d, knows, limit);
  };
  s.begin();
  EXPECT_EQ(size(10), 0u);
  for (NodeId n : nodes) s->create_relationship(knows, nodes[0], n);
  EXPECT_EQ(size(1 << 30), 3'000u);
  EXPECT_EQ(size(1, Direction::kIn), 1u);
  const uint32_t some = size(100);
  EXPECT_GE(some, 100u);
  EXPECT_LT(some, 2'000u);
  s.commit();
  vacuum_all();
  s.begin();
  EXPECT_EQ(size(1), 3'000u);
  s->create_relationship(knows, nodes[0], nodes[1]);
  EXPECT_EQ(size(1 << 30), 3'001u);
}

}  // namespace
}  // namespace elegraph::storage
