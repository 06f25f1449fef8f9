// SPDX-License-Identifier: Apache-2.0
// ORDER BY ... LIMIT where an index gives the order of the first keys gives the rows that a sort of all rows gives.
#include <random>

#include "tests/unit/query/exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// Two labels with the same nodes, of which one has indexes. `u` tells nodes apart, so that an order that ends with it has
// no ties.
class ExecIncrementalSort : public ExecTest {
 protected:
  static constexpr int kNodes = 3000;

  void SetUp() override {
    make_nodes();
    create_index("Indexed", {"v"});
    create_index("Indexed", {"n"});
    create_index("Indexed", {"rare"});
    create_index("Indexed", {"skewed"});
    create_index("Indexed", {"same"});
    create_index("Indexed", {"a", "b"});
  }

  // v: of all types, most values on several nodes, some that are equal and differ in type. n: runs of four. rare: few nodes
  // have it. skewed: most nodes have the least and the greatest value.
  void make_nodes() {
    std::string list;
    for (int u = 0; u < kNodes; u++) {
      const std::string n = std::to_string(random() % 750), letter(1, char('a' + random() % 26));
      list += (u ? ", {u: " : "{u: ") + std::to_string(u) + ", v: " + any_value() + ", n: " + n + ", w: '" + letter + "'";
      list += ", same: 1, skewed: " + std::to_string(u % 20 < 9 ? 0 : u % 20 < 18 ? kNodes : u);
      list += ", a: " + null_or(std::to_string(random() % 300)) + ", b: " + null_or(letter_or_number());
      list += (u % 100 == 0 ? ", rare: " + std::to_string(u % 7) + "}" : "}");
    }
    for (std::string label : {"Indexed", "Plain"})
      run("UNWIND [" + list + "] AS properties CREATE (x:" + label + ") SET x = properties");
  }
  uint32_t random() { return uint32_t(engine_()); }
  std::string null_or(const std::string& value) { return random() % 5 ? value : "null"; }
  std::string letter_or_number() {
    return random() % 2 ? std::to_string(random() % 5) : std::string("'") + char('a' + random() % 3) + "'";
  }
  std::string any_value() {
    const std::string i = std::to_string(random() % 60);
    const char* formats[] = {"#",
                             "-#",
                             "#.0",
                             "#.5",
                             "'text #'",
                             "''",
                             "null",
                             "[#, 'x']",
                             "[]",
                             "true",
                             "time('12:00')",
                             "0.0 / 0.0",
                             "date('2020-01-01') + duration({days: #})",
                             "-0.0",
                             "9007199254740993",
                             "9007199254740992.0"};
    std::string out = formats[random() % std::size(formats)];
    if (size_t at = out.find('#'); at != std::string::npos) out.replace(at, 1, i);
    return out;
  }

  static const plan::PhysicalNode* incremental_sort(const plan::PhysicalNode& n) {
    if (n.kind == plan::NodeKind::kSort && n.presorted) return &n;
    const plan::PhysicalNode* found = n.left ? incremental_sort(*n.left) : nullptr;
    return found || !n.right ? found : incremental_sort(*n.right);
  }
  uint32_t presorted() const {
    const plan::PhysicalNode* sort = incremental_sort(*plan_->root);
    return sort ? sort->presorted : 0;
  }

  static std::string with_label(std::string query, const std::string& label) {
    for (size_t at; (at = query.find('$')) != std::string::npos;) query.replace(at, 1, label);
    return query;
  }
  // `query` has $ for the label; so many of what it sorts by are the index's.
  void expect_same(const std::string& query, uint32_t given) {
    const Rows plain = run(with_label(query, "Plain"));
    EXPECT_EQ(presorted(), 0u) << query;
    EXPECT_FALSE(plain.empty()) << query;
    EXPECT_EQ(run(with_label(query, "Indexed")), plain) << query;
    EXPECT_EQ(presorted(), given) << query;
  }
  void expect_sort_of_all(std::string_view query) {
    run(query);
    EXPECT_EQ(presorted(), 0u) << query;
  }

  // What the operators of the statement gave, by their nodes' numbers.
  std::vector<uint64_t> rows_of_operators(const std::string& query, std::vector<Value> parameters = {}) {
    prepare(query, std::move(parameters));
    std::vector<plan::OperatorProfile> profile(plan_->node_count);
    context_.profile = &profile;
    drain();
    context_.profile = nullptr;
    std::vector<uint64_t> out;
    for (const plan::OperatorProfile& p : profile) out.push_back(p.rows);
    return out;
  }
  static uint64_t leaf(const plan::PhysicalNode& n) {
    return n.kind == plan::NodeKind::kUnion ? std::min(leaf(*n.left), leaf(*n.right)) : n.left ? leaf(*n.left) : n.id;
  }

  std::mt19937 engine_{7};
};

TEST_F(ExecIncrementalSort, IsTheSortOfAllRows) {
  for (std::string first : {"", " DESC"}) {
    for (std::string rest : {"", " DESC"}) {
      for (std::string tail : {" LIMIT 1", " LIMIT 20", " SKIP 7 LIMIT 13"}) {
        const std::string end = rest + tail;
        expect_same("MATCH (x:$) RETURN x.v, x.u ORDER BY x.v" + first + ", x.u" + end, 1);
        expect_same("MATCH (x:$) RETURN x.n AS n, x.u AS u ORDER BY n" + first + ", x.w DESC, u" + end, 1);
        expect_same("MATCH (x:$) RETURN x.rare, x.w, x.u ORDER BY x.rare" + first + ", x.w" + rest + ", x.u" + tail, 1);
        expect_same("MATCH (x:$) WHERE x.v < 50 RETURN x.v, x.u ORDER BY x.v" + first + ", x.w, x.u" + end, 1);
        expect_same("MATCH (x:$) WHERE x.u > 900 RETURN x.n, x.v, x.u ORDER BY x.n" + first + ", x.v, x.u" + end, 1);
        expect_same("MATCH (x:$) WITH x ORDER BY x.n" + first + ", x.w, x.u" + end + " RETURN collect(x.u)", 1);
      }
    }
  }
}

TEST_F(ExecIncrementalSort, ReachesNodesWithoutTheProperty) {
  for (std::string tail : {" LIMIT 40", " SKIP 25 LIMIT 30", " SKIP 29 LIMIT 1", " SKIP 30 LIMIT 1"})
    expect_same("MATCH (x:$) RETURN x.rare, x.w, x.u ORDER BY x.rare, x.w, x.u" + tail, 1);
  for (std::string label : {"Indexed", "Plain"}) run("MATCH (x:" + label + ") WHERE x.u > 20 REMOVE x.rare");
  expect_same("MATCH (x:$) RETURN x.rare, x.u ORDER BY x.rare, x.u LIMIT 5", 1);
  expect_same("MATCH (x:$) RETURN x.rare, x.u ORDER BY x.rare DESC, x.u DESC LIMIT 5", 1);
  expect_same("MATCH (x:$) WHERE x.rare IS NOT NULL RETURN x.rare, x.u ORDER BY x.rare, x.u LIMIT 5", 1);
}

TEST_F(ExecIncrementalSort, TakesAllKeysOfACompositeIndex) {
  for (std::string first : {"", " DESC"}) {
    for (std::string tail : {" LIMIT 1", " LIMIT 30", " SKIP 9 LIMIT 13"}) {
      expect_same("MATCH (x:$) RETURN x.a, x.b, x.w, x.u ORDER BY x.a" + first + ", x.b" + first + ", x.w, x.u" + tail, 2);
      expect_same("MATCH (x:$ {a: 17}) RETURN x.b, x.u ORDER BY x.b" + first + ", x.u DESC LIMIT 3", 1);
      expect_same("MATCH (x:$) WHERE x.a = 17 RETURN x.b, x.u ORDER BY x.a, x.b" + first + ", x.u LIMIT 3", 2);
    }
  }
  for (std::string label : {"Indexed", "Plain"}) run("MATCH (x:" + label + ") WHERE x.u > 30 REMOVE x.a");
  expect_same("MATCH (x:$) RETURN x.a, x.b, x.u ORDER BY x.a, x.b, x.u SKIP 10 LIMIT 30", 2);
  for (std::string label : {"Indexed", "Plain"}) run("MATCH (x:" + label + ") WHERE x.u > 30 REMOVE x.b");
  expect_same("MATCH (x:$) RETURN x.a, x.b, x.u ORDER BY x.a, x.b, x.u SKIP 10 LIMIT 30", 2);
  expect_same("MATCH (x:$) RETURN x.a, x.b, x.u ORDER BY x.a DESC, x.b DESC, x.u LIMIT 30", 2);
}

// Conditions that say nothing of the order may let rows through that stand far behind in it.
TEST_F(ExecIncrementalSort, KeepsRowsOfAnOrderedWalkUnderConditions) {
  for (std::string direction : {"", " DESC"}) {
    for (std::string tail : {" LIMIT 1", " LIMIT 30", " SKIP 9 LIMIT 13"}) {
      expect_same("MATCH (x:$) WHERE x.w < 'n' RETURN x.n ORDER BY x.n" + direction + tail, 1);
      expect_same("MATCH (x:$) WHERE x.w < 'n' AND x.n > 20 RETURN x.n ORDER BY x.n" + direction + tail, 1);
      expect_same("MATCH (x:$) WHERE x.w < 'n' RETURN x.a, x.b ORDER BY x.a" + direction + ", x.b" + direction + tail, 2);
    }
    expect_same("MATCH (x:$) WHERE x.n > 20 RETURN x.n ORDER BY x.n" + direction + " LIMIT 5", 0);
    expect_same("MATCH (x:$) RETURN x.n ORDER BY x.n" + direction + " LIMIT 5", 0);
  }
}

TEST_F(ExecIncrementalSort, LeavesAnOrderedWalkThatFindsTooLittle) {
  const std::string query = "MATCH (x:Indexed) WHERE x.late RETURN x.n, x.u ORDER BY x.n LIMIT 5";
  run("MATCH (x:Indexed) SET x.late = x.n >= 740");
  const std::vector<uint64_t> rows = rows_of_operators(query);
  ASSERT_EQ(presorted(), 1u);
  const plan::PhysicalNode& sort = *incremental_sort(*plan_->root);
  EXPECT_LE(rows[leaf(*sort.left)], sort.most_rows);
  EXPECT_LT(sort.most_rows, uint32_t(kNodes) / 2);
  EXPECT_EQ(rows[leaf(*sort.right)], uint64_t(kNodes));
  EXPECT_EQ(run("MATCH (x:Indexed) WHERE x.late RETURN x.n ORDER BY x.n LIMIT 5"),
            run("MATCH (x:Indexed) WHERE x.late RETURN x.n ORDER BY x.n + 0 LIMIT 5"));
}

// All of the order: no sort.
TEST_F(ExecIncrementalSort, WalksACompositeIndexWithoutASort) {
  for (std::string direction : {"", " DESC"}) {
    for (std::string tail : {" LIMIT 30", " SKIP 9 LIMIT 13"}) {
      const std::string query = "MATCH (x:$) RETURN x.a, x.b ORDER BY x.a" + direction + ", x.b" + direction + tail;
      expect_same(query, 0);
      EXPECT_EQ(plan::explain_text(*plan_, nullptr, indexes_).find("Sort"), std::string::npos) << query;
    }
  }
  run("MATCH (x:Indexed) WHERE x.u > 30 REMOVE x.a, x.b");
  EXPECT_EQ(run("MATCH (x:Indexed) WITH x ORDER BY x.a, x.b LIMIT 40 RETURN count(x.a) <= 31, count(*)"), Rows{"true 40"});
  EXPECT_EQ(run("MATCH (x:Indexed) RETURN x.a, x.b ORDER BY x.a DESC, x.b DESC LIMIT 2"), (Rows{"null null", "null null"}));
}

// The direction turns between the components of an index.
TEST_F(ExecIncrementalSort, WalksACompositeIndexBothWays) {
  for (std::string label : {"Indexed", "Plain"}) run("MATCH (x:" + label + ") SET x.c = x.a, x.d = x.b");
  create_index("Indexed", {"c", "d", "n", "u"});
  for (std::string by : {"x.c DESC, x.d, x.n, x.u", "x.c, x.d DESC, x.n DESC, x.u DESC", "x.c, x.d DESC, x.n, x.u DESC",
                         "x.c DESC, x.d, x.n DESC, x.u"})
    for (std::string where : {"x.c IS NOT NULL", "x.c > 250", "x.c >= 7 AND x.c < 9", "x.c = 17", "x.c = 17 AND x.d = 3"})
      for (std::string tail : {" LIMIT 1", " LIMIT 300", " SKIP 9 LIMIT 13"}) {
        const std::string query = "MATCH (x:$) WHERE " + where + " WITH x ORDER BY " + by + tail + " RETURN collect(x.u)";
        expect_same(query, 0);
        EXPECT_EQ(plan::explain_text(*plan_, nullptr, indexes_).find("Sort"), std::string::npos) << query;
      }
  // Nodes that have none of the properties stand between others.
  for (std::string label : {"Indexed", "Plain"}) run("MATCH (x:" + label + ") WHERE x.u > 2900 REMOVE x.c, x.d, x.n");
  expect_same("MATCH (x:$) RETURN x.c, x.d, x.u ORDER BY x.c DESC, x.d, x.u LIMIT 300", 1);
}

TEST_F(ExecIncrementalSort, GoesThroughExpansionsAndSubqueries) {
  for (std::string label : {"Indexed", "Plain"})
    run("MATCH (x:" + label + "), (y:" + label + ") WHERE y.u < 3 + x.u % 3 CREATE (x)-[:R]->(y)");
  expect_same("MATCH (x:$)-[:R]->(y) RETURN x.n, y.w, x.u, y.u ORDER BY x.n, y.w, x.u, y.u LIMIT 25", 1);
  expect_same(
      "MATCH (x:$) WHERE EXISTS { MATCH (x)-[:R]->(y) WHERE y.u = 4 } RETURN x.n, x.u ORDER BY x.n DESC, x.u LIMIT 9", 1);
  expect_same(
      "MATCH (o:$) WHERE o.u < 40 CALL (o) { MATCH (x:$) WHERE x.u >= o.u RETURN x.u AS u ORDER BY x.n, x.u LIMIT 3 } "
      "RETURN o.u, u ORDER BY o.u, u",
      1);
}

TEST_F(ExecIncrementalSort, SeesTheSnapshotsValues) {
  const std::string query = "MATCH (x:$) RETURN x.n, x.u ORDER BY x.n, x.u DESC LIMIT 50";
  const Rows before = run(with_label(query, "Plain"));
  prepare(with_label(query, "Indexed"), {});
  ASSERT_EQ(presorted(), 1u);
  storage::Graph::SnapshotSlot* slot = graph_.open_slot();
  auto writer = graph_.begin(slot);
  const KeyId n = writer->key("n");
  for (uint32_t id = 0; id < kNodes; id += 2) writer->set_property(NodeId(id), n, Value::integer(int64_t(id % 9) - 3));
  writer->commit(storage::Durability::kOff, [](std::exception_ptr) {});
  EXPECT_EQ(drain(), before);
  finish();
  writer.reset();
  graph_.close_slot(slot);
  EXPECT_NE(run(with_label(query, "Indexed")), before);
  for (std::string label : {"Indexed", "Plain"}) {
    run("MATCH (x:" + label + ") WHERE x.u % 3 = 0 SET x.n = 750 - x.u % 4");
    run("MATCH (x:" + label + ") WHERE x.u % 7 = 0 REMOVE x.n");
    run("MATCH (x:" + label + ") WHERE x.u % 11 = 0 DELETE x");
    run("MATCH (x:" + label + ") WHERE x.u % 13 = 0 REMOVE x:" + label);
    run("MATCH (x:" + label + ") WHERE x.u % 2 = 0 SET x.n = x.u / 4");
  }
  expect_same(query, 1);
  expect_same("MATCH (x:$) WHERE x.n >= 0 RETURN x.n, x.u ORDER BY x.n DESC, x.u LIMIT 50", 1);
}

TEST_F(ExecIncrementalSort, SeesItsTransactionsOwnChanges) {
  const std::string query = "MATCH (x:$) RETURN x.n, x.u ORDER BY x.n, x.u DESC LIMIT 50";
  const Rows before = run(with_label(query, "Indexed"));
  begin();
  const auto step = [&](const std::string& text) {
    make_plan(text, {});
    rcu::ReadGuard guard;
    execution_ = make_execution(plan_, context_);
    return drain();
  };
  for (std::string label : {"Indexed", "Plain"}) {
    step("MATCH (x:" + label + ") WHERE x.u % 3 = 0 SET x.n = 2 + x.u % 4");
    step("MATCH (x:" + label + ") WHERE x.u % 7 = 0 DELETE x");
    step("UNWIND range(1, 60) AS i CREATE (:" + label + " {n: i % 5, u: 5000 + i})");
  }
  const Rows plain = step(with_label(query, "Plain"));
  EXPECT_EQ(step(with_label(query, "Indexed")), plain);
  EXPECT_EQ(presorted(), 1u);
  EXPECT_NE(plain, before);
  execution_.reset();
  transaction_->rollback();
  EXPECT_EQ(run(with_label(query, "Indexed")), before);
}

TEST_F(ExecIncrementalSort, DoesNotFollowWhatItsOwnStatementWrites) {
  run("MATCH (x:Indexed) WITH x ORDER BY x.n, x.u LIMIT 50 SET x.n = x.n + 100, x.u = x.u + 10000");
  EXPECT_EQ(presorted(), 1u);
  EXPECT_EQ(run("MATCH (x:Indexed) WHERE x.u >= 10000 RETURN count(*)"), (Rows{"50"}));
  EXPECT_EQ(run("MATCH (x:Indexed) WHERE x.u >= 20000 RETURN count(*)"), (Rows{"0"}));
}

TEST_F(ExecIncrementalSort, ReadsToTheEndOfTheRunOnly) {
  run("UNWIND range(0, 19999) AS i CREATE (:Indexed {n: 1000 + i / 40, u: i, w: toString(i % 7)})");
  auto rows = rows_of_operators("MATCH (x:Indexed) WHERE x.n >= 1000 RETURN x.u ORDER BY x.n, x.w, x.u LIMIT 41");
  ASSERT_EQ(presorted(), 1u);
  const plan::PhysicalNode* sort = incremental_sort(*plan_->root);
  EXPECT_EQ(rows[leaf(*sort->left)], 32u + 64u);  // two batches: the second run ends at 80
  EXPECT_EQ(rows[sort->right->id], 0u);
}

// Most of the rows are one run, which the average hides.
TEST_F(ExecIncrementalSort, LeavesALongRunToASortOfAllRows) {
  for (std::string direction : {"", " DESC"}) {
    const std::string order = "RETURN x.skewed, x.w, x.u ORDER BY x.skewed" + direction + ", x.w, x.u LIMIT 20";
    expect_same("MATCH (x:$) " + order, 1);
    expect_same("MATCH (x:$) WHERE x.u > 2 " + order, 1);
    const auto rows = rows_of_operators("MATCH (x:Indexed) " + order);
    const plan::PhysicalNode* sort = incremental_sort(*plan_->root);
    EXPECT_LT(sort->most_rows, 1500u);
    EXPECT_EQ(rows[sort->right->id], 20u) << plan::explain_text(*plan_, nullptr, indexes_);
    EXPECT_EQ(rows[sort->id], 20u);
  }
  const std::string query =
      "MATCH (o:$) WHERE o.u < 5 CALL (o) { MATCH (x:$) WHERE x.u > o.u RETURN x.u AS u "
      "ORDER BY x.skewed, x.u LIMIT 3 } RETURN o.u, u ORDER BY o.u, u";
  expect_same(query, 1);
}

// A plan made for a small LIMIT runs with a large one.
TEST_F(ExecIncrementalSort, LeavesManyRowsToASortOfAllRows) {
  for (int64_t limit : {0, 1, 60, 2900}) {
    const std::string query = "MATCH (x:$) RETURN x.n, x.u ORDER BY x.n, x.u LIMIT ";
    const Rows plain = run(with_label(query, "Plain") + std::to_string(limit));
    EXPECT_EQ(run(with_label(query, "Indexed") + "$1", {Value::integer(limit)}), plain);
    EXPECT_EQ(presorted(), 1u);
    EXPECT_EQ(plain.size(), size_t(limit));
  }
  EXPECT_EQ(error_of("MATCH (x:Indexed) RETURN x.n, x.u ORDER BY x.n, x.u LIMIT $1", {Value::integer(-1)}), "22023");
}

// Each of few nodes gives many rows: more than are kept. Later ones are before and behind those that were.
TEST_F(ExecIncrementalSort, KeepsTheBestOfALongRun) {
  run("UNWIND range(1, 200) AS i CREATE (:Y {i: i, k: i * 31 % 101, t: toString(i * 7 % 13)})");
  for (std::string label : {"Indexed", "Plain"}) {
    run("UNWIND range(1, 60) AS i CREATE (:" + label + " {n: -1, u: 20000 + CASE i % 2 WHEN 0 THEN i ELSE -i END})");
    run("MATCH (x:" + label + "), (y:Y) WHERE x.n < 0 OR x.u % 25 = y.i % 25 CREATE (x)-[:R]->(y)");
  }
  for (std::string rest :
       {"y.k", "y.k DESC", "y.t", "y.t DESC", "x.v", "y.i / 3.0 DESC", "x.u DESC", "toString(x.u) DESC", "x.u"})
    expect_same("MATCH (x:$)-[:R]->(y) RETURN y.k, y.t, x.u, y.i ORDER BY x.n, " + rest + ", x.u, y.i LIMIT 20", 1);
  const auto rows = rows_of_operators("MATCH (x:Indexed)-[:R]->(y) RETURN x.u ORDER BY x.n, y.k, x.u, y.i LIMIT 20");
  ASSERT_EQ(presorted(), 1u);
  EXPECT_EQ(rows[incremental_sort(*plan_->root)->right->id], 0u);
  EXPECT_GT(rows[incremental_sort(*plan_->root)->left->id], 12000u);
}

TEST_F(ExecIncrementalSort, GoesOnAfterYielding) {
  const Rows wanted = run("MATCH (x:Indexed) RETURN x.n, x.u ORDER BY x.n, x.w, x.u LIMIT 60");
  const Rows skewed = run("MATCH (x:Indexed) RETURN x.u ORDER BY x.skewed, x.w, x.u LIMIT 60");
  budget_ = 10;
  EXPECT_EQ(run("MATCH (x:Indexed) RETURN x.n, x.u ORDER BY x.n, x.w, x.u LIMIT 60"), wanted);
  EXPECT_GT(yields_, 0u);
  yields_ = 0;
  EXPECT_EQ(run("MATCH (x:Indexed) RETURN x.u ORDER BY x.skewed, x.w, x.u LIMIT 60"), skewed);
  EXPECT_GT(yields_, 0u);
}

TEST_F(ExecIncrementalSort, IsNotTakenWhereItDoesNotPay) {
  expect_sort_of_all("MATCH (x:Indexed) RETURN x.n ORDER BY x.n, x.u");
  expect_sort_of_all("MATCH (x:Indexed) RETURN x.n ORDER BY x.n, x.u LIMIT 2000");
  expect_sort_of_all("MATCH (x:Indexed) RETURN x.n ORDER BY x.same, x.u LIMIT 5");
  expect_sort_of_all("MATCH (x:Indexed) RETURN x.n ORDER BY x.w, x.n LIMIT 5");
  expect_sort_of_all("MATCH (x:Indexed) RETURN x.n ORDER BY -x.n, x.u LIMIT 5");
  expect_sort_of_all("MATCH (x:Indexed) RETURN x.n ORDER BY x.n NULLS FIRST, x.u LIMIT 5");
  expect_sort_of_all("MATCH (x:Indexed) WHERE x.n IN [3, 2] RETURN x.n ORDER BY x.n, x.u LIMIT 5");
  expect_sort_of_all("MATCH (x:Indexed) RETURN DISTINCT x.n AS n, x.w AS w ORDER BY n, w LIMIT 5");
  expect_sort_of_all("MATCH (x:Indexed {a: 17}) RETURN x.u ORDER BY x.a, x.u LIMIT 5");
}

TEST_F(ExecIncrementalSort, IsExplained) {
  run("MATCH (x:Indexed) RETURN x.u ORDER BY x.n DESC, x.w LIMIT 5");
  const std::string text = plan::explain_text(*plan_, nullptr, indexes_);
  for (std::string part : {"->  Incremental Sort", "Sort Key: x.n DESC, x.w\n", "Presorted Key: x.n DESC\n",
                           "Node Index Scan on Indexed(n)", "Order: descending", "->  Top-N Sort"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

}  // namespace
}  // namespace elegraph::query::exec
