// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "exec_arena_fixture.h"

namespace elegraph::query::exec {
namespace {

// Rows that copies of a pipeline make side by side and hand on in rounds.
class ExecGather : public ExecArenaTest {
 protected:
  ExecGather() {
    create_index("P", {"i"});
    run("UNWIND range(1, 60000) AS i CREATE (:P {i: i, k: i % 100, name: 'name ' + toString(i % 50)})");
    run("MATCH (a:P) WHERE a.i % 3 = 0 MATCH (b:P) WHERE b.i = a.i * 7 % 60000 + 1 CREATE (a)-[:T {w: a.i % 1000}]->(b)");
    run("MATCH (a:P) WHERE a.i % 5 = 0 MATCH (b:P) WHERE b.i = a.i * 11 % 60000 + 1 CREATE (a)-[:T {w: a.i % 1000}]->(b)");
  }
};

TEST_F(ExecGather, GivesTheSameRows) {
  same("MATCH (n:P) WHERE n.k = 7 RETURN n.i, n.name");
  same("MATCH (n:P) RETURN n.i, n.name, n");
  same("MATCH (n:P) WHERE n.i < 0 RETURN n");
  same("MATCH (n:P)-[r:T]->(m:P) WHERE m.k > n.k RETURN n.i, r.w, m.name, r");
  same("MATCH p = (n:P)-[:T]->()-[:T]->(m) WHERE m.k > 50 RETURN length(p), n.i, [x IN nodes(p) | x.k]");
  same("MATCH (n:P) UNWIND [n.k, null, 'x', 1.5] AS v RETURN n.i, v");
  same("MATCH (n:P) OPTIONAL MATCH (n)-[r:T]->(m) WHERE r.w < 300 RETURN n.i, m.i");
  same("MATCH (n:P) WHERE EXISTS { MATCH (n)-[:T]->(m:P) WHERE m.k = 5 } RETURN n.i, COUNT { (n)-[:T]->() } AS c");
  same("MATCH ()-[r:T]-() WHERE r.w = 12 RETURN r");
}

// Each row takes long enough for others to come.
TEST_F(ExecGather, GivesTheRowsOfOthers) {
  const std::string slow = "reduce(s = 0, x IN range(1, 100) | s + x * n.i)";
  same("MATCH (n:P) WHERE " + slow + " % 3 = 0 RETURN n.i, n.name");
  same("MATCH (n:P) RETURN DISTINCT " + slow + " % 1000");
  same("MATCH (n:P)-[:T]-(m) WHERE " + slow + " > 0 WITH DISTINCT m RETURN m.i");
}

TEST_F(ExecGather, DistinctRowsOfAllParts) {
  same("MATCH (n:P) RETURN DISTINCT n.name");
  same("MATCH (n:P) RETURN DISTINCT n.name, n.k % 3 AS m");
  same("MATCH (n:P) RETURN DISTINCT n.i");  // parts that find nothing alike leave it to the whole
  same("MATCH (n:P)-[:T]-(m) WITH DISTINCT m RETURN m.i");
  same("MATCH (n:P)-[:T]-(m) WITH DISTINCT m RETURN count(*)");
  same("MATCH (n:P) OPTIONAL MATCH (n)-[:T]->(m) WITH DISTINCT m RETURN m.i");
  same("MATCH (n:P) WITH DISTINCT CASE n.k WHEN 1 THEN n WHEN 2 THEN null WHEN 3 THEN n.name ELSE n.k END AS x RETURN x");
  same("MATCH (n:P) WITH DISTINCT 1 AS one RETURN one");
  same("MATCH (n:P) WITH DISTINCT n.k AS k MATCH (m:P {i: k + 1}) RETURN DISTINCT m.name");
  same("MATCH (n:P) RETURN DISTINCT n.k AS k ORDER BY k");
  same("CALL { MATCH (n:P) RETURN DISTINCT n.k AS k UNION MATCH (n:P) RETURN DISTINCT n.i % 300 AS k } RETURN k");
}

// A run that is not drained leaves copies in the middle of their work.
TEST_F(ExecGather, BeginsAnewWhereItWasLeft) {
  context_.may_parallel = false;
  const Rows all = run("MATCH (n:P) WHERE n.k < 90 RETURN n.i");
  prepare("MATCH (n:P) WHERE n.k < 90 RETURN n.i", {});
  on_worker([&] {
    context_.may_parallel = true;
    rcu::ReadGuard guard;
    const Batch* batch = nullptr;
    EXPECT_EQ(execution_->next(batch), Step::kBatch);
    return Rows();
  });
  Rows again = on_worker([&] {
    execution_->restart();
    return drain();
  });
  std::sort(again.begin(), again.end());
  EXPECT_EQ(again, all);
  finish();
}

// From a worker back to a thread that may call nobody: it has to run the copies itself, or to leave.
TEST_F(ExecGather, GoesOnWithoutWorkers) {
  const std::string_view text = "MATCH (n:P)-[r:T]-(m) RETURN n.i, r.w";
  context_.may_parallel = false;
  const Rows all = run(text);
  for (const bool unlimited : {true, false}) {
    budget_ = INT64_MAX / 2;
    prepare(text, {});
    Rows rows = on_worker([&] {
      context_.may_parallel = true;
      rcu::ReadGuard guard;
      Rows some;
      const Batch* batch = nullptr;
      if (execution_->next(batch) == Step::kBatch)
        for (uint32_t i = 0; i < batch->count; i++) some.push_back(row(*batch, batch->row(i)));
      return some;
    });
    context_.may_parallel = false;
    if (!unlimited) context_.budget = InlineBudget(100);
    for (const bool until_yield : {!unlimited, false}) {
      for (std::string& r : drain(until_yield)) rows.push_back(std::move(r));
      context_.budget = InlineBudget::unlimited();
    }
    finish();
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, all) << unlimited;
  }
}

TEST_F(ExecGather, StopsUnderALimit) {
  context_.may_parallel = true;
  EXPECT_EQ(run_in_task("MATCH (n:P) WITH DISTINCT n.i AS i LIMIT 7 RETURN i").size(), 7u);
  EXPECT_EQ(run_in_task("MATCH (n:P) WITH DISTINCT n.i AS i SKIP 59990 RETURN i").size(), 10u);
}

TEST_F(ExecGather, ProfilesAddUpTheWorkersRows) {
  std::vector<plan::OperatorProfile> profile(100);
  context_.may_parallel = true;
  context_.profile = &profile;
  run_in_task("MATCH (n:P) WHERE n.k < 50 RETURN DISTINCT n.name, n.k");
  context_.profile = nullptr;
  std::vector<uint64_t> rows;
  for (const auto& p : profile) rows.push_back(p.rows);
  EXPECT_EQ(std::ranges::count(rows, 60000), 1) << "the scan";
  EXPECT_EQ(std::ranges::count(rows, 30000), 2) << "the filter and the projection";
  EXPECT_EQ(std::ranges::count(rows, 50), 1) << "DISTINCT";
}

// Each copy needs all rows of a scan on the right of an operator in its subplans.
TEST_F(ExecGather, SharesOnlyThePipelinesScan) {
  run("UNWIND range(1, 9000) AS i CREATE (:Q {i: i})");
  run("UNWIND range(1, 100) AS i CREATE (:S {i: i})");
  run("MATCH (a:P) WHERE a.i <= 3000 MATCH (q:Q) WHERE q.i = a.i + 2000 CREATE (a)-[:U]->(q)");
  run("MATCH (s:S) MATCH (q:Q) WHERE q.i = s.i * 20 + 2000 CREATE (s)-[:W]->(q)");
  const std::string some = "OPTIONAL MATCH (a)-[:U]->(b) WHERE NOT EXISTS { (b)<-[:W]-(:S) } ";
  same("MATCH (n:P) WHERE n.i % 3000 = 0 " + some + "RETURN n.i, count(*), count(b)");
  same("MATCH (n:P) WHERE n.i % 3000 = 0 " + some + "RETURN count(*), sum(b.i)");
  same("MATCH (n:P) WHERE n.i % 5000 = 0 " + some + "RETURN n.i, b.i");
}

TEST_F(ExecGather, ThrowsAWorkersError) {
  context_.may_parallel = true;
  EXPECT_THROW(run_in_task("MATCH (n:P) RETURN 1 / (n.i - 40000)"), Error);
  EXPECT_THROW(run_in_task("MATCH (n:P) RETURN DISTINCT 1 / (n.i - 40000)"), Error);
  EXPECT_EQ(run_in_task("MATCH (n:P) WHERE n.i < 3 RETURN n.i"), (Rows{"1", "2"}));
}

}  // namespace
}  // namespace elegraph::query::exec
