// SPDX-License-Identifier: Apache-2.0
#include "exec_arena_fixture.h"

namespace elegraph::query::exec {
namespace {

bool has_hash_join(const plan::PhysicalNode& n) {
  return n.kind == plan::NodeKind::kHashJoin || (n.left && has_hash_join(*n.left)) || (n.right && has_hash_join(*n.right));
}

// Few at both ends, and hubs in between, that thousands lead to.
class ExecPatternHalves : public ExecArenaTest {
 protected:
  ExecPatternHalves() {
    create_index("U", {"i"}, index::ConstraintKind::kUnique);
    run("UNWIND range(0, 39) AS i CREATE (:M {i: i, big: i % 2 = 0})");
    run("UNWIND range(0, 19999) AS i CREATE (:U {i: i, k: i % 200})");
    run("MATCH (u:U) UNWIND [u.i % 40, u.i * 7 % 39, u.i / 3 % 40] AS j MATCH (m:M {i: j}) CREATE (u)-[:R {w: u.i % "
        "5}]->(m)");
    run("MATCH (m:M) WHERE m.i < 30 MATCH (n:M {i: m.i + 1}) CREATE (m)-[:NEXT]->(n)");
  }
  // `pattern`: found in halves; `by_steps`: the same with a clause between that keeps it from being.
  void same_by_steps(const std::string& pattern, const std::string& by_steps, const std::string& end) {
    const Rows wanted = run(by_steps + end);
    EXPECT_FALSE(has_hash_join(*plan_->root)) << by_steps;
    EXPECT_EQ(run(pattern + end), wanted) << pattern;
    EXPECT_TRUE(has_hash_join(*plan_->root)) << pattern;
    same(pattern + end);
  }
};

TEST_F(ExecPatternHalves, MeetInANode) {
  const std::string end = " RETURN a.i, b.i, m.i, count(*), sum(r.w * s.w) ORDER BY a.i, b.i, m.i";
  same_by_steps("MATCH (a:U)-[r:R]->(m:M)<-[s:R]-(b:U) WHERE a.k = 3 AND b.k = 43",
                "MATCH (a:U)-[r:R]->(m:M) WHERE a.k = 3 WITH a, r, m SKIP 0 MATCH (m)<-[s:R]-(b:U) WHERE b.k = 43", end);
  same_by_steps(
      "MATCH (a:U)-[r:R]->(m)<-[s:R]-(b:U) WHERE a.i < 90 AND b.i < 90 AND a.i <= b.i",
      "MATCH (a:U)-[r:R]->(m) WHERE a.i < 90 WITH a, r, m SKIP 0 MATCH (m)<-[s:R]-(b:U) WHERE b.i < 90 AND r <> s "
      "AND a.i <= b.i",
      end);
  same_by_steps(
      "MATCH (a:U)-[r:R]->(m:M)<-[s:R]-(b:U) WHERE a.k = 3 AND b.k = 43 AND m.big AND r.w >= s.w",
      "MATCH (a:U)-[r:R]->(m:M) WHERE a.k = 3 AND m.big WITH a, r, m SKIP 0 MATCH (m)<-[s:R]-(b:U) WHERE b.k = 43 "
      "AND r.w >= s.w",
      end);
}

TEST_F(ExecPatternHalves, HaveSeveralRelationshipsEach) {
  const std::string end = " RETURN a.i, b.i, m.i, n.i, count(*) ORDER BY a.i, b.i, m.i, n.i";
  same_by_steps(
      "MATCH (a:U)-[:R]->(m:M)-[:NEXT]->(n:M)<-[:R]-(b:U) WHERE a.k = 3 AND b.k = 43",
      "MATCH (a:U)-[:R]->(m:M)-[:NEXT]->(n:M) WHERE a.k = 3 WITH a, m, n SKIP 0 MATCH (n)<-[:R]-(b:U) WHERE b.k = 43", end);
}

TEST_F(ExecPatternHalves, KeepPaths) {
  const std::string end = " RETURN nodes(p)[0].i AS x, nodes(p)[1].i AS y, nodes(p)[2].i AS z, length(p) ORDER BY x, y, z";
  const Rows rows = run("MATCH p = (a:U)-[:R]->(m:M)<-[:R]-(b:U) WHERE a.k = 3 AND b.k = 43" + end);
  EXPECT_TRUE(has_hash_join(*plan_->root));
  EXPECT_EQ(rows, run("MATCH (a:U)-[:R]->(m:M) WHERE a.k = 3 WITH a, m SKIP 0 MATCH (m)<-[:R]-(b:U) WHERE b.k = 43 "
                      "RETURN a.i AS x, m.i AS y, b.i AS z, 2 ORDER BY x, y, z"));
}

const plan::PhysicalNode* find_node(const plan::PhysicalNode& n, plan::NodeKind kind) {
  if (n.kind == kind) return &n;
  const plan::PhysicalNode* left = n.left ? find_node(*n.left, kind) : nullptr;
  return left || !n.right ? left : find_node(*n.right, kind);
}

// What a pattern is multiplied with does not hide that it is found in halves. Of whom nobody reads more than where they
// meet, one pair for each node is enough.
TEST_F(ExecPatternHalves, BesideOtherNodesAsASet) {
  run("UNWIND range(0, 49) AS i CREATE (:X {i: i})");
  const std::string others = "MATCH (x:X) WHERE x.i < 3 ", end = " RETURN x.i, i ORDER BY x.i, i";
  const std::string halves =
      others + "MATCH (a:U)-[:R]->(m:M)<-[:R]-(b:U) WHERE a.k = 3 AND b.k = 3 WITH DISTINCT x, m.i AS i";
  const std::string steps = others +
                            "MATCH (a:U)-[r:R]->(m:M) WHERE a.k = 3 WITH x, r, m SKIP 0 MATCH (m)<-[s:R]-(b:U) "
                            "WHERE b.k = 3 AND r <> s WITH DISTINCT x, m.i AS i";
  const Rows wanted = run(steps + end);
  EXPECT_GT(wanted.size(), 20u);
  EXPECT_EQ(run(halves + end), wanted);
  const plan::PhysicalNode* join = find_node(*plan_->root, plan::NodeKind::kHashSemiJoin);
  ASSERT_NE(join, nullptr);
  EXPECT_TRUE(join->ends_once);
  EXPECT_FALSE(join->residual.empty());
  same(halves + end);
}

// Nodes that are ends of one relationship alone have no other one to meet there.
TEST_F(ExecPatternHalves, TellRelationshipsApartInASet) {
  run("UNWIND range(0, 20) AS i MATCH (m:M {i: i}) CREATE (:U {i: 30000 + i, k: 777})-[:R {w: 1}]->(m)");
  run("UNWIND range(0, 5) AS i MATCH (m:M {i: i}) CREATE (:U {i: 40000 + i, k: 777})-[:R {w: 1}]->(m)");
  const std::string pattern = "MATCH (a:U)-[:R]->(m:M)<-[:R]-(b:U) WHERE a.k = 777 AND b.k = 777 ";
  EXPECT_EQ(run(pattern + "WITH DISTINCT m RETURN count(*), sum(m.i)"), Rows{"6 15"});
  EXPECT_NE(find_node(*plan_->root, plan::NodeKind::kHashSemiJoin), nullptr);
  EXPECT_EQ(run(pattern + "AND a.i < b.i RETURN count(DISTINCT m), max(m.i)"), Rows{"6 5"});
  EXPECT_EQ(run(pattern + "WITH DISTINCT m, a.w IS NULL AS w RETURN count(*)"), Rows{"6"});
}

// Many lead to each other there: going on from one half makes the same rows without a table.
TEST_F(ExecPatternHalves, AreNotMadeOfAllThatThereIs) {
  prepare("MATCH (a:U)-[:R]->(m:M)<-[:R]-(b:U) RETURN count(*)", {});
  EXPECT_FALSE(has_hash_join(*plan_->root));
  finish();
}

}  // namespace
}  // namespace elegraph::query::exec
