// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <random>
#include <set>

#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

struct Edge {
  uint32_t source, target, type;
};

// A pattern of single relationships, and every match of it by trying all of them.
struct Pattern {
  struct Step {
    uint32_t from, to;
    std::string types;  // "", "A", "B" or "A|B"
    Direction direction;
  };
  std::vector<bool> labelled;  // by node: must be :L
  std::vector<Step> steps;
  bool ordered = false;  // n0.id < n1.id

  std::string text() const {
    std::string out = "MATCH ";
    std::set<uint32_t> seen;
    auto node = [&](uint32_t n) { return "(n" + std::to_string(n) + (seen.insert(n).second && labelled[n] ? ":L)" : ")"); };
    for (size_t i = 0; i < steps.size(); i++) {
      const Step& s = steps[i];
      std::string inner = "-[r" + std::to_string(i) + (s.types.empty() ? "" : ":" + s.types) + "]-";
      out += (i ? ", " : "") + node(s.from) + (s.direction == Direction::kIn ? "<" : "") + inner +
             (s.direction == Direction::kOut ? ">" : "") + node(s.to);
    }
    return out + (ordered ? " WHERE n0.id < n1.id" : "");
  }

  // Each match as "node ids, relationship ids", sorted.
  std::vector<std::string> matches(const std::vector<Edge>& edges, const std::vector<bool>& labels) const {
    std::vector<std::string> out;
    std::vector<int> nodes(labelled.size(), -1), rels;
    std::function<void()> extend = [&] {
      if (rels.size() == steps.size()) {
        if (ordered && nodes[0] >= nodes[1]) return;
        std::string row;
        for (int n : nodes) row += (row.empty() ? "" : " ") + std::to_string(n);
        for (int r : rels) row += " " + std::to_string(r);
        out.push_back(row);
        return;
      }
      const Step& s = steps[rels.size()];
      for (uint32_t e = 0; e < edges.size(); e++) {
        const Edge& edge = edges[e];
        bool typed = s.types.empty() || s.types.find(char('A' + edge.type)) != std::string::npos;
        if (!typed || std::find(rels.begin(), rels.end(), int(e)) != rels.end()) continue;
        auto go = [&](uint32_t from, uint32_t to) {
          auto saved = nodes;
          for (auto [pattern, node] : {std::pair(s.from, from), std::pair(s.to, to)}) {
            if (nodes[pattern] != -1 && nodes[pattern] != int(node)) return void(nodes = saved);
            if (labelled[pattern] && !labels[node]) return void(nodes = saved);
            nodes[pattern] = int(node);
          }
          rels.push_back(int(e));
          extend();
          rels.pop_back();
          nodes = saved;
        };
        if (s.direction != Direction::kIn) go(edge.source, edge.target);
        if (s.direction == Direction::kIn || (s.direction == Direction::kBoth && edge.source != edge.target))
          go(edge.target, edge.source);
      }
    };
    extend();
    std::sort(out.begin(), out.end());
    return out;
  }
};

class ExecIntersect : public ExecTest {
 protected:
  uint32_t below(uint32_t n) { return uint32_t(rng_() % n); }

  void make_graph(uint32_t nodes, uint32_t edges) {
    run("MATCH (n) DETACH DELETE n");
    labels_.clear(), edges_.clear();
    for (uint32_t i = 0; i < nodes; i++) {
      labels_.push_back(below(3) > 0);
      run("CREATE (:N" + std::string(labels_[i] ? ":L" : "") + " {id: " + std::to_string(i) + "})");
    }
    for (uint32_t i = 0; i < edges; i++) add_edge(nodes);
  }
  // Low numbers come more often: loops and parallel relationships do.
  void add_edge(uint32_t nodes) {
    const Edge e{below(below(nodes) + 1), below(below(nodes) + 1), below(2)};
    edges_.push_back(e);
    run("MATCH (a:N {id: " + std::to_string(e.source) + "}), (b:N {id: " + std::to_string(e.target) +
        "}) CREATE (a)-[:" + std::string(1, char('A' + e.type)) + " {id: " + std::to_string(edges_.size() - 1) + "}]->(b)");
  }

  Pattern make_pattern(uint32_t nodes, uint32_t steps) {
    Pattern p;
    p.ordered = below(3) == 0;
    for (uint32_t i = 0; i < nodes; i++) p.labelled.push_back(below(4) == 0);
    for (uint32_t i = 0; i < steps; i++) {
      uint32_t from = i + 1 < nodes ? i : below(nodes), to = i + 1 < nodes ? i + 1 : below(nodes);
      if (i + 1 == nodes) to = 0, from = nodes - 1;
      const uint32_t types = below(5), direction = below(3);
      static constexpr const char* kTypes[] = {"", "A", "A", "B", "A|B"};
      static constexpr Direction kDirections[] = {Direction::kOut, Direction::kIn, Direction::kBoth};
      p.steps.push_back({from, to, kTypes[types], kDirections[direction]});
    }
    return p;
  }

  void check(const Pattern& p) {
    auto expected = p.matches(edges_, labels_);
    std::string text = p.text(), columns;
    for (size_t i = 0; i < p.labelled.size(); i++) columns += (i ? ", n" : "n") + std::to_string(i) + ".id";
    std::string nodes = columns;
    for (size_t i = 0; i < p.steps.size(); i++) columns += ", r" + std::to_string(i) + ".id";
    EXPECT_EQ(run(text + " RETURN count(*)"), Rows{std::to_string(expected.size())}) << text;
    for (auto n = plan_->root.get(); n; n = n->left.get()) intersections_ += n->kind == plan::NodeKind::kIntersect;
    EXPECT_EQ(run(text + " RETURN " + columns), expected) << text;
    // Nodes alone: relationships are not carried.
    Rows only_nodes;
    for (const std::string& row : expected) {
      size_t end = 0;
      for (size_t i = 0; i < p.labelled.size(); i++) end = row.find(' ', end) + 1;
      only_nodes.push_back(row.substr(0, end - 1));
    }
    std::sort(only_nodes.begin(), only_nodes.end());
    EXPECT_EQ(run(text + " RETURN " + nodes), only_nodes) << text;
  }

  std::mt19937 rng_{7};
  std::vector<bool> labels_;
  std::vector<Edge> edges_;
  uint64_t intersections_ = 0;
};

TEST_F(ExecIntersect, FindsWhatTryingAllFinds) {
  for (int graph = 0; graph < 12; graph++) {
    const uint32_t most = 5 + below(5);  // compilers differ in the order of arguments
    make_graph(most, 10 + below(20));
    if (graph % 2) graph_.vacuum();
    for (int i = 0; i < 12; i++) {
      uint32_t nodes = 3 + below(2);
      check(make_pattern(nodes, nodes + below(nodes == 3 ? 3 : 2)));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(intersections_, 50u);
}

TEST_F(ExecIntersect, GoesOnAfterYields) {
  make_graph(9, 60);
  for (int64_t budget : {0, 3, 50}) {
    budget_ = budget;
    for (int i = 0; i < 10; i++) check(make_pattern(3, 3));
  }
  EXPECT_GT(yields_, 0u);
}

TEST_F(ExecIntersect, HandsOnMoreThanOneBatch) {
  // 40 * 60 * 50 ways over parallel relationships.
  run("CREATE (a:N {id: 0}), (b:N {id: 1}), (c:N {id: 2}) FOREACH (i IN range(1, 40) | CREATE (a)-[:A]->(b))"
      " FOREACH (i IN range(1, 60) | CREATE (b)-[:A]->(c)) FOREACH (i IN range(1, 50) | CREATE (c)-[:A]->(a))");
  EXPECT_EQ(run("MATCH (a {id: 0})-[:A]->(b)-[:A]->(c)-[:A]->(a) RETURN count(*)"), Rows{"120000"});
  EXPECT_EQ(run("MATCH (a {id: 0})-[:A]->(b)-[:A]->(c)-[r:A]->(a) RETURN count(DISTINCT r), sum(c.id)"), Rows{"50 240000"});
}

}  // namespace
}  // namespace elegraph::query::exec
