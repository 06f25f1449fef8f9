// SPDX-License-Identifier: Apache-2.0
#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// A hub whose list does not fit a batch, and a statement that may leave after every batch: the same rows come.
class ExecYield : public ExecTest {
 protected:
  ExecYield() {
    run("CREATE (h:Hub {name: 'the name of the hub, out of line'})");
    run("MATCH (h:Hub) UNWIND range(1, 10000) AS i CREATE (h)-[:R {i: i}]->(:Leaf {i: i, name: 'leaf number ' + "
        "toString(i)})");
  }
  void with_small_budget(std::string_view text) {
    budget_ = INT64_MAX / 2;
    Rows whole = run(text);
    budget_ = 10;
    yields_ = 0;
    EXPECT_EQ(run(text), whole) << text;
    EXPECT_GT(yields_, 0u) << text;
    EXPECT_FALSE(whole.empty());
  }
};

TEST_F(ExecYield, GivesTheSameRows) {
  with_small_budget("MATCH (h:Hub)-[r:R]->(l) RETURN h.name, r.i, l.name");
  with_small_budget("MATCH (l:Leaf) WHERE l.i % 3 = 0 RETURN l.i, l.name");
  with_small_budget("MATCH (l:Leaf)<-[:R]-(h)-[:R]->(m:Leaf {i: 5}) RETURN l.i, m.i");
  with_small_budget("MATCH (h:Hub)-[*1..2]-(l) RETURN l.i, l.name");
  with_small_budget("MATCH (l:Leaf) RETURN l.i % 7 AS k, count(*), max(l.name)");
  with_small_budget("MATCH (l:Leaf)<-[:R]-(h) WITH l, count(*) AS c RETURN c, count(*), max(l.name)");
  with_small_budget("MATCH (h:Hub)-[:R]->(l) WITH h, sum(l.i) AS s, collect(l.name) AS n RETURN s, size(n), count(*)");
  with_small_budget("MATCH (l:Leaf) RETURN l.name ORDER BY l.i DESC LIMIT 5000");
  with_small_budget("MATCH (l:Leaf) OPTIONAL MATCH (l)-[:R]->(x) RETURN l.name, x");
  with_small_budget("MATCH (h:Hub) OPTIONAL MATCH (h)-[:R]->(x) WHERE x.i < 9000 RETURN h.name, x.name");
  with_small_budget("MATCH (l:Leaf) WHERE EXISTS { (l)<-[:R]-() } RETURN l.name");
  with_small_budget("UNWIND range(1, 9000) AS i UNWIND ['some string that is long', 2] AS x RETURN i, x");
  with_small_budget("MATCH (a:Leaf), (b:Leaf) WHERE a.i = b.i + 1 RETURN a.name, b.name");
  with_small_budget("MATCH (h:Hub)-[:R]->(m) RETURN count(DISTINCT m)");
}

TEST_F(ExecYield, StopsAtTheMemoryLimit) {
  MemoryTracker small(100'000);
  prepare("MATCH (l:Leaf) RETURN collect(l.name)", {});
  context_.memory = &small;
  try {
    drain();
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.sqlstate, sqlstate::kOutOfMemory);
  }
  execution_.reset();
}

TEST_F(ExecYield, StopsWhenInterrupted) {
  Interrupt interrupt;
  interrupt.cancelled = true;
  context_.interrupt = &interrupt;
  EXPECT_EQ(error_of("MATCH (a:Leaf), (b:Leaf) RETURN count(*)"), "57014");
  context_.interrupt = nullptr;
}

}  // namespace
}  // namespace elegraph::query::exec
