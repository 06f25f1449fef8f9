// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// The same statements alone and cut into morsels over the arena's workers.
class ExecParallel : public ExecTest {
 protected:
  ExecParallel() {
    create_index("P", {"i"});
    run("UNWIND range(1, 60000) AS i CREATE (:P {i: i, k: i % 100, name: 'name ' + toString(i % 50)})");
    run("MATCH (b:P) WHERE b.i = 7 MATCH (a:P) WHERE a.i % 2 = 0 CREATE (a)-[:R]->(b)");
    run("MATCH (a:P) WHERE a.i % 3 = 0 MATCH (b:P) WHERE b.i = a.i * 7 % 60000 + 1 CREATE (a)-[:T {w: a.i % 1000}]->(b)");
    context_.arena = &arena_;
  }
  Rows run_in_task(std::string_view text) {
    std::promise<Rows> done;
    arena_.submit([&] {
      try {
        done.set_value(run(text));
      } catch (...) {
        done.set_exception(std::current_exception());
      }
    });
    return done.get_future().get();
  }
  void same(std::string_view text) {
    context_.may_parallel = false;
    Rows alone = run(text);
    context_.may_parallel = true;
    EXPECT_EQ(run_in_task(text), alone) << text;
  }

  Arena arena_{3, 1};
};

TEST_F(ExecParallel, GivesTheSameRows) {
  same("MATCH (n:P) WHERE n.i > 100 RETURN count(*)");
  same("MATCH (n:P) RETURN n.k, count(*), sum(n.i), min(n.name), avg(n.i)");
  same("MATCH (n:P) RETURN n.name, max(n.i)");
  same("MATCH (n:P)-[:R]->(m) RETURN count(DISTINCT m), count(*)");
  same("MATCH (n:P)-[:R]->(m) RETURN count(DISTINCT m)");
  same("MATCH (n:P)-[r:T]->(m:P) WHERE m.k > n.k RETURN count(*)");
  same("MATCH (n:P)-[r:T]-(m) RETURN n.k, count(*), sum(m.k), sum(r.w)");
  same("MATCH (n:P)-[:T]->()-[:T]->(m) WHERE m.k > 50 RETURN count(DISTINCT m)");
  same("MATCH (n:P) WHERE COUNT { (n)-[:R]->() } = 1 RETURN count(n)");
}

TEST_F(ExecParallel, ProfilesAddUpTheWorkersRows) {
  std::vector<plan::OperatorProfile> profile(100);
  context_.may_parallel = true;
  context_.profile = &profile;
  run_in_task("MATCH (n:P) WHERE n.k < 50 RETURN n.name, count(*)");
  context_.profile = nullptr;
  std::vector<uint64_t> rows;
  for (const auto& p : profile) rows.push_back(p.rows);
  EXPECT_EQ(std::ranges::count(rows, 60000), 1) << "the scan";
  EXPECT_EQ(std::ranges::count(rows, 30000), 1) << "the filter";
}

TEST_F(ExecParallel, ThrowsAWorkersError) {
  context_.may_parallel = true;
  EXPECT_THROW(run_in_task("MATCH (n:P) RETURN sum(1 / (n.i - 40000))"), Error);
}

}  // namespace
}  // namespace elegraph::query::exec
