// SPDX-License-Identifier: Apache-2.0
#include "exec_arena_fixture.h"
#include "query/exec/operators/correlated.h"

namespace elegraph::query::exec {
namespace {

const plan::PhysicalNode* apply_in(const plan::PhysicalNode& n) {
  if (n.kind == plan::NodeKind::kApply) return &n;
  return n.left ? apply_in(*n.left) : nullptr;
}

// CALL (a) { .. RETURN aggregates }, beside the same by OPTIONAL MATCH and groups of the outer rows.
class ExecRowAggregate : public ExecArenaTest {
 protected:
  ExecRowAggregate() {
    run("UNWIND range(0, 4999) AS i CREATE (:A {i: i, k: i % 7})");
    run("MATCH (a:A) WHERE a.k > 0 UNWIND range(1, a.k) AS j MATCH (b:A) WHERE b.i = (a.i * 31 + j * 17) % 5000 "
        "CREATE (a)-[:R {w: a.i % 11 + j}]->(b)");
    run("MATCH (a:A {i: 2500}) MATCH (b:A) WHERE b.i % 2 = 0 CREATE (a)-[:R {w: b.i % 5}]->(b)");
  }

  void same_as_groups(const std::string& pattern, const std::string& results, const std::string& names) {
    const std::string end = " RETURN a.i, " + names + " ORDER BY a.i SKIP 100 LIMIT 4000";
    const std::string call = "MATCH (a:A) CALL (a) { MATCH " + pattern + " RETURN " + results + " } WITH a, " + names + end;
    const std::string groups = "MATCH (a:A) OPTIONAL MATCH " + pattern + " WITH a, " + results + end;
    const Rows wanted = run(groups);
    EXPECT_FALSE(wanted.empty());
    EXPECT_EQ(run(call), wanted) << call;
    const plan::PhysicalNode* apply = apply_in(*plan_->root);
    ASSERT_TRUE(apply) << call;
    EXPECT_TRUE(runs_batched(*apply->right)) << call;
    same(call);
    budget_ = 10;
    EXPECT_EQ(run(call), wanted) << call << ", a batch at a time";
    budget_ = INT64_MAX / 2;
  }
};

TEST_F(ExecRowAggregate, GivesARowForEachOuterOne) {
  same_as_groups("(a)-[r:R]->(b)", "count(r) AS n, sum(r.w) AS s, min(b.i) AS l", "n, s, l");
  same_as_groups("(a)-[r:R]->(b) WHERE b.k > a.k", "count(b) AS n, avg(r.w) AS s, max(b.i + a.i) AS l", "n, s, l");
  same_as_groups("(a)-[r:R]->(b)", "count(DISTINCT b.k) AS n, size(collect(DISTINCT b.k)) AS s", "n, s");
  same_as_groups("(a)-[:R]->(b)", "count(b) AS n", "n");
  same_as_groups("(a)-[:R]->()-[r:R]->(b)", "count(b) AS n, sum(r.w) AS s", "n, s");
  same_as_groups("(a)-[:R]->(b) WHERE b.i < 0", "count(b) AS n, sum(b.i) AS s, max(b.i) AS l", "n, s, l");
}

// What is above it in the subquery reads the aggregates.
TEST_F(ExecRowAggregate, FeedsWhatFollows) {
  const std::string outer = " RETURN count(*), sum(x), min(a.i), max(a.i)";
  EXPECT_EQ(
      run("MATCH (a:A) CALL (a) { MATCH (a)-[r:R]->(b) WITH count(b) AS n, max(r.w) AS m WHERE n > 4 RETURN n + m AS x }" +
          outer),
      run("MATCH (a:A)-[r:R]->(b) WITH a, count(b) AS n, max(r.w) AS m WHERE n > 4 WITH a, n + m AS x" + outer));
  EXPECT_EQ(run("MATCH (a:A) CALL (a) { MATCH (a)-[:R]->(b) CALL (b) { MATCH (b)-[:R]->(c) RETURN count(*) AS y } RETURN "
                "sum(y) AS x }" +
                outer),
            run("MATCH (a:A) OPTIONAL MATCH (a)-[:R]->(b) WITH a, sum(COUNT { (b)-[:R]->() }) AS x" + outer));
  EXPECT_EQ(run("UNWIND [3, 3, 2500, null] AS i OPTIONAL MATCH (a:A {i: i}) CALL (a) { MATCH (a)-[:R]->(b) RETURN count(b) "
                "AS x } RETURN i, x"),
            (Rows{"2500 2501", "3 3", "3 3", "null 0"}));
}

// The ends of several steps are a set that is filled row by row.
TEST_F(ExecRowAggregate, LeavesDistinctEndsToSets) {
  run("MATCH (a:A) CALL (a) { MATCH (a)-[:R*1..3]->(b) RETURN count(DISTINCT b) AS n } RETURN sum(n)");
  const plan::PhysicalNode* apply = apply_in(*plan_->root);
  ASSERT_TRUE(apply);
  EXPECT_FALSE(runs_batched(*apply->right));
}

}  // namespace
}  // namespace elegraph::query::exec
