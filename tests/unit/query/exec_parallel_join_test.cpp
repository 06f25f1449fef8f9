// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include "exec_arena_fixture.h"

namespace elegraph::query::exec {
namespace {

// Pipelines with hash joins that copies run side by side: the right side is made once, and all probe it.
class ExecParallelJoin : public ExecArenaTest {
 protected:
  ExecParallelJoin() {
    run("UNWIND range(1, 40000) AS i CREATE (:P {i: i, k: i % 100, name: 'name ' + toString(i % 50), f: i % 10 + 0.5})");
    run("UNWIND range(1, 3000) AS i CREATE (:Q {j: i * 3, k: i % 7, name: 'name ' + toString(i % 60), "
        "x: CASE i % 4 WHEN 0 THEN i WHEN 1 THEN toString(i) WHEN 2 THEN i + 0.0 ELSE null END})");
    run("MATCH (a:P) WHERE a.i % 3 = 0 MATCH (b:P) WHERE b.i = a.i * 7 % 40000 + 1 CREATE (a)-[:T {w: a.i % 1000}]->(b)");
  }
  // And that the plan has such a join.
  void joins(plan::NodeKind kind, std::string_view text) {
    prepare(text, {});
    EXPECT_TRUE(has(*plan_->root, kind)) << text;
    same(text);
  }
  static bool has(const plan::PhysicalNode& n, plan::NodeKind kind) {
    return n.kind == kind || (n.left && has(*n.left, kind)) || (n.right && has(*n.right, kind));
  }
  // Each row takes long enough for others to come.
  const std::string slow_ = "reduce(s = 0, x IN range(1, 100) | s + x * p.i) % 7";
};

TEST_F(ExecParallelJoin, Inner) {
  using enum plan::NodeKind;
  joins(kHashJoin, "MATCH (p:P), (q:Q) WHERE p.i = q.j RETURN count(*), sum(q.k), min(q.name), max(p.k)");
  joins(kHashJoin, "MATCH (p:P), (q:Q) WHERE p.i = q.j RETURN q.k, count(*), sum(p.k)");
  joins(kHashJoin, "MATCH (p:P), (q:Q) WHERE p.i = q.x RETURN count(*), sum(p.i)");
  joins(kHashJoin, "MATCH (p:P), (q:Q) WHERE toString(p.i) = q.x RETURN p.i, q.name");
  joins(kHashJoin,
        "MATCH (p:P), (q:Q) WHERE p.k = q.k AND p.name = q.name AND " + slow_ + " < 2 RETURN count(*), sum(p.i + q.j)");
  joins(kHashJoin, "MATCH (p:P)-[t:T]->(o), (q:Q) WHERE o.i = q.j AND " + slow_ + " < 5 RETURN q.name, count(*), sum(t.w)");
  joins(kHashJoin, "MATCH (p:P), (q:Q) WHERE p.i = q.j RETURN p.name, q.name, q ORDER BY q.name, p.k DESC LIMIT 100");
}

TEST_F(ExecParallelJoin, ProductsAreKept) {
  using enum plan::NodeKind;
  const std::string pattern = "MATCH (p:P), (q:Q) WHERE q.name = 'name 7' AND p.name = 'name 3' AND ";
  joins(kHashJoin, pattern + "p.i < q.j RETURN count(*), sum(q.k), min(q.name), max(p.k)");
  joins(kHashJoin, pattern + "p.k > q.k RETURN q.k, count(*), sum(p.i)");
  joins(kHashJoin, pattern + "p.i + q.j < 0 RETURN count(*), sum(p.i)");
  joins(kHashJoin, pattern + "p.i < q.j RETURN p.i, q.j ORDER BY q.j, p.i LIMIT 50");
  joins(kHashJoin,
        "MATCH (o:P)-[:T]->(p:P) WHERE o.name = 'name 3' MATCH (q:Q) WHERE q.name = 'name 7' AND p.i < q.j RETURN o.k, "
        "count(*)");
  // Not where the first rows are enough.
  prepare(pattern + "p.i < q.j RETURN p.i LIMIT 5", {});
  EXPECT_FALSE(has(*plan_->root, kHashJoin));
}

TEST_F(ExecParallelJoin, LeftSemiAndCounting) {
  using enum plan::NodeKind;
  joins(kHashLeftJoin, "MATCH (p:P) OPTIONAL MATCH (q:Q) WHERE q.j = p.i RETURN count(*), count(q), sum(q.k)");
  joins(kHashLeftJoin, "MATCH (p:P) OPTIONAL MATCH (q:Q) WHERE q.j = p.i AND q.k < p.f RETURN p.k, count(q), max(q.name)");
  joins(kHashSemiJoin,
        "MATCH (p:P) WHERE EXISTS { MATCH (q:Q) WHERE q.j = p.i } AND " + slow_ + " < 4 RETURN count(*), sum(p.i)");
  joins(kHashSemiJoin,
        "MATCH (p:P) WHERE NOT EXISTS { MATCH (q:Q) WHERE q.j = p.i AND q.k > p.f } RETURN p.name, count(*)");
  joins(kHashCount, "MATCH (p:P) WITH p, COUNT { MATCH (q:Q) WHERE q.name = p.name } AS c RETURN c, count(*), sum(p.i)");
  joins(kHashCount,
        "MATCH (p:P) WITH p, COUNT { MATCH (q:Q) WHERE q.name = p.name } AS c RETURN p.i ORDER BY c, p.k LIMIT 50");
}

TEST_F(ExecParallelJoin, Several) {
  using enum plan::NodeKind;
  joins(kHashJoin, "MATCH (p:P), (q:Q), (o:P) WHERE p.i = q.j AND o.i = q.j + 1 AND " + slow_ +
                       " < 5 RETURN count(*), sum(o.k), min(q.name)");
  joins(
      kHashJoin,
      "MATCH (p:P), (q:Q) WHERE p.i = q.j OPTIONAL MATCH (o:Q) WHERE o.j = p.i + q.k RETURN count(*), count(o), sum(o.j)");
  joins(kHashJoin, "MATCH (p:P), (q:Q) WHERE p.i = q.j WITH DISTINCT p.name AS n, q.k AS k RETURN n, k");
  // Rows of another source than a scan.
  joins(kHashJoin,
        "MATCH (p:P) WITH p ORDER BY p.i LIMIT 30000 MATCH (q:Q) WHERE p.i = q.j RETURN q.k, count(*), sum(p.k)");
  joins(kHashJoin, "MATCH (p:P), (q:Q) WHERE p.i = q.j AND q.k > 100 RETURN count(*), sum(q.k)");  // nothing to join
}

TEST_F(ExecParallelJoin, RunsAgain) {
  const std::string text = "MATCH (p:P), (q:Q) WHERE p.i = q.j AND " + slow_ + " < 5 RETURN count(*), sum(q.k)";
  context_.may_parallel = false;
  const Rows alone = run(text);
  prepare(text, {});
  for (const int64_t rows_alone : {100, 1'000, 20'000, 41'000}) {
    execution_->restart();
    context_.may_parallel = false;
    context_.budget = InlineBudget(rows_alone);
    EXPECT_TRUE(drain(true).empty());
    context_.budget = InlineBudget::unlimited();
    EXPECT_EQ(on_worker([&] {
                context_.may_parallel = true;
                return drain();
              }),
              alone);
  }
  finish();
}

// What it takes to fill the table before there are copies is the join's time, and that of all above it.
TEST_F(ExecParallelJoin, ProfilesCountTheRightSide) {
  const std::string text = "MATCH (q:Q) OPTIONAL MATCH (p:P) WHERE p.i = q.j AND " + slow_ +
                           " = 2 WITH q, p WHERE p IS NULL OR p.i >= 0 RETURN count(p)";
  std::vector<plan::OperatorProfile> profile(100);
  context_.profile = &profile;
  context_.may_parallel = true;
  run_in_task(text);
  context_.profile = nullptr;
  prepare(text, {});
  const plan::PhysicalNode* join = plan_->root.get();
  while (join->kind != plan::NodeKind::kHashLeftJoin) join = join->left.get();
  EXPECT_GT(profile[join->right->id].nanoseconds, 0u);
  EXPECT_GE(profile[join->id].nanoseconds, profile[join->right->id].nanoseconds);
  ASSERT_NE(plan_->root->left.get(), join);
  for (const plan::PhysicalNode* n = plan_->root.get(); n != join; n = n->left.get())
    EXPECT_GE(profile[n->id].nanoseconds, profile[join->id].nanoseconds);
}

TEST_F(ExecParallelJoin, ThrowsAWorkersError) {
  context_.may_parallel = true;
  EXPECT_THROW(run_in_task("MATCH (p:P), (q:Q) WHERE p.i = q.j RETURN sum(1 / (p.i - 9000))"), Error);
  EXPECT_THROW(run_in_task("MATCH (p:P), (q:Q) WHERE p.i = q.j / (q.j - 3000) RETURN count(*)"), Error);
}

}  // namespace
}  // namespace elegraph::query::exec
