// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <map>
#include <random>
#include <set>

#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

struct Edge {
  int64_t source, target, type, id;  // of type 0 (R) or 1 (S); its property w is the id
};
using Path = std::vector<const Edge*>;

// Expansions of a random graph with loops, parallel relationships of two types and a hub whose list fills several
// batches, against a search that tries every relationship at every step.
class ExecExpand : public ExecTest, public ::testing::WithParamInterface<int> {
 protected:
  static constexpr int64_t kNodes = 200;

  ExecExpand() : random_engine_(uint64_t(GetParam())) {
    create_index("N", {"i"});
    run("UNWIND range(0, 199) AS i CREATE (:N {i: i, v: i * 7 % 50})");
    run("MATCH (n:N) WHERE n.i % 3 <> 0 SET n:P");
  }

  void create(int64_t count, const std::function<int64_t()>& source) {
    for (int64_t type = 0; type < 2; type++) {
      std::string rows;
      for (int64_t i = 0; i < count; i++) {
        Edge e{source(), any_node(), type, int64_t(edges_.size())};
        if (i % 20 == 0) e.target = e.source;
        edges_.push_back(e);
        if (i % 10 == 0) edges_.push_back({e.source, e.target, type, e.id + 1});
      }
      for (const Edge& e : edges_)
        if (e.type == type && e.id >= created_) rows += "," + row_of(e);
      run("UNWIND [" + rows.substr(1) + "] AS e MATCH (a:N {i: e[0]}), (b:N {i: e[1]}) CREATE (a)-[:" + (type ? "S" : "R") +
          " {w: e[2]}]->(b)");
      created_ = int64_t(edges_.size());
    }
  }
  static std::string row_of(const Edge& e) {
    return "[" + std::to_string(e.source) + "," + std::to_string(e.target) + "," + std::to_string(e.id) + "]";
  }
  int64_t any_node() { return int64_t(random_engine_() % kNodes); }
  void delete_some() {
    run("MATCH ()-[r]->() WHERE r.w % 7 = 3 DELETE r");
    std::erase_if(edges_, [](const Edge& e) { return e.id % 7 == 3; });
  }

  // The node that the relationship leads to from `at`, or -1; arrow: 1 forwards, -1 backwards, 0 either.
  static int64_t step(const Edge& e, int64_t at, int arrow) {
    if (arrow >= 0 && e.source == at) return e.target;
    return arrow <= 0 && e.target == at ? e.source : -1;
  }
  using Visit = std::function<void(int64_t first, int64_t last, const Path&)>;
  void walk(int64_t first, int64_t at, size_t hops, int arrow, int types, Path& path, const Visit& visit) const {
    if (path.size() == hops) return visit(first, at, path);
    for (const Edge& e : edges_) {
      const int64_t to = step(e, at, arrow);
      if (to < 0 || !(types >> e.type & 1) || std::find(path.begin(), path.end(), &e) != path.end()) continue;
      path.push_back(&e);
      walk(first, to, hops, arrow, types, path, visit);
      path.pop_back();
    }
  }
  void walk(size_t hops, int arrow, int types, const Visit& visit) const {
    Path path;
    for (int64_t n = 0; n < kNodes; n++) walk(n, n, hops, arrow, types, path, visit);
  }

  static int64_t value(int64_t node) { return node * 7 % 50; }
  static bool is_p(int64_t node) { return node % 3 != 0; }

  // The sums of f over all paths, and the distinct last nodes of those with f > 0.
  struct Expected {
    int64_t count = 0, ends = 0, older = 0, labelled = 0, weights = 0;
    std::set<int64_t> distinct, distinct_labelled, distinct_high;
    // From node 5 alone.
    int64_t labelled_of_5 = 0;
    std::set<int64_t> distinct_labelled_of_5;
    std::map<int64_t, int64_t> by_value;
  };
  Expected expected(size_t hops, int arrow, int types) const {
    Expected x;
    walk(hops, arrow, types, [&](int64_t first, int64_t last, const Path& path) {
      x.count++, x.ends += value(last), x.older += value(last) > value(first), x.labelled += is_p(last);
      x.weights += path.back()->id, x.by_value[value(first)]++, x.distinct.insert(last);
      if (is_p(last)) x.distinct_labelled.insert(last);
      if (value(last) > 20) x.distinct_high.insert(last);
      if (first != 5 || !is_p(last)) return;
      x.labelled_of_5++;
      x.distinct_labelled_of_5.insert(last);
    });
    return x;
  }

  static std::string pattern(size_t hops, int arrow, int types) {
    const std::string type = types == 3 ? "" : types == 2 ? ":S" : ":R";
    std::string text = "(a:N)";
    for (size_t i = 1; i <= hops; i++)
      text += std::string(arrow < 0 ? "<-[" : "-[") + (i == hops ? "r" : "") + type + (arrow > 0 ? "]->" : "]-") +
              (i == hops ? "(b" : "()");
    return text;
  }
  void check(size_t hops, int arrow, int types) {
    const Expected x = expected(hops, arrow, types);
    const std::string p = "MATCH " + pattern(hops, arrow, types);
    auto is = [&](const std::string& text, auto... numbers) {
      std::string row;
      ((row += (row.empty() ? "" : " ") + std::to_string(numbers)), ...);
      EXPECT_EQ(run(p + text), Rows{row}) << p << text;
    };
    is(") RETURN count(*)", x.count);
    is(") RETURN count(*), sum(b.v), sum(r.w)", x.count, x.ends, x.weights);
    is(":P) RETURN count(*)", x.labelled);
    is(") WHERE b.v > a.v RETURN count(*)", x.older);
    is(") RETURN count(DISTINCT b)", x.distinct.size());
    is(":P) RETURN count(DISTINCT b)", x.distinct_labelled.size());
    is(") WHERE b.v > 20 RETURN count(DISTINCT b)", x.distinct_high.size());
    // The seek in the index makes it the start, so that the labels are those of ends.
    is(":P) WHERE a.i = 5 RETURN count(*)", x.labelled_of_5);
    is(":P) WHERE a.i = 5 RETURN count(DISTINCT b)", x.distinct_labelled_of_5.size());
    Rows groups;
    for (auto [v, n] : x.by_value) groups.push_back(std::to_string(v) + " " + std::to_string(n));
    std::sort(groups.begin(), groups.end());
    EXPECT_EQ(run(p + ") RETURN a.v, count(b.v)"), groups) << p;
  }
  void check_all(size_t hops) {
    if (GetParam() == 3) budget_ = 300;  // leaves and comes back all the time
    for (int arrow : {1, -1, 0})
      for (int types : {1, 2, 3}) check(hops, arrow, types);
  }
  // As recent changes beside the lists, and after they were folded in; the same with deletions.
  void check_stages(size_t hops) {
    check_all(hops);
    while (graph_.vacuum()) {}
    check_all(hops);
    delete_some();
    check_all(hops);
    while (graph_.vacuum()) {}
    check_all(hops);
  }

  std::mt19937_64 random_engine_;
  std::vector<Edge> edges_;
  int64_t created_ = 0;
};

TEST_P(ExecExpand, OneStepWithAHub) {
  create(500, [&] { return any_node(); });
  create(2500, [] { return 5; });
  check_stages(1);
}

TEST_P(ExecExpand, TwoSteps) {
  create(250, [&] { return any_node(); });
  create(40, [] { return 5; });
  check_stages(2);
}

TEST_P(ExecExpand, ThreeStepsHaveDifferentRelationships) {
  create(60, [&] { return any_node(); });
  while (graph_.vacuum()) {}
  check_all(3);
}

// What the statement itself has changed is there, and what it deleted is not.
TEST_P(ExecExpand, OwnChangesAreSeen) {
  create(250, [&] { return any_node(); });
  while (graph_.vacuum()) {}
  const std::string change =
      "MATCH (x:N {i: 5}), (y:N {i: 6}) CREATE (x)-[:R {w: 0}]->(y), (x)-[:R {w: 0}]->(x) WITH count(*) AS c ";
  edges_.push_back({5, 6, 0, 0});
  edges_.push_back({5, 5, 0, 0});
  for (int arrow : {1, -1, 0}) {
    const Expected x = expected(2, arrow, 3);
    const std::string p = change + "MATCH " + pattern(2, arrow, 3);
    prepare(p + ") RETURN count(*), sum(b.v), sum(r.w)", {});
    EXPECT_EQ(drain(), Rows{std::to_string(x.count) + " " + std::to_string(x.ends) + " " + std::to_string(x.weights)});
    transaction_->rollback();
    prepare(p + ") RETURN count(DISTINCT b)", {});
    EXPECT_EQ(drain(), Rows{std::to_string(x.distinct.size())});
    transaction_->rollback();
  }
}

// Rows without a node and lists of relationships go the general way.
TEST_P(ExecExpand, NullsAndListsOfRelationships) {
  create(200, [&] { return any_node(); });
  int64_t count = 0;
  walk(1, 1, 1, [&](int64_t, int64_t at, const Path& before) {
    Path path = before;
    walk(0, at, 2, 1, 3, path, [&](int64_t, int64_t, const Path&) { count++; });
  });
  EXPECT_EQ(run("MATCH (a:N)-[q:R*1..1]->(b)-[r]->(c) RETURN count(c.v)"), Rows{std::to_string(count)});
  int64_t optional = 0;
  for (int64_t n = 0; n < kNodes; n++) {
    std::vector<int64_t> ends;
    Path path;
    walk(n, n, 1, 1, 2, path, [&](int64_t, int64_t last, const Path&) { ends.push_back(last); });
    for (int64_t end : ends) walk(end, end, 1, 0, 1, path, [&](int64_t, int64_t, const Path&) { optional++; });
  }
  EXPECT_EQ(run("MATCH (a:N) OPTIONAL MATCH (a)-[:S]->(b) WITH a, b MATCH (b)-[:R]-(c) RETURN count(c.v)"),
            Rows{std::to_string(optional)});
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExecExpand, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace elegraph::query::exec
