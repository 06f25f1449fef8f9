// SPDX-License-Identifier: Apache-2.0
// ORDER BY from an index gives the rows that a sort gives.
#include "tests/unit/query/exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// Two labels with the same nodes, of which one has indexes.
class ExecOrder : public ExecTest {
 protected:
  // Values of many types, each on two nodes or more, and nodes without.
  void SetUp() override {
    for (std::string label : {"Indexed", "Plain"}) {
      run("UNWIND range(1, 300) AS i WITH i, CASE i % 10 "
          "WHEN 0 THEN i WHEN 1 THEN -i WHEN 2 THEN i + 0.5 WHEN 3 THEN 'text ' + toString(i % 7) WHEN 4 THEN '' "
          "WHEN 5 THEN i % 20 = 5 WHEN 6 THEN date('2020-01-01') + duration({days: i % 50}) WHEN 7 THEN [i % 3, i] "
          "WHEN 8 THEN CASE i % 20 WHEN 8 THEN 0.0 / 0.0 ELSE 1.0 / 0.0 END ELSE null END AS v "
          "CREATE (:" +
          label + " {v: v, n: i % 90, u: i, part: i % 4})");
    }
    run("UNWIND [7, 1, 299] AS u CREATE (:Other {u: u})");
    create_index("Indexed", {"v"});
    create_index("Indexed", {"n"});
    create_index("Indexed", {"part", "n", "v"});
  }

  // Not what keeps rows in the order that they come in until there are as many as are wanted, and otherwise starts anew.
  bool sorts() const { return sorts(*plan_->root); }
  static bool sorts(const plan::PhysicalNode& n) {
    if (n.kind == plan::NodeKind::kSort && n.presorted == n.sort.size()) return sorts(*n.left);
    return n.kind == plan::NodeKind::kSort || (n.left && sorts(*n.left)) || (n.right && sorts(*n.right));
  }

  // Each with some others of its label, by R; with so many that the relationships are not what a plan begins with.
  void relate() {
    for (std::string label : {"Indexed", "Plain"})
      run("MATCH (x:" + label + "), (y:" + label + ") WHERE y.u <= 12 + x.u % 4 CREATE (x)-[:R]->(y)");
  }
  bool groups_early() const { return groups_early(*plan_->root); }
  static bool groups_early(const plan::PhysicalNode& n) {
    return (n.kind == plan::NodeKind::kAggregate && n.index_ordered) || (n.left && groups_early(*n.left));
  }

  // `query` has $ for the label and returns what it sorts by alone: rows that are equal in that may come in any order.
  void expect_same(std::string query) {
    const size_t label = query.find('$');
    const Rows plain = run(std::string(query).replace(label, 1, "Plain"));
    EXPECT_TRUE(sorts()) << query;
    EXPECT_EQ(run(query.replace(label, 1, "Indexed")), plain) << query;
    EXPECT_FALSE(sorts()) << query;
    EXPECT_FALSE(plain.empty()) << query;
  }
  void expect_sort(std::string_view query) {
    run(query);
    EXPECT_TRUE(sorts()) << query;
  }
};

TEST_F(ExecOrder, IsThatOfASort) {
  for (std::string direction : {"", " DESC"}) {
    expect_same("MATCH (x:$) RETURN x.v AS v ORDER BY v" + direction + " LIMIT 20");
    expect_same("MATCH (x:$) RETURN x.v ORDER BY x.v" + direction + " SKIP 3 LIMIT 30");
    expect_same("MATCH (x:$) WHERE x.n > 40 RETURN x.n ORDER BY x.n" + direction);
    expect_same("MATCH (x:$) WHERE x.v >= 10 RETURN x.v ORDER BY x.v" + direction + " LIMIT 7");
    expect_same("MATCH (x:$) WHERE x.v < 'text 3' RETURN x.v ORDER BY x.v" + direction);
    expect_same("MATCH (x:$ {part: 2}) WHERE x.n < 70 RETURN x.part, x.n, x.v ORDER BY x.part" + direction + ", x.n" +
                direction + ", x.v" + direction);
    expect_same("MATCH (x:$ {part: 2}) RETURN x.n, x.v ORDER BY x.n" + direction + ", x.v" + direction + " LIMIT 60");
    expect_same("MATCH (x:$) WHERE x.n > 3 AND x.u % 2 <> 0 WITH x.n AS n ORDER BY n" + direction +
                " LIMIT 5 RETURN collect(n)");
    expect_same("MATCH (x:$) WHERE x.n > 3 AND EXISTS { MATCH (x) WHERE x.u > 100 } RETURN x.n ORDER BY x.n" + direction);
  }
  expect_same("MATCH (x:$) WHERE x.v STARTS WITH 'text' RETURN x.v ORDER BY x.v");
}

// Like what lies between two bounds, what a prefix of another row leaves is taken to be little.
TEST_F(ExecOrder, PrefixesOfAnotherRowAreLookedUp) {
  EXPECT_EQ(run("UNWIND ['text 3', 'none'] AS s MATCH (x:Indexed) WHERE x.v STARTS WITH s RETURN DISTINCT x.v"),
            (Rows{R"("text 3")"}));
  const std::string text = plan::explain_text(*plan_, nullptr, indexes_);
  EXPECT_NE(text.find("Starts With: s"), std::string::npos) << text;
}

// The same values on relationships of two types.
TEST_F(ExecOrder, IsThatOfASortOfRelationships) {
  for (std::string type : {"Indexed", "Plain"})
    run("MATCH (x:" + type + "), (y:Other {u: 1}) CREATE (x)-[r:" + type + "]->(y) SET r = properties(x)");
  create_index("Indexed", {"v"}, index::ConstraintKind::kNone, index::EntityKind::kRelationship);
  create_index("Indexed", {"part", "n"}, index::ConstraintKind::kNone, index::EntityKind::kRelationship);
  for (std::string direction : {"", " DESC"}) {
    expect_same("MATCH ()-[x:$]->() RETURN x.v AS v ORDER BY v" + direction + " LIMIT 20");
    expect_same("MATCH (a)-[x:$]->(b) RETURN x.v, b.u ORDER BY x.v" + direction + " SKIP 3 LIMIT 30");
    expect_same("MATCH ()<-[x:$]-() WHERE x.v >= 10 RETURN x.v ORDER BY x.v" + direction + " LIMIT 7");
    expect_same("MATCH ()-[x:$ {part: 2}]->() RETURN x.n ORDER BY x.part" + direction + ", x.n" + direction);
    expect_same("MATCH ()-[x:$]->() WITH x ORDER BY x.v" + direction + " SKIP 290 LIMIT 9 RETURN collect(x.v)");
    expect_sort("MATCH ()-[x:Indexed]-() RETURN x.v ORDER BY x.v" + direction + " LIMIT 20");
    expect_sort("MATCH ()-[x:Indexed|Plain]->() RETURN x.v ORDER BY x.v" + direction + " LIMIT 20");
  }
}

// With labels at its ends a pattern begins at a node, unless the order of its relationships is worth more.
TEST_F(ExecOrder, IsWhatAPatternBeginsWith) {
  run("MATCH (x:Plain), (y:Plain) WHERE y.u <= 20 CREATE (x)-[:OWES {sum: x.u * y.u}]->(y)");
  create_index("OWES", {"sum"}, index::ConstraintKind::kNone, index::EntityKind::kRelationship);
  EXPECT_EQ(run("MATCH (x:Plain)-[r:OWES]->(y:Plain) RETURN x.u, y.u, r.sum AS sum ORDER BY sum LIMIT 1"), (Rows{"1 1 1"}));
  EXPECT_FALSE(sorts());
  expect_sort("MATCH (x:Plain {u: 7})-[r:OWES]->(y:Plain) RETURN x.u, y.u, r.sum AS sum ORDER BY sum LIMIT 1");
  expect_sort("MATCH (x:Plain)-[r:OWES]->(y:Plain) RETURN x.u, y.u, r.sum AS sum ORDER BY sum");
}

TEST_F(ExecOrder, ReachesNodesWithoutTheProperty) {
  expect_same("MATCH (x:$) RETURN x.v ORDER BY x.v SKIP 295 LIMIT 5");
  expect_same("MATCH (x:$) RETURN x.v ORDER BY x.v DESC LIMIT 5");
  EXPECT_EQ(run("MATCH (x:Indexed) WITH x ORDER BY x.v LIMIT 299 RETURN count(*), count(x.v)"), (Rows{"299 270"}));
  run("CREATE (:Indexed)");
  EXPECT_EQ(run("MATCH (x:Indexed) RETURN x.n ORDER BY x.n DESC LIMIT 2"), (Rows{"null", "89"}));
}

// The scan for nodes without the property stands beside the walk, and both give the outer row's values on.
TEST_F(ExecOrder, IsThatOfASortInASubquery) {
  expect_same(
      "MATCH (o:Other) CALL (o) { MATCH (x:$) WHERE x.u >= o.u RETURN x.n + o.u AS u ORDER BY x.n LIMIT 3 } "
      "WITH o, u RETURN collect([o.u, u])");
}

TEST_F(ExecOrder, SeesTheSnapshotsValues) {
  for (std::string label : {"Indexed", "Plain"}) {
    run("MATCH (x:" + label + ") WHERE x.u % 3 = 0 SET x.n = 90 - x.n");
    run("MATCH (x:" + label + ") WHERE x.u % 7 = 0 REMOVE x.n");
    run("MATCH (x:" + label + ") WHERE x.u % 11 = 0 DELETE x");
    run("MATCH (x:" + label + ") WHERE x.u % 13 = 0 REMOVE x:" + label);
  }
  expect_same("MATCH (x:$) WHERE x.n > 20 RETURN x.n ORDER BY x.n");
  expect_same("MATCH (x:$) RETURN x.n ORDER BY x.n DESC LIMIT 100");
}

TEST_F(ExecOrder, IsNotTakenWhereItIsAnother) {
  expect_sort("MATCH (x:Indexed) RETURN x.n ORDER BY x.n");  // all of them: a scan and a sort are cheaper
  expect_sort("MATCH (x:Indexed) WHERE x.n > 3 RETURN x.n ORDER BY -x.n");
  expect_sort("MATCH (x:Indexed) WHERE x.n > 3 RETURN x.n, x.v ORDER BY x.n, x.v");
  expect_sort("MATCH (x:Indexed) WHERE x.n > 3 RETURN x.n, x.v ORDER BY x.v");
  expect_sort("MATCH (x:Indexed {part: 1}) WHERE x.n > 3 RETURN x.n ORDER BY x.n, x.v DESC");
  expect_sort("MATCH (x:Indexed) WHERE x.n IN [3, 2, 1] RETURN x.n ORDER BY x.n");
  expect_sort("MATCH (x:Indexed) WHERE x.v STARTS WITH 'text' RETURN x.v ORDER BY x.v DESC");
  expect_sort("MATCH (x:Indexed) WHERE x.n > 3 WITH DISTINCT x.n AS n RETURN n ORDER BY n");
}

TEST_F(ExecOrder, GoesThroughExpansions) {
  relate();
  for (std::string direction : {"", " DESC"}) {
    expect_same("MATCH (x:$)-[:R]->(y) RETURN x.n ORDER BY x.n" + direction + " LIMIT 40");
    expect_same("MATCH (x:$)-[:R]->(y) WHERE x.u < y.u + 250 RETURN x.v AS v ORDER BY v" + direction + " SKIP 5 LIMIT 40");
    expect_same("MATCH (x:$)-[:R]->(y)-[:R]->(z) WHERE x.n > 70 RETURN x.n ORDER BY x.n" + direction);
  }
  expect_sort("MATCH (x:Indexed)-[:R]->(y) WHERE x.n > 70 RETURN y.n ORDER BY y.n");
}

TEST_F(ExecOrder, GroupsWhatComesTogether) {
  for (std::string label : {"Indexed", "Plain"})
    run("UNWIND range(1, 3000) AS i CREATE (:" + label + " {n: i % 1000 + 100, u: 1000 + i, v: 10000 + i / 2})");
  relate();
  for (std::string direction : {"", " DESC"}) {
    for (std::string tail : {" LIMIT 3", " SKIP 2 LIMIT 4", " LIMIT 0"}) {
      const auto same = [&](const std::string& query) {
        const std::string whole = query + direction + tail;
        const size_t label = whole.find('$');
        const Rows plain = run(std::string(whole).replace(label, 1, "Plain"));
        EXPECT_FALSE(groups_early()) << whole;
        EXPECT_EQ(run(std::string(whole).replace(label, 1, "Indexed")), plain) << whole;
        EXPECT_TRUE(groups_early()) << whole;
      };
      same("MATCH (x:$)-[:R]->(y) RETURN x.n AS n, count(y), sum(y.u) ORDER BY n");
      same("MATCH (x:$) RETURN x.n AS n, count(x.v), min(x.u), collect(DISTINCT x.part) ORDER BY n");
      same("MATCH (x:$) RETURN x.n AS n, percentileCont(x.u, 0.5) AS m, percentileDisc(x.u, 0.9), stDev(x.u) ORDER BY n");
      same("MATCH (x:$) WHERE x.u > 5 WITH x.v AS v, count(*) AS c RETURN c, v ORDER BY v");
    }
  }
  for (std::string query : {"MATCH (x:Indexed)-[:R]->(y) RETURN x.u, x.n, count(*) AS c ORDER BY x.n LIMIT 5",
                            "MATCH (x:Indexed) RETURN x.n AS n, count(*) AS c ORDER BY c LIMIT 5",
                            "MATCH (x:Indexed) WITH x.n AS n, count(*) AS c WHERE c > 3 RETURN n ORDER BY n LIMIT 5"}) {
    run(query);
    EXPECT_EQ(groups_early(), query.find("x.u") != std::string::npos) << query;
  }
}

TEST_F(ExecOrder, GroupsAsManyAsAreWanted) {
  run("UNWIND range(1, 3000) AS i CREATE (:Indexed {n: i % 1000 + 1000, u: 1000 + i})");
  relate();
  run("MATCH (x:Indexed) WHERE x.u IN [1, 3] UNWIND range(1, 7000) AS i CREATE (x)-[:R]->(x)");  // more than a batch
  for (std::string key : {"x", "x.n"}) {
    const Rows all = run("MATCH (x:Indexed)-[:R]->(y) RETURN " + key + " AS k, count(*), sum(y.u)");
    EXPECT_FALSE(groups_early());
    const Rows some = run("MATCH (x:Indexed)-[:R]->(y) RETURN " + key + " AS k, count(*), sum(y.u) LIMIT 7");
    EXPECT_TRUE(groups_early());
    EXPECT_EQ(some.size(), 7u);
    EXPECT_TRUE(std::includes(all.begin(), all.end(), some.begin(), some.end())) << key;
    EXPECT_EQ(
        run("MATCH (x:Indexed)-[:R]->() WITH " + key + " AS k, count(*) AS c LIMIT 50 RETURN count(k), count(DISTINCT k)"),
        (Rows{"50 50"}));
    EXPECT_TRUE(groups_early());
  }
  run("MATCH (x:Indexed) RETURN x.u, count(*) LIMIT 7");  // no index has their order
  EXPECT_FALSE(groups_early());
}

TEST_F(ExecOrder, DoesNotGroupWhatItsOwnStatementWrites) {
  run("MATCH (x:Indexed) WITH x.n AS n, count(*) AS c LIMIT 5 CREATE (:Indexed {n: n + 1000, c: c})");
  EXPECT_EQ(run("MATCH (x:Indexed) WHERE x.n >= 1000 RETURN count(*), sum(x.c) < 30"), (Rows{"5 true"}));
}

TEST_F(ExecOrder, DoesNotFollowWhatItsOwnStatementWrites) {
  run("MATCH (x:Indexed) WHERE x.n > 0 WITH x ORDER BY x.n LIMIT 200 SET x.n = x.n + 1000");
  EXPECT_EQ(run("MATCH (x:Indexed) WHERE x.n > 2000 RETURN count(*)"), (Rows{"0"}));
  EXPECT_EQ(run("MATCH (x:Indexed) WHERE x.n > 1000 RETURN count(*)"), (Rows{"200"}));
}

TEST_F(ExecOrder, SortsManyRowsAndKeepsTheBest) {
  run("UNWIND range(1, 20000) AS i WITH i, i * 7919 % 20011 AS n CREATE (:Many {s: 'a long front ' + n, t: toString(n), "
      "f: (n - 10000) / 3.0, m: CASE WHEN n % 2 = 0 THEN n ELSE toString(n) END, o: CASE WHEN n % 3 > 0 THEN n - 10000 "
      "END})");
  auto text = [](const std::string& a, const std::string& b) { return a < b; };
  auto number = [](const std::string& a, const std::string& b) { return std::stod(a) < std::stod(b); };
  for (std::string key : {"s", "t", "f", "m", "o"}) {
    for (std::string direction : {"", " DESC"}) {
      const std::string query = "MATCH (x:Many) RETURN x." + key + " AS k ORDER BY k" + direction;
      Rows all = run(query);
      ASSERT_EQ(all.size(), 20000u);
      EXPECT_EQ(run(query + " LIMIT 50"), Rows(all.begin(), all.begin() + 50)) << query;
      EXPECT_EQ(run(query + " SKIP 19990"), Rows(all.end() - 10, all.end())) << query;
      if (!direction.empty()) std::reverse(all.begin(), all.end());
      if (key == "s" || key == "t") {
        EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), text)) << query;
      }
      if (key == "o") all.erase(std::find(all.begin(), all.end(), "null"), all.end());
      if (key == "f" || key == "o") {
        EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), number)) << query;
      }
    }
  }
}

}  // namespace
}  // namespace elegraph::query::exec
