// SPDX-License-Identifier: Apache-2.0
#include "exec_arena_fixture.h"

namespace elegraph::query::exec {
namespace {

// The same statements alone and cut into morsels over the arena's workers.
class ExecParallel : public ExecArenaTest {
 protected:
  ExecParallel() {
    create_index("P", {"i"});
    run("UNWIND range(1, 60000) AS i CREATE (:P {i: i, k: i % 100, name: 'name ' + toString(i % 50)})");
    run("MATCH (b:P) WHERE b.i = 7 MATCH (a:P) WHERE a.i % 2 = 0 CREATE (a)-[:R]->(b)");
    run("MATCH (a:P) WHERE a.i % 3 = 0 MATCH (b:P) WHERE b.i = a.i * 7 % 60000 + 1 CREATE (a)-[:T {w: a.i % 1000}]->(b)");
  }
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

// Workers' lists follow each other in any order, so they are compared sorted.
TEST_F(ExecParallel, CollectsTheSameValues) {
  same("MATCH (n:P) WITH collect(n.i) AS l RETURN size(l), reduce(s = 0, x IN l | s + x)");
  same("MATCH (n:P) WITH n.k AS k, collect(n) AS l RETURN k, size(l), reduce(s = 0, x IN l | s + x.i)");
  same("MATCH (n:P) WITH n.i AS i, collect(n.name) AS l RETURN count(*), sum(size(l)), min(l[0])");
  same("MATCH (n:P) WITH n.k AS k, collect(DISTINCT n.i % 7) AS l RETURN k, size(l), reduce(s = 0, x IN l | s + x)");
}

// Alone, lists have the order of the rows.
TEST_F(ExecParallel, CollectsInTheOrderOfRows) {
  EXPECT_EQ(
      run("UNWIND range(0, 9999) AS i WITH i % 3 AS k, collect(CASE WHEN i % 5 = 0 THEN null WHEN i % 2 = 0 THEN i ELSE "
          "toString(i) END) AS l RETURN k, size(l), l[0], l[1], l[2], l[-1]"),
      (Rows{"0 2667 \"3\" 6 \"9\" \"9999\"", "1 2667 \"1\" 4 \"7\" \"9997\"", "2 2666 2 8 \"11\" 9998"}));
  EXPECT_EQ(run("UNWIND [3, 1, 2] AS x WITH x ORDER BY x DESC RETURN collect(x)"), (Rows{"[3, 2, 1]"}));
  EXPECT_EQ(run("UNWIND [null, null] AS x RETURN collect(x)"), (Rows{"[]"}));
}

// What one worker has seen goes to another one as what it was: halves of whole floats are floats.
TEST_F(ExecParallel, DistinctValuesKeepTheirTypes) {
  same("MATCH (n:P) RETURN max(DISTINCT toFloat(n.i)) / 7, min(DISTINCT n.i) / 2");
  same("MATCH (n:P) RETURN n.k, max(DISTINCT toFloat(n.i)) / 7");
  same("MATCH (n:P) RETURN count(DISTINCT CASE WHEN n.i % 3 = 0 THEN n.k ELSE toFloat(n.k) END)");
  same("MATCH (n:P) WITH collect(DISTINCT toFloat(n.i)) AS l RETURN size([x IN l WHERE toString(x) ENDS WITH '.0'])");
}

TEST_F(ExecParallel, SplitsWhatHasSubplans) {
  same("MATCH (n:P) WHERE (n)-[:R]->() RETURN n.k, count(*)");
  same("MATCH (n:P) WHERE NOT (n)-[:T]->() RETURN count(*), sum(n.i)");
  same("MATCH (n:P)-[:T]->(m) WHERE NOT (m)-[:T]->(n) RETURN count(*), sum(m.i)");
  same("MATCH (n:P) WHERE EXISTS { MATCH (n)-[:T]->(m:P) WHERE m.k = 5 } RETURN count(*)");
  same("MATCH (n:P) OPTIONAL MATCH (n)-[r:T]->(m) RETURN n.k, count(*), count(m), sum(r.w)");
  same("MATCH (n:P) WHERE n.k = 3 MATCH (m:P {i: n.i + 1}) RETURN count(*), sum(m.i)");
  same("MATCH (n:P) CALL { MATCH (m:P) WHERE m.i < 3 RETURN m } RETURN count(*), sum(n.i), sum(m.i)");
  same("MATCH (n:P) RETURN n.k, sum(size([(n)-[:T]->(m) WHERE m.k > 9 | m.i]))");
}

// The scan of the right side is not dealt out: each row has all of it.
TEST_F(ExecParallel, ScansOnTheRightAreEverybodysOwn) {
  run("UNWIND range(1, 3) AS i CREATE (:Few {i: i})-[:F]->(:Few {i: 10 + i})");
  same("MATCH (n:P) CALL { WITH n MATCH (x)<-[:F]-(y) WHERE 'ab' IN ['ab'] RETURN x } RETURN count(*), sum(x.i)");
  same("MATCH (n:P) CALL { WITH n MATCH (x:Few) WHERE size('ab') = 2 RETURN x } RETURN count(*), sum(x.i)");
  same("MATCH (n:P) CALL { WITH n MATCH (x:Few) WHERE x.i < n.k RETURN x } RETURN count(*), sum(x.i)");
}

TEST_F(ExecParallel, SplitsScansOfRelationships) {
  same("MATCH ()-[r:T]->() RETURN count(*), sum(r.w), max(r.w)");
  same("MATCH ()-[r:T]-() RETURN r.w, count(*)");
  same("MATCH ()-[r:R|T]->() WHERE r.w IS NULL OR r.w < 500 RETURN type(r), count(*)");
  same("MATCH (a)-[r]->(b) RETURN type(r), labels(a), count(*), count(r.w)");
  same("MATCH (a)-[r:T]-(b) WHERE r.w > 500 RETURN a.k, count(*), sum(r.w), sum(b.i)");
  same("MATCH (a)-[r:T]->(b) WHERE any(x IN [1, 2] WHERE r.w = x) RETURN count(*), sum(a.i)");
  run("MATCH ()-[r:T]->() WHERE r.w % 7 = 0 DELETE r");
  run("MATCH (n:P) WHERE n.i < 50 CREATE (n)-[:T {w: n.i}]->(n)");
  same("MATCH ()-[r:T]-() RETURN r.w % 10, count(*), count(DISTINCT r)");
  same("MATCH (a)-[r:T]->(b) WHERE r.w < 300 RETURN count(*), sum(r.w), sum(a.i), sum(b.i)");
}

TEST_F(ExecParallel, MergesManyGroups) {
  same("MATCH (n:P) RETURN n.i, count(*)");
  same("MATCH (n:P) RETURN n.i % 5000, n.name, n.k, count(*), min(n.i)");
  same("MATCH (n:P) RETURN n.i, n.name, count(*)");
  same("MATCH (n:P)-[:T]->(m) RETURN n, m, count(*)");
}

TEST_F(ExecParallel, MergesDistinctAggregates) {
  same("MATCH (n:P) RETURN count(DISTINCT n.name), sum(DISTINCT n.k), avg(DISTINCT n.i), min(DISTINCT n.name)");
  same("MATCH (n:P) RETURN n.k, count(DISTINCT n.name), sum(DISTINCT n.i % 1000), count(*)");
  same("MATCH (n:P)-[:T]-(m) RETURN n.k, count(DISTINCT m), count(DISTINCT m.k), count(m)");
  same("MATCH (n:P)-[:R|T]->(m) RETURN count(DISTINCT n), count(DISTINCT m)");
  same("MATCH (n:P) RETURN n.k % 3, count(DISTINCT CASE n.i % 4 WHEN 0 THEN n WHEN 1 THEN n.k WHEN 2 THEN 'x' END)");
  same("MATCH (n:P) RETURN n.k % 3, size(collect(DISTINCT n.name)), count(DISTINCT null)");
  same("MATCH (n:P) RETURN percentileDisc(DISTINCT n.k, 0.5)");
}

// What starts at the nodes of one chunk is split all the same.
TEST_F(ExecParallel, SlicesFewChunks) {
  run("UNWIND range(1, 1500) AS i CREATE (:Few {i: i})");
  run("MATCH (f:Few) WHERE f.i % 5 = 0 DELETE f");
  run("MATCH (f:Few) MATCH (n:P) WHERE n.i >= f.i * 20 AND n.i < f.i * 20 + 20 CREATE (f)-[:F]->(n)");
  same("MATCH (f:Few)-[:F]->(n)<-[:F]-(g:Few) RETURN count(*), sum(n.i), sum(f.i)");
  same("MATCH (f:Few)-[:F]->(n)-[:T]->()-[:R]->(m) RETURN f.i, count(*)");
  same("MATCH (f:Few)-[:F]->(n)<-[:F]-(g) RETURN count(DISTINCT g)");
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
