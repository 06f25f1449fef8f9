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
