// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "exec_arena_fixture.h"
#include "query/exec/operators/parallel.h"

namespace elegraph::query::exec {
namespace {

// Pipelines that begin with rows of another operator, alone and dealt out to the arena's workers: the same rows in the same
// order, also where the statement does not say which.
class ExecRowSplit : public ExecArenaTest {
 protected:
  ExecRowSplit() {
    create_index("P", {"i"}, index::ConstraintKind::kUnique);
    run("UNWIND range(1, 3000) AS i CREATE (:P {i: i, k: i % 100, name: 'name ' + toString(i % 50)})");
    run("MATCH (a:P) UNWIND range(1, 20) AS j MATCH (b:P {i: (a.i * 7 + j * 131) % 3000 + 1}) CREATE (a)-[:T {w: j}]->(b)");
    while (graph_.vacuum()) {}
  }
  // In the order in which they come.
  Rows ordered(std::string_view text) {
    prepare(text, {});
    return drain();
  }
  Rows in_task(std::string_view text) {
    return on_worker([&] { return ordered(text); });
  }
  void same(std::string_view text) {
    context_.may_parallel = false;
    const Rows alone = ordered(text);
    context_.may_parallel = true;
    EXPECT_EQ(in_task(text), alone) << text;
    EXPECT_FALSE(alone.empty()) << text;
    // One that begins where it may not be split leaves, and does not come twice.
    context_.may_parallel = false;
    budget_ = 200'000;
    EXPECT_EQ(ordered(text), alone) << text;
    budget_ = INT64_MAX / 2;
  }
};

const std::string kDistinct = "MATCH (s:P)-[:T*1..2]-(a) WHERE s.i IN [5, 1200, 2401] WITH DISTINCT a ";

TEST_F(ExecRowSplit, Aggregates) {
  same(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN count(*), sum(c.i), min(c.name), max(c.k)");
  same(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN count(DISTINCT c)");
  same(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN count(DISTINCT c.name), sum(DISTINCT c.k)");
  same(kDistinct + "MATCH (a)-[r:T]->(b)-[:T]->(c) WHERE c.k > b.k RETURN a, count(*), sum(r.w), avg(c.i)");
  same(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN c, count(*)");
  same(kDistinct + "OPTIONAL MATCH (a)-[:T]->(b)-[:T]->(c) WHERE c.k = 7 RETURN a.k, count(c), count(*)");
  same(kDistinct + "MATCH (a)-[:T]->(b) WHERE EXISTS { (b)-[:T]->(c) WHERE c.k > 50 } MATCH (b)-[:T]->(d) RETURN sum(d.i)");
}

TEST_F(ExecRowSplit, CollectsInTheOrderOfRows) {
  same(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) WITH c.k AS k, collect(a.i) AS l RETURN k, l");
  same(kDistinct + "MATCH (a)-[:T]->(b)-[:T]->(c) RETURN collect(c.i)");
  same(kDistinct + "MATCH (a)-[:T]->(b)-[:T]->(c) WITH c, collect(DISTINCT b.k) AS l RETURN c.i, l");
  same(kDistinct + "WITH a ORDER BY a.name, a.i MATCH (a)-[:T]->(b)-[:T]->(c) RETURN c.k, collect(a.i)");
}

TEST_F(ExecRowSplit, KeepsTheFirstOfEqualRows) {
  same(kDistinct + "MATCH (a)-[:T]->(b)-[:T]->(c) RETURN a.i, b.i, c.k ORDER BY c.k LIMIT 50");
  same(kDistinct + "MATCH (a)-[:T]->(b)-[:T]->(c) RETURN a.i, b.i, c.name ORDER BY c.name DESC, a.k LIMIT 3000");
  same(kDistinct + "MATCH (a)-[:T]->(b)-[:T]->(c) RETURN c.i ORDER BY c.k SKIP 100 LIMIT 100");
  same(kDistinct + "MATCH (a)-[:T]->(b)-[:T]->(c) RETURN a.i, c.i ORDER BY a.k LIMIT 1000000");
  context_.may_parallel = true;
  EXPECT_EQ(in_task(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN c ORDER BY c.k LIMIT 0"), Rows{});
  context_.may_parallel = false;
}

TEST_F(ExecRowSplit, OtherSources) {
  same(
      "MATCH (s:P {i: 5})-[:T*1..2]-(a) WITH collect(DISTINCT a) AS l UNWIND l AS a MATCH (a)-[:T]->()-[:T]->(c) "
      "RETURN c.k, count(*)");
  same("MATCH (a:P) WITH a.k AS k, min(a.i) AS i MATCH (a:P {i: i})-[:T]-()-[:T]-(c) RETURN k, count(*), sum(c.i)");
  same("UNWIND range(1, 2000) AS i MATCH (a:P {i: i})-[:T]->()-[:T]->(c) RETURN count(*), sum(c.i)");
  same(
      "UNWIND [1, 2.5, 'x', null, [7]] AS x UNWIND range(1, 600) AS i MATCH (a:P {i: i})-[:T]->()-[:T]->(c) "
      "RETURN x, count(*), sum(c.i)");
  same("MATCH (a:P) WHERE a.i IN range(100, 220) MATCH (a)-[:T]->()-[:T]->()-[:T]->(c) RETURN c.name, count(*)");
  same("MATCH (a:P) WITH a ORDER BY a.name LIMIT 1500 MATCH (a)-[:T]->()-[:T]->(c) RETURN collect(c.i)");
}

// Rows of a scan beside a value that was computed before are not kept for a look at each of them.
TEST_F(ExecRowSplit, KeepsAProductForMoreThanAFilter) {
  const auto source = [&](std::string_view text) {
    prepare(text, {});
    const plan::PhysicalNode* n = plan_->root.get();
    while (n->kind != plan::NodeKind::kAggregate) n = n->left.get();
    const State state(context_, *plan_);
    return row_source(*n->left, state);
  };
  const std::string average = "MATCH (p:P) WITH avg(p.k) AS k MATCH (a:P)-[t:T]->(b) WHERE t.w < k ";
  EXPECT_EQ(source(average + "RETURN count(*)"), nullptr);
  EXPECT_NE(source(average + "MATCH (b)-[:T]->()-[:T]->(c) RETURN sum(c.i)"), nullptr);
  same(average + "RETURN count(*), sum(b.i)");
}

// Past a limit rows are not kept any more: those that are there come first, then the others.
TEST_F(ExecRowSplit, TooManyRowsPassThrough) {
  same("UNWIND range(1, 1200000) AS i WITH DISTINCT i UNWIND [i, i % 7] AS x RETURN count(*), sum(x), max(x)");
}

TEST_F(ExecRowSplit, RunsAgain) {
  const std::string text = kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN count(*), sum(a.i), min(c.name)";
  const Rows alone = ordered(text);
  context_.may_parallel = true;
  prepare(text, {});
  for (int i = 0; i < 3; i++) {
    execution_->restart();
    std::promise<Rows> done;
    arena_.submit([&] { done.set_value(drain()); });
    EXPECT_EQ(done.get_future().get(), alone);
  }
  context_.may_parallel = false;
}

// What begins on a thread of the wrong kind goes away before it has begun, once it is known to be long.
TEST_F(ExecRowSplit, LongOnesLeave) {
  const std::string text = kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN count(*), sum(c.i)";
  budget_ = 100'000'000;
  yields_ = 0;
  ordered(text);
  EXPECT_EQ(yields_, 1u);
  yields_ = 0;
  ordered("MATCH (s:P {i: 5})-[:T]->(a) WITH DISTINCT a MATCH (a)-[:T]->(c) RETURN count(*), sum(c.i)");
  EXPECT_EQ(yields_, 0u);
  context_.arena = nullptr;
  ordered(text);
  EXPECT_EQ(yields_, 0u);
}

TEST_F(ExecRowSplit, ProfilesAddUpTheWorkersRows) {
  const std::string text = kDistinct + "MATCH (a)-[:T]->(b)-[:T]->(c) WHERE c.k > 50 RETURN c.i, a.i ORDER BY c.k LIMIT 10";
  auto rows = [&](bool split) {
    std::vector<plan::OperatorProfile> profile(100);
    context_.may_parallel = split;
    context_.profile = &profile;
    in_task(text);
    context_.profile = nullptr;
    std::vector<uint64_t> out;
    for (const auto& p : profile) out.push_back(p.rows);
    return out;
  };
  EXPECT_EQ(rows(true), rows(false));
}

TEST_F(ExecRowSplit, ThrowsAWorkersError) {
  context_.may_parallel = true;
  EXPECT_THROW(in_task(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN sum(1 / (c.i - 400))"), Error);
  Interrupt interrupt;
  interrupt.cancelled = true;
  context_.interrupt = &interrupt;
  EXPECT_THROW(in_task(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) RETURN count(*)"), Error);
  context_.interrupt = nullptr;
}

TEST_F(ExecRowSplit, WritesStayAlone) {
  context_.may_parallel = true;
  EXPECT_EQ(in_task(kDistinct + "MATCH (a)-[:T]->()-[:T]->(c) WITH c, count(*) AS n WHERE n > 3 SET c.n = n "
                                "RETURN count(*) > 0"),
            Rows{"true"});
  context_.may_parallel = false;
}

}  // namespace
}  // namespace elegraph::query::exec
