// SPDX-License-Identifier: Apache-2.0
#include "exec_arena_fixture.h"
#include "query/exec/operators/correlated.h"
#include "query/exec/operators/parallel.h"

namespace elegraph::query::exec {
namespace {

const plan::PhysicalNode* find(const plan::PhysicalNode& n, plan::NodeKind kind) {
  if (n.kind == kind) return &n;
  const plan::PhysicalNode* left = n.left ? find(*n.left, kind) : nullptr;
  return left ? left : n.right ? find(*n.right, kind) : nullptr;
}

// Subqueries with ORDER BY, LIMIT, DISTINCT and groups, that run for many outer rows at once, beside the same
// without a subquery. A hub has more than a batch of relationships.
class ExecRowSubquery : public ExecArenaTest {
 protected:
  ExecRowSubquery() {
    run("UNWIND range(0, 4999) AS i CREATE (:A {i: i, k: i % 7})");
    run("UNWIND range(0, 2999) AS i CREATE (:B {i: i, k: CASE WHEN i % 9 > 0 THEN i % 500 END})");
    run("MATCH (a:A) WHERE a.k > 0 UNWIND range(1, a.k) AS j MATCH (b:A) WHERE b.i = (a.i * 31 + j * 17) % 5000 "
        "CREATE (a)-[:R {w: a.i % 11 + j}]->(b)");
    run("MATCH (a:A {i: 2500}) MATCH (b:A) CREATE (a)-[:R {w: b.i % 1000}]->(b)");
  }

  void same_rows(const std::string& subquery, const std::string& without) {
    const Rows wanted = run(without);
    EXPECT_FALSE(wanted.empty());
    EXPECT_EQ(run(subquery), wanted) << subquery;
    if (const plan::PhysicalNode* apply = find(*plan_->root, plan::NodeKind::kApply))
      EXPECT_TRUE(runs_batched(*apply->right)) << subquery;
    same(subquery);
    budget_ = 10;
    EXPECT_EQ(run(subquery), wanted) << subquery << ", a batch at a time";
    budget_ = INT64_MAX / 2;
  }
  void same_calls(const std::string& inside, const std::string& without) {
    const std::string end = " RETURN a.i AS i, x ORDER BY i, x";
    same_rows("MATCH (a:A) CALL (a) { " + inside + " }" + end, "MATCH (a:A)-[r:R]->(b) " + without + end);
  }
};

TEST_F(ExecRowSubquery, FirstOfEach) {
  const std::string match = "MATCH (a)-[r:R]->(b) ";
  same_calls(match + "RETURN b.i AS x ORDER BY r.w DESC, x LIMIT 3",
             "WITH a, r, b ORDER BY r.w DESC, b.i WITH a, collect(b.i)[..3] AS l UNWIND l AS x");
  same_calls(match + "RETURN b.i AS x ORDER BY r.w, x DESC SKIP 2 LIMIT 2",
             "WITH a, r, b ORDER BY r.w, b.i DESC WITH a, collect(b.i)[2..4] AS l UNWIND l AS x");
  same_calls(match + "RETURN b.i AS x ORDER BY x LIMIT 1", "WITH a, min(b.i) AS x");
  same_rows("MATCH (a:A) CALL (a) { " + match +
                "WITH b ORDER BY b.i LIMIT 4 RETURN sum(b.i) AS x ORDER BY x LIMIT 10 } "
                "RETURN a.i AS i, x ORDER BY i",
            "MATCH (a:A) OPTIONAL MATCH (a)-[r:R]->(b) WITH a, b ORDER BY b.i "
            "WITH a, reduce(s = 0, i IN collect(b.i)[..4] | s + i) AS x RETURN a.i AS i, x ORDER BY i");
}

TEST_F(ExecRowSubquery, SomeOfEach) {
  const std::string end = " } RETURN a.i, count(b) ORDER BY a.i";
  const std::string without = "MATCH (a:A)-[:R]->(b) WITH a, size(collect(b)";
  same_rows("MATCH (a:A) CALL (a) { MATCH (a)-[:R]->(b) RETURN b LIMIT 2" + end,
            without + "[..2]) AS n RETURN a.i, n ORDER BY a.i");
  same_rows("MATCH (a:A) CALL (a) { MATCH (a)-[:R]->(b) RETURN b SKIP 3" + end,
            without + "[3..]) AS n WHERE n > 0 RETURN a.i, n ORDER BY a.i");
}

TEST_F(ExecRowSubquery, DistinctAndGroups) {
  same_calls("MATCH (a)-[:R]->(b) RETURN DISTINCT b.k AS x", "WITH DISTINCT a, b.k AS x");
  same_calls("MATCH (a)-[r:R]->(b) WITH b.k AS k, count(*) AS n, sum(r.w) AS s RETURN k * 100000 + n * 1000 + s AS x",
             "WITH a, b.k AS k, count(*) AS n, sum(r.w) AS s WITH a, k * 100000 + n * 1000 + s AS x");
  same_rows(
      "MATCH (a:A) CALL (a) { MATCH (a)-[r:R]->(b) WITH b.k AS k, count(DISTINCT r.w) AS n RETURN max(n) AS x } "
      "RETURN a.i AS i, x ORDER BY i",
      "MATCH (a:A) OPTIONAL MATCH (a)-[r:R]->(b) WITH a, b.k AS k, count(DISTINCT r.w) AS n "
      "RETURN a.i AS i, max(CASE WHEN n > 0 THEN n END) AS x ORDER BY i");
}

TEST_F(ExecRowSubquery, Lists) {
  same_rows(
      "MATCH (a:A) WITH a, COLLECT { MATCH (a)-[r:R]->(b) RETURN b.i ORDER BY r.w, b.i LIMIT 3 } AS l "
      "RETURN a.i, l ORDER BY a.i",
      "MATCH (a:A) OPTIONAL MATCH (a)-[r:R]->(b) WITH a, r, b ORDER BY r.w, b.i WITH a, collect(b.i)[..3] AS l "
      "RETURN a.i, l ORDER BY a.i");
  same_rows("MATCH (a:A) RETURN a.i, COUNT { MATCH (a)-[r:R]->(b) RETURN DISTINCT b.k } AS n ORDER BY a.i",
            "MATCH (a:A) OPTIONAL MATCH (a)-[:R]->(b) RETURN a.i, count(DISTINCT b.k) AS n ORDER BY a.i");
}

// The table is made once for all rows, and again when the statement runs again.
TEST_F(ExecRowSubquery, TiedByAnEquality) {
  const std::string call = "MATCH (a:A) CALL (a) { MATCH (b:B) WHERE b.k = a.i % 600 ";
  const std::string without = "MATCH (a:A) MATCH (b:B) WHERE b.k = a.i % 600 ";
  const std::string end = " RETURN a.i AS i, x ORDER BY i, x";
  same_rows(call + "RETURN b.i AS x ORDER BY x DESC LIMIT 2 }" + end,
            without + "WITH a, b ORDER BY b.i DESC WITH a, collect(b.i)[..2] AS l UNWIND l AS x" + end);
  EXPECT_TRUE(find(*plan_->root, plan::NodeKind::kHashJoin));
  same_rows(call + "RETURN b.i % 2 AS x, count(*) AS n }" + end, without + "WITH a, b.i % 2 AS x, count(*) AS n" + end);
  same_rows(call + "RETURN max(b.i) AS x }" + end,
            "MATCH (a:A) OPTIONAL MATCH (b:B) WHERE b.k = a.i % 600 WITH a, max(b.i) AS x" + end);
  same_rows("MATCH (a:A) CALL (a) { OPTIONAL MATCH (b:B) WHERE b.k = a.i RETURN b.i AS x ORDER BY x LIMIT 1 }" + end,
            "MATCH (a:A) OPTIONAL MATCH (b:B) WHERE b.k = a.i WITH a, min(b.i) AS x" + end);
  EXPECT_TRUE(find(*plan_->root, plan::NodeKind::kHashLeftJoin));
  run("MATCH (b:B) WHERE b.i > 1000 DELETE b");
  same_rows(call + "RETURN b.i AS x ORDER BY x DESC LIMIT 2 }" + end,
            without + "WITH a, b ORDER BY b.i DESC WITH a, collect(b.i)[..2] AS l UNWIND l AS x" + end);
}

// Copies of a pipeline run the subqueries of their rows, also those that scan for each.
TEST_F(ExecRowSubquery, AreRunByCopies) {
  const std::string scan = "MATCH (a:A) CALL (a) { MATCH (b:B) WHERE b.i > a.i RETURN count(*) AS x } RETURN sum(x)";
  const std::string join =
      "MATCH (:A)-[:R]->()-[:R]->(a) CALL (a) { MATCH (b:B) WHERE b.k = a.i RETURN b.i AS x LIMIT 2 } RETURN sum(x)";
  for (const std::string& text : {scan, join}) {
    same(text);
    prepare(text, {});
    const State state(context_, *plan_);
    EXPECT_TRUE(can_split(*find(*plan_->root, plan::NodeKind::kAggregate)->left, state)) << text;
  }
}

}  // namespace
}  // namespace elegraph::query::exec
