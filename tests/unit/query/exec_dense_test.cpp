// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <numeric>

#include "exec_fixture.h"
#include "query/exec/dense_columns.h"
#include "query/exec/state.h"

namespace elegraph::query::exec {
namespace {

constexpr int64_t kNodes = 10'000, kDegree = 5;

int64_t far_end(int64_t i, int64_t j) { return (i * 7 + j * 13) % kNodes; }

// Many more relationships than nodes, so that what is read at their ends is read from a dense column after a
// while.
class ExecDense : public ExecTest {
 protected:
  ExecDense() {
    create_index("P", {"i"});
    run("UNWIND range(0, 9999) AS i CREATE (:P {i: i, small: i % 100 - 50, wide: i * 1000000007, real: i * "
        "0.5, "
        "even: i % 2 = 0, name: 'the name of ' + toString(i % 10)})");
    run("MATCH (a:P) UNWIND range(1, 5) AS j MATCH (b:P {i: (a.i * 7 + j * 13) % 10000}) CREATE "
        "(a)-[:R {w: a.i * 10 + j}]->(b)");
  }

  // The relationship's w: which of the near node's it is does not matter but for the far node that they lead to.
  static int64_t edge_sum(int64_t near, int64_t far) {
    for (int64_t j = 1; j <= kDegree; j++)
      if (far_end(near, j) == far) return near * 10 + j;
    return 0;
  }

  // The sum of f(near, far) over all relationships.
  static std::string total(const std::function<int64_t(int64_t, int64_t)>& f) {
    int64_t sum = 0;
    for (int64_t i = 0; i < kNodes; i++)
      for (int64_t j = 1; j <= kDegree; j++) sum += f(i, far_end(i, j));
    return std::to_string(sum);
  }
  void expect(std::string_view text, const std::function<int64_t(int64_t, int64_t)>& f) {
    EXPECT_EQ(run(text), Rows{total(f)}) << text;
  }
  // All values of one property, by a column made for them; empty where none was.
  std::vector<std::string> dense_values(std::string_view key, uint32_t step = 97) {
    prepare("MATCH (n:P) RETURN n", {});
    rcu::ReadGuard guard;
    State state(context_, *plan_);
    auto column = DenseColumn::make(state, EntityKind::kNode, *graph_.catalog().find_key(key));
    if (!column) return {};
    std::vector<NodeId> ids(100);
    for (uint32_t i = 0; i < ids.size(); i++) ids[i] = NodeId(i * step);
    Vector out;
    EXPECT_TRUE(column->gather(&ids[0].value, {nullptr, 100}, out));
    std::vector<std::string> values;
    for (uint32_t i = 0; i < ids.size(); i++) {
      EXPECT_TRUE(equivalent(out.value(i), state.reader.property(ids[i], *graph_.catalog().find_key(key)))) << key << i;
      append_json(values.emplace_back(), out.value(i), json_);
    }
    const uint32_t beyond = 1u << 30;
    EXPECT_FALSE(column->gather(&beyond, {nullptr, 1}, out));
    return values;
  }
};

TEST_F(ExecDense, ColumnsHaveTheNodesValues) {
  for (const char* key : {"i", "small", "wide", "real", "even", "name"}) EXPECT_EQ(dense_values(key).size(), 100u) << key;
}

TEST_F(ExecDense, ColumnsKeepNulls) {
  run("MATCH (n:P) WHERE n.i % 2 = 1 REMOVE n.small, n.name");
  run("UNWIND range(1, 3000) AS i CREATE (:Q)");
  EXPECT_EQ(dense_values("small")[1], "null");
  EXPECT_EQ(dense_values("name")[1], "null");
  expect("MATCH (a:P)-[:R]->(b) RETURN count(b.small)", [](auto, auto b) { return b % 2 == 0; });
  expect("MATCH (a:P)-[:R]->(b) WHERE b.small > 10 RETURN count(*)",
         [](auto, auto b) { return b % 2 == 0 && b % 100 - 50 > 10; });
  expect("MATCH (a:P)-[:R]->(b) WHERE b.small > a.small RETURN count(*)",
         [](auto a, auto b) { return a % 2 == 0 && b % 2 == 0 && b % 100 > a % 100; });
}

// Other nodes come before and after those that have it.
TEST_F(ExecDense, ColumnsOfSomeChunks) {
  run("UNWIND range(0, 5999) AS i CREATE (:Q {number: i, title: 'title ' + toString(i), flag: i % 3 = 0})");
  run("UNWIND range(0, 5999) AS i CREATE (:S)");
  for (const char* key : {"number", "title", "flag"}) {
    const std::vector<std::string> values = dense_values(key, 219);
    EXPECT_EQ(values[0], "null") << key;
    EXPECT_NE(values[50], "null") << key;
    EXPECT_EQ(values[99], "null") << key;
  }
  run("MATCH (a:P), (q:Q {number: a.i}) CREATE (a)-[:TO]->(q)");
  expect("MATCH (a:P)-[:R]->(b)-[:TO]->(c) RETURN sum(c.number)", [](auto, auto b) { return b < 6000 ? b : 0; });
  expect("MATCH (a:P)-[:R]->(b) OPTIONAL MATCH (b)-[:TO]->(c) RETURN sum(coalesce(c.number, b.number, 1))",
         [](auto, auto b) { return b < 6000 ? b : 1; });
  expect("MATCH (a:P)-[:R|TO]->(b) RETURN count(b.number)", [](auto a, auto b) { return b == far_end(a, 1) && a < 6000; });
}

TEST_F(ExecDense, MixedColumnsHaveNone) {
  run("MATCH (n:P {i: 97}) SET n.small = 'text'");
  EXPECT_TRUE(dense_values("small").empty());
  expect("MATCH (a:P)-[:R]->(b) WHERE b.small > 10 RETURN count(*)",
         [](auto, auto b) { return b != 97 && b % 100 - 50 > 10; });
}

TEST_F(ExecDense, WholeGraphShapes) {
  expect("MATCH (a:P)-[:R]->(b:P) WHERE b.small > a.small RETURN count(*)",
         [](auto a, auto b) { return b % 100 > a % 100; });
  expect("MATCH (a:P)-[:R]->(b:P) WHERE b.real > a.real RETURN count(*)", [](auto a, auto b) { return b > a; });
  expect("MATCH (a:P)-[:R]->(b:P) WHERE a.small <> b.small AND a.wide < b.wide RETURN count(b)",
         [](auto a, auto b) { return a % 100 != b % 100 && a < b; });
  expect("MATCH (a:P)-[:R]->(b:P) RETURN sum(b.wide)", [](auto, auto b) { return b * 1000000007; });
  expect("MATCH (a:P)-[:R]->(b:P) WHERE b.name ENDS WITH 'of 3' RETURN count(*)", [](auto, auto b) { return b % 10 == 3; });
  expect("MATCH (a:P)-[:R]->(b:P) WHERE b.even RETURN count(*)", [](auto, auto b) { return b % 2 == 0; });
  expect("MATCH (a:P)-[:R]-(b:P) RETURN sum(b.i)", [](auto a, auto b) { return a == b ? a : a + b; });
  expect("MATCH (a:P) WHERE a.i < 5000 MATCH (a)-[r:R]->(b:P) WHERE b.small = 0 RETURN count(r)",
         [](auto a, auto b) { return a < 5000 && b % 100 == 50; });
}

TEST_F(ExecDense, RelationshipsOfTypesWithTheProperty) {
  run("MATCH (a:P) WHERE a.i < 9000 MATCH (b:P {i: a.i + 1}) CREATE (a)-[:T]->(b)");
  expect("MATCH (a:P)-[r:R]->(b:P) RETURN sum(r.w)", [](auto a, auto b) { return edge_sum(a, b); });
  expect("MATCH (a:P)-[r]->(b:P) RETURN sum(r.w)", [](auto a, auto b) { return edge_sum(a, b); });
  expect("MATCH (a:P)-[r]->(b:P) RETURN count(r.w)", [](auto, auto) { return 1; });
  expect(
      "MATCH (a:P)-[r]-(b:P) WHERE r.w > 5000 AND r.w IS NOT NULL RETURN sum(CASE WHEN a.i * 10 = r.w - r.w % 10 THEN 1 "
      "ELSE 0 END)",
      [](auto a, auto) { return a * 10 >= 5000; });
  run("MATCH (a:P {i: 3})-[r:R]->() SET r.w = 'text'");
  expect("MATCH (a:P)-[r]->(b:P) WHERE r.w > 5000 RETURN count(*)", [](auto a, auto) { return a * 10 >= 5000; });
}

TEST_F(ExecDense, EndsWithOtherLabelsAreDropped) {
  run("MATCH (n:P) WHERE n.i % 3 = 0 SET n:Q REMOVE n:P");
  expect("MATCH (a)-[r:R]->(b:P) RETURN sum(b.i)", [](auto, auto b) { return b % 3 ? b : 0; });
}

// What others write while the statement runs is not seen, nor does it break what was read.
TEST_F(ExecDense, WritersBesideAreNotSeen) {
  prepare("MATCH (a:P)-[:R]->(b:P) WHERE b.small > a.small RETURN count(*), sum(b.i)", {});
  storage::Graph::SnapshotSlot* slot = graph_.open_slot();
  auto writer = graph_.begin(slot);
  KeyId small = writer->key("small"), i = writer->key("i");
  for (uint32_t n = 0; n < kNodes; n += 3) {
    writer->set_property(NodeId(n), small, Value::integer(1'000'000));
    writer->set_property(NodeId(n), i, Value::string("text"));
  }
  std::string sum = total([](auto a, auto b) { return b % 100 > a % 100 ? b : 0; });
  std::string count = total([](auto a, auto b) { return b % 100 > a % 100; });
  EXPECT_EQ(drain(), Rows{count + " " + sum});
  finish();
  writer->rollback();
  writer.reset();
  graph_.close_slot(slot);
}

// The same property of relationships of other types, of another type at that, is nothing to a column of one type.
TEST_F(ExecDense, ColumnsAreOfOneTypeOfRelationship) {
  run("MATCH (a:P) WITH a SKIP 1000 LIMIT 5000 MATCH (b:P {i: a.i}) CREATE (a)-[:S {w: a.i * 0.5}]->(b)");
  run("MATCH (a:P) WHERE a.i < 5000 MATCH (b:P {i: a.i + 1}) CREATE (a)-[:T {w: 'text ' + toString(a.i)}]->(b)");
  prepare("MATCH (n:P) RETURN n", {});
  {
    rcu::ReadGuard guard;
    State state(context_, *plan_);
    const KeyId key = *graph_.catalog().find_key("w");
    EXPECT_EQ(DenseColumn::make(state, EntityKind::kRelationship, key), nullptr);
    for (std::string_view name : {"R", "S", "T"}) {
      const RelTypeId type = *graph_.catalog().find_rel_type(name);
      const auto column = DenseColumn::make(state, EntityKind::kRelationship, key, type);
      ASSERT_TRUE(column) << name;
      uint32_t answered = 0, other = 0;
      for (uint32_t id = 0; id < state.reader.relationship_chunks() * kChunkRows; id++) {
        if (!state.reader.visible(RelId(id))) continue;
        Vector out;
        const bool here = column->gather(&id, {nullptr, 1}, out);
        answered += here, other += here && state.reader.type(RelId(id)) != type;
        if (here) {
          EXPECT_TRUE(equivalent(out.value(0), state.reader.property(RelId(id), key))) << name << id;
        }
      }
      EXPECT_EQ(answered, name == "R" ? 50'000u : 5'000u) << name;
      EXPECT_EQ(other, 0u) << name;
    }
  }
  expect("MATCH (a:P)-[r:R]->() RETURN sum(r.w)", edge_sum);
  EXPECT_EQ(run("MATCH (:P)-[r:S]->() RETURN count(r.w), sum(r.w)"), Rows{"5000 8748750.0"});
  EXPECT_EQ(run("MATCH (:P)-[r:T]->() RETURN count(r.w), min(r.w), max(r.w)"), Rows{"5000 \"text 0\" \"text 999\""});
  EXPECT_EQ(run("MATCH (:P)-[r:R|S|T]-() RETURN count(r.w), count(DISTINCT r.w)"),
            run("MATCH (:P)-[r:R|S|T]-() RETURN count(r), count(DISTINCT coalesce(r.w, 0))"));
}

// A transaction that has written sees its own values.
TEST_F(ExecDense, OwnWritesAreSeen) {
  expect("MATCH (n:P) SET n.small = 7 WITH count(*) AS c MATCH (a:P)-[:R]->(b:P) RETURN sum(b.small)",
         [](auto, auto) { return 7; });
}

}  // namespace
}  // namespace elegraph::query::exec
