// SPDX-License-Identifier: Apache-2.0
#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

class ExecWrite : public ExecTest {};

TEST_F(ExecWrite, CreatesPatterns) {
  EXPECT_EQ(run("CREATE (a:A {x: 1})-[r:R {y: 2}]->(b) RETURN a.x, r.y, b"),
            (Rows{"1 2 {\"id\": 2048, \"labels\": [], \"properties\": {}}"}));
  EXPECT_EQ(context_.changes.nodes_created, 2u);
  EXPECT_EQ(context_.changes.relationships_created, 1u);
  EXPECT_EQ(run("UNWIND range(1, 5000) AS i CREATE (:N {i: i})"), (Rows{}));
  EXPECT_EQ(context_.changes.nodes_created, 5000u);
  EXPECT_EQ(run("MATCH (n:N) RETURN count(*), sum(n.i)"), (Rows{"5000 12502500"}));
}

TEST_F(ExecWrite, SetsRowByRow) {
  run("CREATE (:A {x: 1}), (:A {x: 2})");
  EXPECT_EQ(run("MATCH (a:A) WITH a, a.x AS old SET a.x = a.x + 10 RETURN old, a.x"), (Rows{"1 11", "2 12"}));
  EXPECT_EQ(context_.changes.entities_touched, 2u);
  EXPECT_EQ(run("MATCH (a:A {x: 11}) UNWIND [1, 2] AS i SET a.x = a.x + i RETURN count(*)"), (Rows{"2"}));
  EXPECT_EQ(run("MATCH (a:A) RETURN a.x"), (Rows{"12", "14"}));
  run("MATCH (a:A {x: 12}) SET a = {y: 1, z: null}, a:B");
  EXPECT_EQ(run("MATCH (a:B) RETURN a.x, a.y, labels(a)"), (Rows{"null 1 [\"A\", \"B\"]"}));
  run("MATCH (a:B) SET a += {x: 5} REMOVE a.y, a:B");
  EXPECT_EQ(run("MATCH (a:A {x: 5}) RETURN properties(a), labels(a)"), (Rows{"{\"x\": 5} [\"A\"]"}));
  EXPECT_EQ(run("OPTIONAL MATCH (n:None) SET n.x = 1 RETURN n"), (Rows{"null"}));
}

TEST_F(ExecWrite, RefusesWhatNoPropertyCanHold) {
  EXPECT_EQ(error_of("CREATE ({x: [{}]})"), "22023");
  EXPECT_EQ(error_of("CREATE ({x: [[1]]})"), "22023");
  EXPECT_EQ(error_of("CREATE (a) SET a.x = a"), "22023");
  EXPECT_EQ(run("CREATE (a {x: [1, 'a', null]}) RETURN a.x"), (Rows{"[1, \"a\", null]"}));
}

TEST_F(ExecWrite, Deletes) {
  run("CREATE (a:A)-[:R]->(b:B), (a)-[:R]->(b), (:C)");
  EXPECT_EQ(error_of("MATCH (a:A) DELETE a"), "23503");
  run("MATCH (c:C) DELETE c, null");
  EXPECT_EQ(context_.changes.nodes_deleted, 1u);
  run("MATCH (a:A) DETACH DELETE a");
  EXPECT_EQ(context_.changes.relationships_deleted, 2u);
  EXPECT_EQ(run("MATCH (n) RETURN labels(n)"), (Rows{"[\"B\"]"}));
  run("CREATE (a:P)-[:R]->(b:P)");
  run("MATCH p = (:P)-->(:P) DELETE p");
  EXPECT_EQ(run("MATCH (n:P) RETURN count(*)"), (Rows{"0"}));
  EXPECT_EQ(error_of("MATCH (n:B) DELETE n RETURN n.x"), "22023");
}

TEST_F(ExecWrite, MergesSeeingItsOwnRows) {
  EXPECT_EQ(run("UNWIND [1, 2, 1, 2, 1] AS i MERGE (a:A {x: i}) ON CREATE SET a.n = 1 ON MATCH SET a.n = a.n + 1 RETURN i"),
            (Rows{"1", "1", "1", "2", "2"}));
  EXPECT_EQ(run("MATCH (a:A) RETURN a.x, a.n"), (Rows{"1 3", "2 2"}));
  run("MATCH (a:A {x: 1}), (b:A {x: 2}) MERGE (a)-[r:R]->(b)");
  run("MATCH (a:A {x: 1}), (b:A {x: 2}) MERGE (a)-[r:R]->(b)");
  EXPECT_EQ(run("MATCH ()-[r:R]->() RETURN count(*)"), (Rows{"1"}));
  EXPECT_EQ(error_of("MERGE (a:A {x: null})"), "42804");
}

// Without an index the label's nodes go into a table when many rows look for them, and are not scanned for each.
TEST_F(ExecWrite, MergesManyRowsWithATable) {
  run("UNWIND range(0, 999) AS i CREATE (:Old {k: i % 500, n: i})");
  std::vector<plan::OperatorProfile> profile(100);
  context_.profile = &profile;
  EXPECT_EQ(run("UNWIND range(0, 1999) AS i MERGE (o:Old {k: i % 1000}) RETURN count(*), count(DISTINCT o), sum(o.n)"),
            Rows{"3000 1500 999000"});
  context_.profile = nullptr;
  const plan::PhysicalNode* scan = plan_->root.get();
  while (scan->kind != plan::NodeKind::kMerge) scan = scan->left.get();
  scan = scan->right.get();
  while (scan->left) scan = scan->left.get();
  EXPECT_LT(profile[scan->id].rows, 100'000u);
  EXPECT_EQ(run("MATCH (o:Old) RETURN count(*), count(DISTINCT o.k)"), Rows{"1500 1000"});
}

TEST_F(ExecWrite, MergesByWhatEqualsTheKeys) {
  run("UNWIND range(0, 99) AS i CREATE (:E {k: i, t: toString(i)})");
  // Numbers are equal whatever their types; lists by their elements; NaN and what has a null in it equal nothing.
  EXPECT_EQ(run("UNWIND range(0, 199) AS i MERGE (e:E {k: toFloat(i % 100)}) RETURN count(DISTINCT e), count(*)"),
            Rows{"100 200"});
  EXPECT_EQ(run("UNWIND range(0, 199) AS i MERGE (e:L {k: [i % 50, 1]}) RETURN count(DISTINCT e), count(*)"),
            Rows{"50 200"});
  EXPECT_EQ(run("UNWIND range(0, 199) AS i MERGE (e:N {k: 0.0 / 0.0}) RETURN count(DISTINCT e), count(*)"),
            Rows{"200 200"});
  EXPECT_EQ(run("UNWIND range(0, 199) AS i MERGE (e:E {k: i % 100, t: toString(i % 100)}) RETURN count(DISTINCT e)"),
            Rows{"100"});
  EXPECT_EQ(error_of("UNWIND range(0, 199) AS i MERGE (e:E {k: CASE WHEN i < 150 THEN i END})"), "42804");
}

// What ON CREATE and ON MATCH make of the keys is found by the rows behind.
TEST_F(ExecWrite, MergesByKeysThatItSets) {
  EXPECT_EQ(run("UNWIND range(0, 199) AS i MERGE (c:C {k: i}) ON CREATE SET c.k = i + 1 RETURN count(DISTINCT c)"),
            Rows{"100"});
  run("UNWIND range(0, 299) AS i MERGE (c:D {k: i % 150}) ON MATCH SET c += {k: -1}");
  EXPECT_EQ(run("MATCH (c:D) RETURN count(*), count(DISTINCT c.k), min(c.k)"), Rows{"150 1 -1"});
  run("UNWIND range(0, 299) AS i MERGE (c:F {k: i % 150}) ON MATCH SET c = {k: c.k + 1000, old: true}");
  EXPECT_EQ(run("MATCH (c:F) RETURN count(*), min(c.k), max(c.k)"), Rows{"150 1000 1149"});
  // Another node's key: it is looked at again.
  run("CREATE (:G {k: -1})");
  run("MATCH (g:G {k: -1}) UNWIND range(0, 199) AS i MERGE (c:G {k: i}) ON CREATE SET g.k = i + 1");
  EXPECT_EQ(run("MATCH (g:G) RETURN count(*), max(g.k)"), Rows{"101 199"});
}

TEST_F(ExecWrite, RunsUpdatesOverLists) {
  run("CREATE (:A {x: 0})");
  run("MATCH (a:A) FOREACH (i IN [1, 2, 3] | SET a.x = a.x + i CREATE (:B {i: i}))");
  EXPECT_EQ(run("MATCH (a:A) RETURN a.x"), (Rows{"6"}));
  EXPECT_EQ(run("MATCH (b:B) RETURN b.i"), (Rows{"1", "2", "3"}));
}

TEST_F(ExecWrite, WritesGoOnPastALimit) {
  EXPECT_EQ(run("UNWIND range(1, 3000) AS i CREATE (n:L) RETURN 1 LIMIT 1"), (Rows{"1"}));
  EXPECT_EQ(run("MATCH (n:L) RETURN count(*)"), (Rows{"3000"}));
}

}  // namespace
}  // namespace elegraph::query::exec
