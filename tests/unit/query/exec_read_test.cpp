// SPDX-License-Identifier: Apache-2.0
#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// Five people: 0 knows 1 and 2, 1 knows 2 and 0, 2 knows 3, 3 knows 3 (a loop); 4 knows nobody.
class ExecRead : public ExecTest {
 protected:
  ExecRead() {
    run("CREATE (a:Person {id: 0, name: 'Ann', age: 40}), (b:Person {id: 1, name: 'Bob', age: 30}),"
        " (c:Person:Chief {id: 2, name: 'Cleopatra the Seventh', age: 30}), (d:Person {id: 3, name: 'Dan'}),"
        " (e:Person {id: 4, name: 'Eve', age: 7.5}), (x:City {name: 'Rome'}),"
        " (a)-[:KNOWS {since: 1}]->(b), (a)-[:KNOWS {since: 2}]->(c), (b)-[:KNOWS {since: 3}]->(c),"
        " (b)-[:KNOWS {since: 4}]->(a), (c)-[:KNOWS {since: 5}]->(d), (d)-[:KNOWS {since: 6}]->(d),"
        " (a)-[:IN]->(x)");
  }
};

TEST_F(ExecRead, ScansByLabel) {
  EXPECT_EQ(run("MATCH (n:Person) RETURN n.id"), (Rows{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(run("MATCH (n:Chief) RETURN n.id"), (Rows{"2"}));
  EXPECT_EQ(run("MATCH (n:Nobody) RETURN n"), (Rows{}));
  EXPECT_EQ(run("MATCH (n) RETURN count(*)"), (Rows{"6"}));
}

TEST_F(ExecRead, FiltersWithMixedTypesAndNulls) {
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.age > 8 RETURN n.id"), (Rows{"0", "1", "2"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE NOT n.age > 8 RETURN n.id"), (Rows{"4"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.age IS NULL RETURN n.id"), (Rows{"3"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.name = 'Cleopatra the Seventh' RETURN n.id"), (Rows{"2"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.name STARTS WITH 'C' OR n.id IN [1, 4] RETURN n.id"), (Rows{"1", "2", "4"}));
}

TEST_F(ExecRead, DoesNotComputeWhatAConditionExcludes) {
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.id <> 0 AND 10 / n.id > 4 RETURN n.id"), (Rows{"1", "2"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.id = 0 OR 10 / n.id > 4 RETURN n.id"), (Rows{"0", "1", "2"}));
  EXPECT_EQ(run("MATCH (n:Person) RETURN CASE WHEN n.id = 0 THEN -1 ELSE 10 / n.id END"),
            (Rows{"-1", "10", "2", "3", "5"}));
  EXPECT_EQ(error_of("MATCH (n:Person) WHERE 10 / n.id > 4 RETURN n.id"), "22012");
}

TEST_F(ExecRead, Expands) {
  EXPECT_EQ(run("MATCH (n:Person {id: 0})-[:KNOWS]->(m) RETURN m.id"), (Rows{"1", "2"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 2})<-[r:KNOWS]-(m) RETURN m.id, r.since"), (Rows{"0 2", "1 3"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 0})-[]-(m) RETURN m.name"),
            (Rows{"\"Bob\"", "\"Bob\"", "\"Cleopatra the Seventh\"", "\"Rome\""}));
  EXPECT_EQ(run("MATCH (n:Person {id: 3})-[r]-(m) RETURN m.id, r.since"), (Rows{"2 5", "3 6"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 0})-->(m:City) RETURN m.name"), (Rows{"\"Rome\""}));
}

TEST_F(ExecRead, RelationshipsOfAPatternDiffer) {
  EXPECT_EQ(run("MATCH (n:Person {id: 0})-[:KNOWS]-()-[:KNOWS]-(m) RETURN m.id"), (Rows{"0", "0", "1", "2", "2", "3"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 3})-[:KNOWS]->()-[:KNOWS]->(m) RETURN m.id"), (Rows{}));
  EXPECT_EQ(run("MATCH (n:Person {id: 0})-[:KNOWS]->()-[:KNOWS]->(m) RETURN count(DISTINCT m)"), (Rows{"3"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 3})-[:KNOWS]->()-[:KNOWS]->(m) RETURN count(DISTINCT m)"), (Rows{"0"}));
  EXPECT_EQ(run("MATCH (n:Person)-[:KNOWS]->()-[:KNOWS]->(m) RETURN count(*)"), (Rows{"7"}));
}

TEST_F(ExecRead, ExpandsIntoBoundNodes) {
  EXPECT_EQ(run("MATCH (a:Person), (b:Person) WHERE a.id = 0 AND b.id = 2 MATCH (a)-[r]->(b) RETURN r.since"), (Rows{"2"}));
  EXPECT_EQ(run("MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(a) RETURN a.id, b.id"), (Rows{"0 1", "1 0"}));
}

TEST_F(ExecRead, WalksTrails) {
  EXPECT_EQ(run("MATCH (n:Person {id: 0})-[:KNOWS*1..2]->(m) RETURN m.id"), (Rows{"0", "1", "2", "2", "3"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 2})-[:KNOWS*]->(m) RETURN m.id"), (Rows{"3", "3"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 2})-[:KNOWS*0..1]->(m) RETURN m.id"), (Rows{"2", "3"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 2})-[r:KNOWS*2]->(m) RETURN [x IN r | x.since]"), (Rows{"[5, 6]"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 0})-[:KNOWS*]->(m) RETURN count(DISTINCT m)"), (Rows{"4"}));
}

TEST_F(ExecRead, FindsShortestPaths) {
  EXPECT_EQ(run("MATCH (a:Person {id: 0}), (b:Person {id: 3}), p = shortestPath((a)-[:KNOWS*]->(b)) RETURN length(p)"),
            (Rows{"2"}));
  EXPECT_EQ(run("MATCH (a:Person {id: 1}), (b:Person {id: 3}), p = allShortestPaths((a)-[:KNOWS*]-(b)) "
                "RETURN [n IN nodes(p) | n.id]"),
            (Rows{"[1, 2, 3]"}));
  EXPECT_EQ(run("MATCH (a:Person {id: 0}), (b:Person {id: 4}), p = shortestPath((a)-[:KNOWS*]-(b)) RETURN p"), (Rows{}));
}

TEST_F(ExecRead, Aggregates) {
  EXPECT_EQ(run("MATCH (n:Person) RETURN count(*), count(n.age), sum(n.id), min(n.name), max(n.id)"),
            (Rows{"5 4 10 \"Ann\" 4"}));
  EXPECT_EQ(run("MATCH (n:Person) RETURN n.age, count(*) ORDER BY n.age"), (Rows{"7.5 1", "30 2", "40 1", "null 1"}));
  EXPECT_EQ(run("MATCH (n:Nobody) RETURN count(*), sum(n.x), min(n.x), avg(n.x), collect(n.x)"),
            (Rows{"0 0 null null []"}));
  EXPECT_EQ(run("UNWIND [1, 1.0, 2, null, 2] AS x RETURN count(DISTINCT x), sum(DISTINCT x)"), (Rows{"2 3"}));
  EXPECT_EQ(run("UNWIND ['b', 'a', 'b'] AS x RETURN x, count(*)"), (Rows{"\"a\" 1", "\"b\" 2"}));
}

TEST_F(ExecRead, SortsAndLimits) {
  EXPECT_EQ(run("MATCH (n:Person) RETURN n.id ORDER BY n.age DESC, n.id LIMIT 3"), (Rows{"3", "0", "1"}));
  EXPECT_EQ(run("MATCH (n:Person) RETURN n.id ORDER BY n.name DESC SKIP 1 LIMIT 2"), (Rows{"3", "2"}));
  EXPECT_EQ(run("UNWIND range(1, 10000) AS i RETURN i ORDER BY i % 100, i DESC LIMIT 3"), (Rows{"10000", "9900", "9800"}));
  EXPECT_EQ(run("UNWIND range(1, 5000) AS i WITH i SKIP 4998 RETURN i"), (Rows{"4999", "5000"}));
}

TEST_F(ExecRead, CountsThroughRangesWithoutMakingThem) {
  EXPECT_EQ(run("UNWIND range(1, 3000000) AS i RETURN count(*), sum(i)"), (Rows{"3000000 4500001500000"}));
  EXPECT_EQ(run("UNWIND range(9223372036854775806, 9223372036854775807) AS i RETURN i"),
            (Rows{"9223372036854775806", "9223372036854775807"}));
}

TEST_F(ExecRead, OptionalMatchKeepsRowsWithoutMatches) {
  EXPECT_EQ(run("MATCH (n:Person) OPTIONAL MATCH (n)-[:KNOWS]->(m) RETURN n.id, m.id"),
            (Rows{"0 1", "0 2", "1 0", "1 2", "2 3", "3 3", "4 null"}));
  EXPECT_EQ(run("MATCH (n:Person) OPTIONAL MATCH (n)-[:KNOWS]->(m) WHERE m.id > n.id RETURN n.id, count(m)"),
            (Rows{"0 2", "1 1", "2 1", "3 0", "4 0"}));
  EXPECT_EQ(run("OPTIONAL MATCH (n:Nobody) RETURN n"), (Rows{"null"}));
}

TEST_F(ExecRead, ExistsAndPatternPredicates) {
  EXPECT_EQ(run("MATCH (n:Person) WHERE EXISTS { (n)-[:KNOWS]->(m) WHERE m.id = 2 } RETURN n.id"), (Rows{"0", "1"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE NOT (n)-[:KNOWS]->() RETURN n.id"), (Rows{"4"}));
  EXPECT_EQ(run("MATCH (n:Person) RETURN n.id, COUNT { (n)-[:KNOWS]->() }"), (Rows{"0 2", "1 2", "2 1", "3 1", "4 0"}));
  EXPECT_EQ(run("MATCH (n:Person {id: 0}) RETURN [(n)-[:KNOWS]->(m) WHERE m.id > 1 | m.id]"), (Rows{"[2]"}));
}

TEST_F(ExecRead, ExistsAmongOtherConditions) {
  run("UNWIND range(10, 3000) AS i CREATE (:Person {id: i})");
  const auto marks = [](const plan::PhysicalNode* n) {
    for (; n; n = n->left.get())
      if (n->kind == plan::NodeKind::kNodeSemiJoin && n->slot2 != plan::kNoSlot) return true;
    return false;
  };
  const std::string to2 = "EXISTS { (n)-[:KNOWS]->(m) WHERE m.id = 2 }", from0 = "EXISTS { (n)<-[:KNOWS]-({id: 0}) }";
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.id = 3 OR " + to2 + " RETURN n.id"), (Rows{"0", "1", "3"}));
  EXPECT_TRUE(marks(plan_->root.get()));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.id < 5 AND (n.id = 4 XOR NOT " + to2 + ") RETURN n.id"), (Rows{"2", "3"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE " + from0 + " OR " + to2 + " RETURN n.id"), (Rows{"0", "1", "2"}));
  EXPECT_EQ(run("MATCH (n:Person) RETURN " + to2 + " AS e, count(*)"), (Rows{"false 2994", "true 2"}));
  EXPECT_EQ(run("MATCH (n:Person) WITH n, CASE WHEN " + to2 + " THEN 'a' WHEN " + from0 +
                " THEN 'b' END AS c "
                "WHERE c IS NOT NULL RETURN n.id, c"),
            (Rows{"0 \"a\"", "1 \"a\"", "2 \"b\""}));
  EXPECT_EQ(run("MATCH (n:Person) OPTIONAL MATCH (n)-[:KNOWS]->(o {id: 3}) WITH o AS n "
                "WHERE n IS NULL OR " +
                from0 + " RETURN count(*)"),
            (Rows{"2994"}));
  EXPECT_EQ(run("MATCH p = (:Person {id: 0})-[:KNOWS]->() WHERE any(n IN nodes(p) WHERE n.id = 9 OR EXISTS { "
                "(n)-[:KNOWS]->({id: 3}) }) RETURN count(*)"),
            (Rows{"1"}));
}

TEST_F(ExecRead, CartesianProductsAndJoins) {
  EXPECT_EQ(run("MATCH (a:Person), (b:City) RETURN count(*)"), (Rows{"5"}));
  EXPECT_EQ(run("MATCH (a:Person), (b:Person) WHERE a.age = b.age AND a.id < b.id RETURN a.id, b.id"), (Rows{"1 2"}));
  EXPECT_EQ(run("UNWIND [1, 2] AS x UNWIND ['a', 'b'] AS y RETURN x, y"),
            (Rows{"1 \"a\"", "1 \"b\"", "2 \"a\"", "2 \"b\""}));
}

TEST_F(ExecRead, UnionsAndDistinct) {
  EXPECT_EQ(run("RETURN 1 AS x UNION ALL RETURN 1 AS x"), (Rows{"1", "1"}));
  EXPECT_EQ(run("RETURN 1 AS x UNION RETURN 1 AS x UNION RETURN 'a' AS x"), (Rows{"\"a\"", "1"}));
  EXPECT_EQ(run("MATCH (n:Person) RETURN DISTINCT n.age"), (Rows{"30", "40", "7.5", "null"}));
}

TEST_F(ExecRead, Comprehensions) {
  EXPECT_EQ(run("RETURN [x IN range(1, 5) WHERE x % 2 = 1 | x * 10]"), (Rows{"[10, 30, 50]"}));
  EXPECT_EQ(
      run("RETURN reduce(s = 0, x IN [1, 2, 3] | s + x), all(x IN [1, null] WHERE x > 0), any(x IN [1, null] WHERE x > 0)"),
      (Rows{"6 null true"}));
  EXPECT_EQ(run("MATCH (n:Person) RETURN [x IN [1, 2] | x + n.id]"),
            (Rows{"[1, 2]", "[2, 3]", "[3, 4]", "[4, 5]", "[5, 6]"}));
}

// Each row may have a list of its own, of what can be looked up as words or of anything else.
TEST_F(ExecRead, MembershipInListsOfRows) {
  run("UNWIND range(0, 299) AS i CREATE (:M {i: i, day: date('2020-01-01') + duration({days: i})})");
  EXPECT_EQ(run("MATCH (a:M) WHERE a.i % 3 = 0 WITH collect(a) AS l MATCH (b:M) WHERE b IN l RETURN count(*), sum(b.i)"),
            (Rows{"100 14850"}));
  EXPECT_EQ(run("MATCH (a:M) WHERE a.i % 3 = 0 WITH collect(a.day) AS l MATCH (b:M) WHERE b.day IN l RETURN sum(b.i)"),
            (Rows{"14850"}));
  EXPECT_EQ(run("MATCH (a:M) WITH a.i % 4 AS k, collect(a) AS l MATCH (b:M) WHERE b IN l RETURN k, count(*), sum(b.i)"),
            (Rows{"0 75 11100", "1 75 11175", "2 75 11250", "3 75 11325"}));
  EXPECT_EQ(run("MATCH (n:Person) WITH collect(n) AS l MATCH (p:Person)-[r:KNOWS]->(q) WITH p, q, l, collect(r) AS rs "
                "MATCH (p)-[s:KNOWS]->() WHERE s IN rs AND q IN l RETURN count(*)"),
            (Rows{"6"}));
  EXPECT_EQ(run("UNWIND range(0, 299) AS x WITH x, CASE x % 4 WHEN 0 THEN [] WHEN 1 THEN [x, 'x'] WHEN 2 THEN [-1, null] "
                "ELSE [x + 1, x] END AS l WITH x IN l AS found RETURN found, count(*)"),
            (Rows{"false 75", "null 75", "true 150"}));
  EXPECT_EQ(run("UNWIND [1, null, 3] AS x RETURN x IN [1, 2], x IN [], x IN [1.0, 2], x IN [null], x IN null"),
            (Rows{"false false false null null", "null false null null null", "true false true null null"}));
}

TEST_F(ExecRead, SeeksInIndexes) {
  create_index("Person", {"id"}, index::ConstraintKind::kUnique);
  create_index("Person", {"name"});
  EXPECT_EQ(run("MATCH (n:Person {id: 2}) RETURN n.name"), (Rows{"\"Cleopatra the Seventh\""}));
  EXPECT_EQ(run("MATCH (n:Person {id: $1}) RETURN n.name", {Value::integer(4)}), (Rows{"\"Eve\""}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.id IN [3, 1, 3, 99, null] RETURN n.id"), (Rows{"1", "3"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.id >= 1 AND n.id < 3 RETURN n.id"), (Rows{"1", "2"}));
  EXPECT_EQ(run("MATCH (n:Person) WHERE n.name STARTS WITH 'Cleo' RETURN n.id"), (Rows{"2"}));
  EXPECT_EQ(run("MATCH (n:Person {id: null}) RETURN n"), (Rows{}));
  EXPECT_EQ(run("UNWIND [0, 2, 7] AS i MATCH (n:Person {id: i}) RETURN i, n.name"),
            (Rows{"0 \"Ann\"", "2 \"Cleopatra the Seventh\""}));
  EXPECT_EQ(run("UNWIND [0, 7] AS i OPTIONAL MATCH (n:Person {id: i}) RETURN i, n.name"), (Rows{"0 \"Ann\"", "7 null"}));
}

// Several outer rows share a batch of what is found for them, also where one of them has more than fit.
TEST_F(ExecRead, SeeksForManyRows) {
  create_index("K", {"k"});
  run("UNWIND range(0, 9999) AS i CREATE (:K {k: i / 4, i: i}), (:Other {k: i})");
  run("UNWIND range(1, 5000) AS i CREATE (:K {k: 'many', i: i})");
  EXPECT_EQ(run("UNWIND range(-10, 2999) AS x MATCH (n:K {k: x}) RETURN count(*), sum(n.i), sum(x), sum(x - n.i / 4)"),
            (Rows{"10000 49995000 12495000 0"}));
  EXPECT_EQ(run("UNWIND range(-10, 2999) AS x OPTIONAL MATCH (n:K {k: x}) RETURN count(*), count(n), sum(x - n.i / 4)"),
            (Rows{"10510 10000 0"}));
  EXPECT_EQ(run("UNWIND [3, 'many', null, 4, 'many', 'none'] AS x MATCH (n:K {k: x}) RETURN x, count(*), sum(n.i)"),
            (Rows{"\"many\" 10000 25005000", "3 4 54", "4 4 70"}));
  EXPECT_EQ(run("UNWIND range(0, 99) AS x MATCH (n:K) WHERE n.k IN [x, x + 1, x] RETURN count(*), sum(n.i - 4 * x)"),
            (Rows{"800 2800"}));
  EXPECT_EQ(run("UNWIND range(0, 99) AS x MATCH (n:K) WHERE n.k >= x AND n.k < x + 2 RETURN count(*), sum(n.i - 4 * x)"),
            (Rows{"800 2800"}));
  EXPECT_EQ(run("UNWIND range(0, 999) AS x MATCH (n:K {k: x}) WITH x, n LIMIT 5 RETURN collect([x, n.i])"),
            (Rows{"[[0, 0], [0, 1], [0, 2], [0, 3], [1, 4]]"}));
  EXPECT_EQ(
      run("UNWIND range(0, 999) AS x MATCH (n:K {k: x}) WHERE n.i % 2 = x % 2 AND EXISTS { MATCH (m:K {k: n.i}) WHERE "
          "m.i % 4 = 1 } RETURN count(*), sum(n.i)"),
      (Rows{"1250 1561874"}));
}

// The same answers as from a scan, and a seek in the plan.
TEST_F(ExecRead, SeeksInIndexesOfRelationships) {
  run("UNWIND range(0, 1999) AS i CREATE (:Stop {n: i})");
  create_index("Stop", {"n"});
  run("UNWIND range(0, 1999) AS i MATCH (a:Stop {n: i}), (b:Stop {n: i * 7 % 2000}) CREATE (a)-[:LINE {km: i % 500, no: "
      "'L' + "
      "i}]->(b)");
  run("MATCH (a:Stop {n: 3}) CREATE (a)-[:LINE {km: 11}]->(a), (a)-[:OTHER {km: 11}]->(a), (a)-[:LINE]->(a)");
  const std::vector<std::string> queries{
      "MATCH (a)-[r:LINE {km: 11}]->(b) RETURN a.n, b.n",
      "MATCH (a)<-[r:LINE {km: 11}]-(b) RETURN a.n, b.n",
      "MATCH (a)-[r:LINE {km: 11}]-(b) RETURN a.n, b.n",
      "MATCH (a)-[r:LINE]-(b) WHERE r.km >= 3 AND r.km < 5 RETURN a.n, b.n, r.no",
      "MATCH (a:Stop)-[r:LINE]->(b:Stop) WHERE r.no STARTS WITH 'L199' RETURN a.n, b.n",
      "MATCH (a)-[r:LINE]->(b)-[s:LINE]->(c) WHERE r.km IN [1, 2, 2, null] RETURN a.n, c.n, s.no",
      "UNWIND [5, 6, 99] AS km MATCH (a)-[r:LINE {km: km}]->() RETURN km, a.n",
      "MATCH (a)-[r:LINE {km: 11}]-(b)-[s:LINE]-(c) RETURN a.n, b.n, c.n"};
  std::vector<Rows> scanned;
  for (auto& q : queries) scanned.push_back(run(q));
  create_index("LINE", {"km"}, index::ConstraintKind::kNone, index::EntityKind::kRelationship);
  create_index("LINE", {"no"}, index::ConstraintKind::kNone, index::EntityKind::kRelationship);
  for (size_t i = 0; i < queries.size(); i++) {
    EXPECT_FALSE(scanned[i].empty()) << queries[i];
    EXPECT_EQ(run(queries[i]), scanned[i]) << queries[i];
    EXPECT_NE(plan::explain_text(*plan_, nullptr, indexes_).find("Relationship Index Seek"), std::string::npos)
        << queries[i];
  }
  run("MATCH ()-[r:LINE {km: 11}]->() SET r.km = 12");
  EXPECT_EQ(run("MATCH ()-[r:LINE {km: 11}]->() RETURN r.no"), (Rows{}));
  EXPECT_EQ(run("MATCH ()-[r:LINE]->() WHERE r.km > 10 AND r.km < 13 RETURN count(*)"), (Rows{"9"}));
  run("MATCH ()-[r:LINE]->() WHERE r.km >= 12 SET r.km = r.km + 100");
  EXPECT_EQ(run("MATCH ()-[r:LINE]->() WHERE r.km > 600 RETURN count(*)"), (Rows{"0"}));
}

TEST_F(ExecRead, RunsAgainWithOtherParameters) {
  create_index("Person", {"id"}, index::ConstraintKind::kUnique);
  prepare("MATCH (n:Person {id: $1}) RETURN n.name", {Value::integer(0)});
  EXPECT_EQ(drain(), (Rows{"\"Ann\""}));
  parameters_ = {Value::integer(1)};
  begin();
  execution_->restart();
  EXPECT_EQ(drain(), (Rows{"\"Bob\""}));
}

}  // namespace
}  // namespace elegraph::query::exec
