// SPDX-License-Identifier: Apache-2.0
#include "exec_arena_fixture.h"

namespace elegraph::query::exec {
namespace {

const plan::PhysicalNode* node_grouping(const plan::PhysicalNode& n) {
  if (n.by_node) return &n;
  for (const auto* child : {n.left.get(), n.right.get()})
    if (child)
      if (const auto* found = node_grouping(*child)) return found;
  return nullptr;
}

// Groups of scanned nodes, one after the other, beside the same groups found by hashing: those of an expression.
class ExecNodeGroups : public ExecArenaTest {
 protected:
  ExecNodeGroups() {
    create_index("P", {"i"}, index::ConstraintKind::kUnique);
    run("UNWIND range(1, 30000) AS i CREATE (:P {i: i, k: i % 100, name: 'name ' + toString(i % 50)})");
    run("UNWIND range(1, 3000) AS j CREATE (:P:Nameless {k: j % 7, w: j})");  // the unique property is missing
    run("MATCH (b:P) WHERE b.i = 7 MATCH (a:P) WHERE a.k % 2 = 0 CREATE (a)-[:R {w: a.k}]->(b), (b)-[:S]->(a)");
    run("MATCH (a:P) WHERE a.i % 3 = 0 MATCH (b:P) WHERE b.i IN [a.i * 7 % 30000 + 1, a.i + 1, 7] CREATE (a)-[:T]->(b)");
    run("MATCH (a:Nameless) MATCH (b:P {i: a.w}) CREATE (a)-[:T]->(b), (b)-[:T]->(a)");
  }
  Rows run_in_task(std::string_view text) {
    context_.may_parallel = true;
    return on_worker([&] { return run(text); });
  }

  // `grouped` has groups of nodes, which `hashed` asks for in another way.
  void same(const std::string& grouped, const std::string& hashed) {
    context_.may_parallel = false;
    const Rows wanted = run(hashed);
    EXPECT_FALSE(node_grouping(*plan_->root)) << hashed;
    EXPECT_FALSE(wanted.empty()) << hashed;
    EXPECT_EQ(run(grouped), wanted) << grouped;
    ASSERT_TRUE(node_grouping(*plan_->root)) << grouped;
    EXPECT_EQ(run_in_task(grouped), wanted) << grouped;
    context_.may_parallel = false;
    budget_ = 10;
    EXPECT_EQ(run(grouped), wanted) << grouped << ", a batch at a time";
    budget_ = INT64_MAX / 2;
  }
  // `pattern` binds p; `results`: aggregates as a, b and c.
  void same_of(const std::string& pattern, const std::string& results) {
    const std::string text = pattern + " WITH KEY AS x, " + results;
    const std::string by_result = " RETURN a, b, c, count(*), min(x), max(x)";
    const std::string top = " RETURN x, a, b, c ORDER BY c DESC, b, a, x LIMIT 300";
    auto with = [&](std::string key, const std::string& rest) {
      std::string all = text + rest;
      return all.replace(all.find("KEY"), 3, key);
    };
    same(with("p.i", by_result), with("p.i + 0", by_result));
    same(with("p.i", top), with("p.i + 0", top));
    const std::string of_node = " RETURN a, b, c, count(*)",
                      top_of_node = " RETURN a, b, c ORDER BY c DESC, b, a LIMIT 300";
    same(with("p", of_node), with("id(p)", of_node));
    same(with("p", top_of_node), with("id(p)", top_of_node));
  }
};

TEST_F(ExecNodeGroups, AreThoseOfAHashTable) {
  same_of("MATCH (p:P)-[:T]->(q:P)", "count(*) AS a, min(q.k) AS b, max(q.k) AS c");
  same_of("MATCH (p:P)<-[:T]-(q:P)", "count(q.i) AS a, sum(q.k) AS b, avg(q.k) AS c");
  same_of("MATCH (p:P)-[:T|R]-(q)", "count(DISTINCT q) AS a, count(DISTINCT q.k) AS b, min(q.name) AS c");
  same_of("MATCH (p:P) WHERE p.k < 90 OPTIONAL MATCH (p)-[:R|S]->(q)", "count(q) AS a, sum(q.k) AS b, max(q.name) AS c");
  same_of("MATCH (p:P)-[:T]->()-[:T]->(q:P) WHERE p.k < 20", "count(*) AS a, max(q.i) AS b, count(DISTINCT q.name) AS c");
  same_of("MATCH (p:P) OPTIONAL MATCH (p)-[:T]->(q) UNWIND [q.k, 1] AS y",
          "count(y) AS a, sum(y) AS b, size(collect(DISTINCT y)) AS c");
}

// Where values are told apart, groups go on one by one to the client, too, and also those of a seek.
TEST_F(ExecNodeGroups, GoOnWhereValuesAreDistinct) {
  const auto both = [&](std::string text) {
    std::string hashed = text;
    same(text.replace(text.find("KEY"), 3, "p.i"), hashed.replace(hashed.find("KEY"), 3, "p.i + 0"));
  };
  both("MATCH (p:P)-[:T]->(q:P) RETURN KEY, count(DISTINCT q), sum(q.k)");
  both("MATCH (p:P)-[:T]->()-[:T]-(q) RETURN KEY, count(DISTINCT q.k), count(DISTINCT q), count(*)");
  both("MATCH (p:P)-[:T]->(q) WHERE p.i < 500 RETURN KEY, count(DISTINCT q.k)");
  both("MATCH (p:P)-[:T]-(q) WHERE p.i IN [300, 7, 7.0, 20, 7, null] RETURN KEY, count(DISTINCT q.k), count(*)");
  both(
      "MATCH (p:P)-[:T]->(q) WHERE p.i > 100 AND p.i <= 200 WITH KEY AS x, sum(DISTINCT q.k) AS s RETURN s, count(*), "
      "sum(x)");
}

// Each node has groups of its own then.
TEST_F(ExecNodeGroups, TakeKeysBesideTheNode) {
  const auto both = [&](const std::string& pattern, const std::string& other, const std::string& results) {
    for (const std::string end : {" RETURN a, b, c, count(*), count(DISTINCT y), min(id(x)), max(id(x))",
                                  " RETURN id(x), y, a, b, c ORDER BY c DESC, b, a, id(x), y LIMIT 300"}) {
      std::string hashed = end;
      for (size_t at; (at = hashed.find("id(x)")) != std::string::npos;) hashed.replace(at, 5, "x");
      same(pattern + " WITH p AS x, " + other + " AS y, " + results + end,
           pattern + " WITH id(p) AS x, " + other + " AS y, " + results + hashed);
      same(pattern + " WITH " + other + " AS y, " + results + ", p AS x" + end,
           pattern + " WITH " + other + " AS y, " + results + ", id(p) AS x" + hashed);
    }
  };
  both("MATCH (p:P)-[:T]->(q:P)", "q.k", "count(*) AS a, min(q.i) AS b, max(q.k) AS c");
  both("MATCH (p:P)-[:T|R]-(q:P)", "q.name", "count(DISTINCT q) AS a, sum(q.k) AS b, count(DISTINCT q.k) AS c");
  both("MATCH (p:P)-[:T]->()-[:T]->(q:P) WHERE p.k < 50", "id(q)", "count(*) AS a, max(q.i) AS b, min(p.k) AS c");
  both("MATCH (p:P) OPTIONAL MATCH (p)-[:R|S]->(q)", "q.k", "count(q) AS a, sum(q.k) AS b, max(q.name) AS c");
  both("MATCH (p:P)-[:T]->(q:P)", "p.k + q.k", "size(collect(q.i)) AS a, size(collect(DISTINCT q.k)) AS b, count(*) AS c");
}

TEST_F(ExecNodeGroups, TakeOtherKeysOfTheNode) {
  same(
      "MATCH (p:P)-[:T]->(q) WITH p.name AS n, p.i AS x, p.k AS k, count(*) AS c RETURN n, x, k, c ORDER BY c DESC, x, k "
      "LIMIT 99",
      "MATCH (p:P)-[:T]->(q) WITH p.name AS n, p.i + 0 AS x, p.k AS k, count(*) AS c RETURN n, x, k, c "
      "ORDER BY c DESC, x, k LIMIT 99");
  same("MATCH (p:P)-[:T]->(q) WITH p.k AS k, p, max(q.k) AS m WHERE m > 20 RETURN k, count(*), sum(m)",
       "MATCH (p:P)-[:T]->(q) WITH p.k AS k, id(p) AS p, max(q.k) AS m WHERE m > 20 RETURN k, count(*), sum(m)");
}

// Nodes that lack the unique property are one group, or several by another key, whoever of the workers met them.
TEST_F(ExecNodeGroups, PutNodesWithoutTheKeyTogether) {
  for (const bool parallel : {false, true}) {
    auto rows = [&](std::string_view text) {
      return context_.may_parallel = false, parallel ? run_in_task(text) : run(text);
    };
    EXPECT_EQ(rows("MATCH (p:P)-[:T]->(q) WITH p.i AS x, count(*) AS c WITH x, c WHERE x IS NULL RETURN count(*), sum(c)"),
              (Rows{"1 3000"}));
    EXPECT_TRUE(node_grouping(*plan_->root));
    EXPECT_EQ(rows("MATCH (p:P)-[:T]->(q) WITH p.i AS x, p.k AS k, count(*) AS c WITH x, c WHERE x IS NULL "
                   "RETURN count(*), sum(c)"),
              (Rows{"7 3000"}));
  }
}

// In a subquery that each worker runs for its own rows, all of the scan is its own.
TEST_F(ExecNodeGroups, AreWholeInSubqueriesOfWorkers) {
  run("UNWIND range(1, 12) AS n CREATE (:Few {n: n})");
  const std::string text =
      "MATCH (f:Few) WHERE EXISTS { MATCH (p:P)-[:T]->(q) WITH p.i AS x, count(*) AS c, max(f.n) AS n "
      "ORDER BY c DESC LIMIT 1 WHERE c = 3000 AND x IS NULL AND n < 12 RETURN x } RETURN count(*)";
  context_.may_parallel = false;
  EXPECT_EQ(run(text), (Rows{"11"}));
  EXPECT_TRUE(node_grouping(*plan_->root));
  EXPECT_EQ(run_in_task(text), (Rows{"11"}));
}

// What the transaction itself has written counts.
TEST_F(ExecNodeGroups, SeeTheTransactionsOwnChanges) {
  prepare("MATCH (p:P {i: 30}) SET p.i = null", {});
  drain();
  prepare("MATCH (p:P {i: 3}) DETACH DELETE p", {});
  drain();
  finish();
  same_of("MATCH (p:P)-[:T]->(q)", "count(*) AS a, min(q.k) AS b, max(q.i) AS c");
}

TEST_F(ExecNodeGroups, AreNotTakenWhereRowsOfANodeMayComeApart) {
  for (const std::string text : {"MATCH (p:P)-[:T]->(q:P) WITH p.name AS x, count(*) AS c RETURN c, count(*)",
                                 "MATCH (p:P)-[:T]->(q:P) WITH p.i AS i, q.k AS k, count(*) AS c RETURN c, count(*)",
                                 "MATCH (p:Nameless)-[:T]->(q:P) WITH p.k AS x, count(*) AS c RETURN c, count(*)",
                                 "MATCH (n:Nameless) MATCH (p:P) WITH p, count(*) AS c RETURN c, count(*)"}) {
    run(text);
    EXPECT_FALSE(node_grouping(*plan_->root)) << text;
  }
}

bool has_set_of_nodes(const plan::PhysicalNode& n) {
  return (n.kind == plan::NodeKind::kDistinct && n.all_at_once) || (n.left && has_set_of_nodes(*n.left));
}

// DISTINCT of what is read of one node, beside the same of expressions.
TEST_F(ExecNodeGroups, DistinctNodesGiveTheSameValues) {
  for (const std::string pattern : {"MATCH (:P {i: 7})-[:S]->()-[:T]->(q)", "MATCH (:P {i: 7})-[:S|T*1..2]->(q)",
                                    "MATCH (:P {i: 30})-[:T]->(q)-[:T]->(q)", "MATCH (a:P {i: 9})-[:T]->(q:Nameless)"}) {
    const std::string order = " ORDER BY x, k LIMIT 500";
    const Rows wanted = run(pattern + " WITH q, count(*) AS c RETURN DISTINCT q.i + 0 AS x, q.k AS k" + order);
    EXPECT_FALSE(has_set_of_nodes(*plan_->root)) << pattern;
    EXPECT_EQ(run(pattern + " RETURN DISTINCT q.i AS x, q.k AS k" + order), wanted) << pattern;
    EXPECT_TRUE(has_set_of_nodes(*plan_->root)) << pattern;
    budget_ = 10;
    EXPECT_EQ(run(pattern + " RETURN DISTINCT q.i AS x, q.k AS k" + order), wanted) << pattern;
    budget_ = INT64_MAX / 2;
    EXPECT_EQ(run(pattern + " RETURN DISTINCT q.i AS x, q.k AS k"),
              run(pattern + " WITH q, count(*) AS c RETURN DISTINCT q.i + 0, q.k"))
        << pattern;
    EXPECT_EQ(run(pattern + " RETURN DISTINCT q"), run(pattern + " WITH q, count(*) AS c RETURN q")) << pattern;
  }
  // No node is a value too.
  const std::string optional = "MATCH (p:P) WHERE p.i > 29980 OPTIONAL MATCH (p)-[:T]->(q) RETURN DISTINCT q.k";
  EXPECT_EQ(run(optional + " AS k ORDER BY k"), run(optional + " + 0 AS k ORDER BY k"));
  EXPECT_EQ(run(optional + " AS k ORDER BY k").back(), "null");
  // A scan gives each node once as it is.
  run("MATCH (p:P) RETURN DISTINCT p.name AS n ORDER BY n");
  EXPECT_FALSE(has_set_of_nodes(*plan_->root));
}

TEST_F(ExecNodeGroups, ListsOfNumbersHaveTheSameElements) {
  for (const std::string list : {"[3]", "[3, 50, 99]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 98]", "[3, null]", "[-1, 3.0, 7]"}) {
    const std::string each = "MATCH (p:P) WHERE any(x IN " + list + " WHERE x = p.k) RETURN count(*), sum(p.i)";
    EXPECT_EQ(run("MATCH (p:P) WHERE p.k IN " + list + " RETURN count(*), sum(p.i)"), run(each)) << list;
    EXPECT_EQ(run("MATCH (p:P) WHERE p.i % 2 = 0 AND p.k IN " + list + " RETURN count(*)"),
              run("MATCH (p:P) WHERE p.i % 2 = 0 AND any(x IN " + list + " WHERE x = p.k) RETURN count(*)"))
        << list;
  }
}

// Walks over two relationships do not take one twice, whichever list it is in, and loops are in both lists of a node.
TEST_F(ExecNodeGroups, CountsWalksInLongLists) {
  const auto n = std::stoull(run("MATCH (:P {i: 7})<-[:R]-(a) RETURN count(*)")[0]);
  run("MATCH (b:P {i: 7}) CREATE (b)-[:R]->(b), (b)-[:R]->(b)");
  while (graph_.vacuum()) {}  // sorted lists
  const auto hub = n + 2;
  EXPECT_EQ(run("MATCH (a)-[:R]-(b)-[:R]-(c) RETURN count(*)"), (Rows{std::to_string(hub * (hub - 1))}));
  EXPECT_EQ(run("MATCH (a)-[:R]->(b)<-[:R]-(c) RETURN count(*)"), (Rows{std::to_string(hub * (hub - 1))}));
  EXPECT_EQ(run("MATCH (a)-[:R]-(b)-[:R|S]-(c) RETURN count(*)"), (Rows{std::to_string(hub * (hub + n - 1) + n)}));
}

}  // namespace
}  // namespace elegraph::query::exec
