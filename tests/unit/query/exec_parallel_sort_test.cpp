// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "exec_arena_fixture.h"

namespace elegraph::query::exec {
namespace {

// Sorts whose input copies of a pipeline make side by side. Equal rows are in the order of the scan all the same: the first
// ones are always the same ones.
class ExecParallelSort : public ExecArenaTest {
 protected:
  ExecParallelSort() {
    run("UNWIND range(1, 60000) AS i CREATE (:P {i: i, k: i % 100, name: 'name ' + toString(i % 50)})");
    run("MATCH (a:P) WHERE a.i % 3 = 0 MATCH (b:P) WHERE b.i = a.i * 7 % 60000 + 1 CREATE (a)-[:T {w: a.i % 1000}]->(b)");
    run("MATCH (a:P) WHERE a.i % 5 = 0 MATCH (b:P) WHERE b.i = a.i * 11 % 60000 + 1 CREATE (a)-[:U {w: a.i % 1000}]->(b)");
  }
  // Each row takes long enough for others to come.
  const std::string slow_ = "reduce(s = 0, x IN range(1, 100) | s + x * n.i) % 7";
};

TEST_F(ExecParallelSort, KeepsTheFirstOfEqualRows) {
  same("MATCH (n:P) RETURN n.i ORDER BY n.k LIMIT 20");
  same("MATCH (n:P) RETURN n.i, n.k ORDER BY n.k DESC, n.name LIMIT 700");
  same("MATCH (n:P) RETURN n.i, n.name ORDER BY n.name SKIP 3000 LIMIT 3000");
  same("MATCH (n:P) RETURN n.i ORDER BY " + slow_ + " LIMIT 20");
  same("MATCH (n:P) RETURN n.i, n.name ORDER BY " + slow_ + " DESC, n.k DESC LIMIT 6000");
  same("MATCH (n:P) WHERE " + slow_ + " < 3 RETURN n.i ORDER BY n.name LIMIT 10");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE n.k WHEN 1 THEN null WHEN 2 THEN n.name ELSE n.k % 3 END DESC LIMIT 2000");
}

TEST_F(ExecParallelSort, OfExpansionsAndRelationships) {
  same("MATCH (n:P)-[r:T]->(m:P) WHERE m.k > n.k RETURN n.i, r.w, m.name ORDER BY r.w LIMIT 50");
  same("MATCH (n:P)-[r]-(m) WHERE " + slow_ + " > 1 RETURN n.i, m.i ORDER BY m.k, n.k LIMIT 500");
  same("MATCH ()-[r:T|U]-() RETURN r ORDER BY r.w LIMIT 500");
  same("MATCH (a)-[r:U|T]->(b) RETURN a.i, b.i ORDER BY r.w % 10 DESC LIMIT 30");
  same("MATCH (n:P) OPTIONAL MATCH (n)-[r:U]->(m) RETURN n.i, m.i ORDER BY m.k DESC, r.w LIMIT 40000");
}

// All rows are wanted, but few are expected.
TEST_F(ExecParallelSort, OfAllRows) {
  same("MATCH (n:P) WHERE n.name = 'name 7' AND " + slow_ + " > 2 RETURN n.i ORDER BY n.k, n.name");
  same("MATCH (n:P) WHERE n.i < 0 RETURN n.i ORDER BY n.k");
  same("MATCH (n:P) WITH n ORDER BY n.k, n.name LIMIT 5000 RETURN n.k, count(*), min(n.i) ORDER BY n.k");
}

// They are dealt out by ranges of the first key, and where many have one by the next.
TEST_F(ExecParallelSort, ManyRowsByRanges) {
  same("MATCH (n:P) RETURN n.i ORDER BY n.i * 7919 % 60013");
  same("MATCH (n:P) RETURN n.i ORDER BY n.k");
  same("MATCH (n:P) RETURN n.i ORDER BY n.k DESC, n.name, n.i * 31 % 1009");
  same("MATCH (n:P) RETURN n.i ORDER BY n.i % 2, n.i * 7919 % 60013 DESC");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE WHEN n.k > 1 THEN 5 ELSE n.i END, n.name DESC");
  same("MATCH (n:P) RETURN n.i ORDER BY 1.0 / n.k DESC, n.i % 7");
  same("MATCH (n:P) RETURN n.i ORDER BY n.name SKIP 20000");
  same("MATCH (n:P) RETURN n.i ORDER BY n.k SKIP 10000 LIMIT 40000");
}

TEST_F(ExecParallelSort, ManyRowsByStrings) {
  same("MATCH (n:P) RETURN n.i ORDER BY n.name");
  same("MATCH (n:P) RETURN n.i ORDER BY 'the same in all of them ' + n.name DESC, n.k");
  same("MATCH (n:P) RETURN n.i ORDER BY 'https://' + (n.i * 7919 % 60013)");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE n.i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'a longer one' ELSE '' END, n.k");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE n.i % 3 WHEN 0 THEN 'seven b' WHEN 1 THEN 'seven b\\u0000' ELSE 'seven' END");
}

TEST_F(ExecParallelSort, ManyRowsOfWhichSomeHaveNoKey) {
  same("MATCH (n:P) RETURN n.i ORDER BY n.missing, n.k");
  same("MATCH (n:P) RETURN n.i ORDER BY n.missing DESC, n.i * 31 % 1009 DESC");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE WHEN n.k < 90 THEN null ELSE n.k END, n.name");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE WHEN n.k < 90 THEN null ELSE n.name END DESC, n.k");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE n.k % 3 WHEN 1 THEN null WHEN 2 THEN n.name ELSE [n.k] END DESC, n.k");
  same("MATCH (n:P) RETURN n.i ORDER BY CASE WHEN n.k < 90 THEN 9223372036854775807 END, n.i % 11");
}

TEST_F(ExecParallelSort, FewRowsByRanges) {
  same("MATCH (n:P) WHERE n.i < 9 RETURN n.i ORDER BY n.k DESC");
  same("MATCH (n:P) WHERE n.i = 9 RETURN n.i ORDER BY n.k, n.name");
}

// The second one begins with rows that come before its scan has a morsel.
TEST_F(ExecParallelSort, OneAfterTheOther) {
  same(
      "CALL { MATCH (n:P) RETURN n ORDER BY n.k LIMIT 50 UNION ALL MATCH (n:P) RETURN n ORDER BY n.name LIMIT 50 } RETURN "
      "n.i "
      "ORDER BY n.k");
}

// Each time it begins alone and goes on with others.
TEST_F(ExecParallelSort, RunsAgain) {
  const std::string text = "MATCH (n:P) RETURN n.i ORDER BY " + slow_ + " LIMIT 300";
  context_.may_parallel = false;
  const Rows alone = run(text);
  prepare(text, {});
  for (int i = 0; i < 3; i++) {
    execution_->restart();
    context_.may_parallel = false;
    context_.budget = InlineBudget(20'000);
    Rows again = drain(true);
    EXPECT_TRUE(again.empty());
    context_.budget = InlineBudget::unlimited();
    again = on_worker([&] {
      context_.may_parallel = true;
      return drain();
    });
    EXPECT_EQ(again, alone);
  }
  finish();
}

TEST_F(ExecParallelSort, ThrowsAWorkersError) {
  context_.may_parallel = true;
  EXPECT_THROW(run_in_task("MATCH (n:P) RETURN n.i ORDER BY 1 / (n.i - 40000) LIMIT 5"), Error);
  EXPECT_EQ(run_in_task("MATCH (n:P) RETURN n.i ORDER BY n.i LIMIT 2"), (Rows{"1", "2"}));
}

}  // namespace
}  // namespace elegraph::query::exec
