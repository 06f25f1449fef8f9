// SPDX-License-Identifier: Apache-2.0
#include "pgwire/placement.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <vector>

namespace elegraph::pgwire {
namespace {

std::vector<uint32_t> placed(size_t threads, const std::vector<int>& cores) {
  std::vector<uint32_t> connections(threads);
  for (size_t turn = 0; turn < cores.size(); turn++) connections[place(connections, cores[turn], turn)]++;
  return connections;
}

TEST(Placement, FollowsTheCore) {
  std::vector<uint32_t> connections(4, 3);
  for (int core = 0; core < 16; core++) EXPECT_EQ(place(connections, core, 0), size_t(core) % 4);
}

TEST(Placement, DealsOutEvenlyWhereNoCoreIsKnown) {
  EXPECT_EQ(placed(3, std::vector<int>(8, -1)), (std::vector<uint32_t>{3, 3, 2}));
  EXPECT_EQ(place(std::vector<uint32_t>{2, 1, 2}, -1, 0), 1u);
  EXPECT_EQ(place(std::vector<uint32_t>{2, 1, 1}, -1, 2), 2u);
}

TEST(Placement, TheFirstFewHaveThreadsOfTheirOwn) {
  EXPECT_EQ(placed(2, {0, 0}), (std::vector<uint32_t>{1, 1}));
  EXPECT_EQ(placed(8, std::vector<int>(8, 5)), std::vector<uint32_t>(8, 1));
}

TEST(Placement, OneCoreDoesNotFillOneThread) {
  for (size_t count : {10, 64, 1000, 10'000}) {
    const auto connections = placed(2, std::vector<int>(count, 1));
    EXPECT_GE(connections[1], connections[0]);
    EXPECT_LE(connections[1] - connections[0], 5u) << count;
  }
}

TEST(Placement, GoesHomeAfterAWhile) {
  WayHome way;
  EXPECT_FALSE(way.should_go(true));
  EXPECT_FALSE(way.should_go(true));
  EXPECT_FALSE(way.should_go(false));
  EXPECT_FALSE(way.should_go(true));
  EXPECT_FALSE(way.should_go(true));
  EXPECT_TRUE(way.should_go(true));
}

TEST(Placement, GoesHomeLessOftenWhereItDoesNotStay) {
  WayHome way;
  auto periods = [&] {
    for (int i = 1;; i++)
      if (way.should_go(true)) return i;
  };
  for (int expected : {3, 6, 12, 24, 48, 96, 96}) {
    EXPECT_EQ(periods(), expected);
    EXPECT_FALSE(way.should_go(false));
  }
  for (int i = 0; i < 8; i++) EXPECT_FALSE(way.should_go(false));
  EXPECT_EQ(periods(), 3);
}

TEST(Placement, AThreadThatGoesHomeMayLeaveAgain) {
  cpu_set_t allowed, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  int there = 0;
  for (int core = 0; core < CPU_SETSIZE; core++) {
    EXPECT_EQ(go_to_core(core), bool(CPU_ISSET(core, &allowed)));
    there += CPU_ISSET(core, &allowed) && go_to_core(core) && sched_getcpu() == core;
  }
  EXPECT_GT(there, 0);
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&allowed, &after));
  EXPECT_FALSE(go_to_core(-1));
  EXPECT_FALSE(go_to_core(CPU_SETSIZE));
}

TEST(Placement, MovesKeepTheBalance) {
  EXPECT_TRUE(may_move(10, 10));
  EXPECT_TRUE(may_move(10, 12));
  EXPECT_FALSE(may_move(10, 13));
  EXPECT_TRUE(may_move(1, 0));
  EXPECT_FALSE(may_move(1, 1));
  EXPECT_FALSE(may_move(2, 2));
  EXPECT_TRUE(may_move(3, 3));
}

}  // namespace
}  // namespace elegraph::pgwire
