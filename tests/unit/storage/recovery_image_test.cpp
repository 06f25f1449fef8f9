// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <random>
#include <set>
#include <utility>

#include "graph_fixture.h"
#include "storage/chunk_image.h"
#include "storage/commit_log.h"
#include "storage/redo.h"

namespace elegraph::storage {
namespace {

// Keeps the redo of every commit.
struct RecordingLog : CommitLog {
  void submit(Entry entry) override {
    log.push_back(entry.redo);
    entry.publish(log.size(), nullptr);
  }
  std::vector<std::string> log;
};

// Everything that a snapshot of now sees, as text.
std::string dump(Graph& g) {
  Session s(g);
  s.begin();
  rcu::ReadGuard guard;
  Reader r = s.reader();
  std::string out;
  Selection rows;
  std::set<std::string> properties;  // they have no order
  auto add = [&](KeyId k, const Value& v) {
    properties.insert(" " + std::string(g.catalog().name(k)) + "=" +
                      (v.type() == Type::kString ? std::string(v.as_string()) : std::to_string(v.as_int())));
  };
  auto add_properties = [&] {
    for (auto& text : std::exchange(properties, {})) out += text;
  };
  for (uint32_t c = 0; c < r.node_chunks(); ++c) {
    r.visible_nodes(ChunkId(c), rows);
    for (uint32_t i = 0; i < rows.count; ++i) {
      NodeId n(c * kChunkRows + rows.slots[i]);
      out += "\nn" + std::to_string(n.value) + ":";
      for (LabelId l : g.catalog().labels(r.label_set(n))) out += std::string(g.catalog().name(l)) + ",";
      r.properties(n, add);
      add_properties();
      for (uint32_t t = 0; t < g.catalog().rel_type_count(); ++t)
        for (Direction d : {Direction::kOut, Direction::kIn}) {
          NeighborScratch scratch;
          Neighbors found = r.neighbors(n, d, RelTypeId(t), scratch);
          std::vector<uint64_t> pairs;
          for (uint32_t k = 0; k < found.count; ++k)
            pairs.push_back(uint64_t{found.nodes[k].value} << 32 | found.rels[k].value);
          if (found.sorted) {
            EXPECT_TRUE(std::is_sorted(pairs.begin(), pairs.end()));
          }
          std::sort(pairs.begin(), pairs.end());
          for (uint64_t p : pairs) out += " " + std::to_string(p >> 32) + "/" + std::to_string(uint32_t(p));
        }
    }
  }
  for (uint32_t c = 0; c < r.relationship_chunks(); ++c) {
    r.visible_relationships(ChunkId(c), rows);
    for (uint32_t i = 0; i < rows.count; ++i) {
      RelId rel(c * kChunkRows + rows.slots[i]);
      out += "\nr" + std::to_string(rel.value) + " " + std::to_string(r.source(rel).value) + ">" +
             std::to_string(r.target(rel).value);
      r.properties(rel, add);
      add_properties();
    }
  }
  return out;
}

struct Workload {
  explicit Workload(Graph& g) : graph(g), session(g), random(7) {}

  // One transaction of random changes, rolled back in part or as a whole now and then.
  void step() {
    Transaction& t = session.begin();
    std::vector<NodeId> nodes_before = nodes;
    std::vector<RelId> rels_before = rels;
    auto point = t.savepoint();
    for (int i = 0; i < 20; ++i) {
      change(t);
      if (random() % 10 == 0) {
        point = t.savepoint();
        nodes_before = nodes, rels_before = rels;
      }
    }
    if (random() % 3 == 0) t.rollback_to(point), nodes = nodes_before, rels = rels_before;
    session.commit();
    if (random() % 3 == 0) graph.vacuum();
  }

  void change(Transaction& t) {
    uint32_t what = random() % 10;
    if (what < 3 || nodes.size() < 5) {
      LabelId label = t.label(random() % 2 ? "A" : "B");
      nodes.push_back(t.create_node(graph.catalog().intern_label_set(std::vector{label})));
    } else if (what < 5) {
      rels.push_back(t.create_relationship(t.rel_type(random() % 2 ? "R" : "S"), node(), node()));
    } else if (what < 7) {
      Value v = random() % 3 ? Value::integer(int64_t(random() % 100)) : Value::string(std::string(random() % 20, 'x'));
      t.set_property(node(), t.key("k" + std::to_string(random() % 3)), random() % 5 ? v : Value());
    } else if (what == 7 && !rels.empty()) {
      t.set_property(rels[random() % rels.size()], t.key("w"), Value::integer(int64_t(random() % 100)));
    } else if (what == 8 && !rels.empty()) {
      size_t i = random() % rels.size();
      t.delete_relationship(rels[i]);
      rels.erase(rels.begin() + std::ptrdiff_t(i));
    } else if (what == 9) {
      if (random() % 2)
        t.add_label(node(), t.label("C"));
      else
        t.remove_label(node(), t.label("C"));
    }
  }
  NodeId node() { return nodes[random() % nodes.size()]; }

  Graph& graph;
  Session session;
  std::mt19937 random;
  std::vector<NodeId> nodes;
  std::vector<RelId> rels;
};

TEST(RecoveryImage, RedoMakesTheSameGraphAgain) {
  RecordingLog log;
  std::string expected;
  {
    Graph graph;
    graph.attach_log(&log);
    Workload work(graph);
    for (int i = 0; i < 300; ++i) work.step();
    expected = dump(graph);
  }
  Graph again;
  for (size_t i = 0; i < log.log.size(); ++i) redo::apply(again, log.log[i], i + 1);
  finish_recovery(again, log.log.size(), 2);
  EXPECT_EQ(dump(again), expected);
  EXPECT_EQ(again.last_committed(), log.log.size());
  Workload more(again);
  for (int i = 0; i < 20; ++i) more.step();
}

TEST(RecoveryImage, ChunkImagesAndLaterRedoMakeTheSameGraphAgain) {
  RecordingLog log;
  std::string expected, catalog;
  std::vector<std::pair<uint32_t, std::string>> nodes, rels;
  size_t checkpoint_at;
  uint64_t rel_count;
  {
    Graph graph;
    graph.attach_log(&log);
    Workload work(graph);
    for (int i = 0; i < 150; ++i) work.step();
    Session checkpoint(graph);
    checkpoint.begin();
    checkpoint_at = log.log.size();
    for (int i = 0; i < 10; ++i) work.step();  // beside the checkpoint
    export_catalog(graph.catalog(), catalog);
    for (uint32_t c = 0; c < checkpoint.reader().node_chunks(); ++c)
      export_node_chunk(graph, ChunkId(c), checkpoint->snapshot(), nodes.emplace_back(c, "").second);
    for (uint32_t c = 0; c < checkpoint.reader().relationship_chunks(); ++c)
      export_relationship_chunk(graph, ChunkId(c), checkpoint->snapshot(), rels.emplace_back(c, "").second);
    checkpoint.t.reset();
    for (int i = 0; i < 150; ++i) work.step();
    expected = dump(graph);
    rel_count = graph.statistics().relationship_count();
    for (int i = 0; i < 5; ++i) graph.vacuum();
    for (uint32_t c = 0; c < nodes.size(); ++c) EXPECT_GT(node_chunk_changed(graph, ChunkId(c)), checkpoint_at);
    EXPECT_LE(node_chunk_changed(graph, ChunkId(0)), log.log.size());
  }
  Graph again;
  import_catalog(again.catalog(), catalog);
  for (auto& [c, image] : nodes) import_node_chunk(again, ChunkId(c), image);
  for (auto& [c, image] : rels) import_relationship_chunk(again, ChunkId(c), image);
  for (size_t i = checkpoint_at; i < log.log.size(); ++i) redo::apply(again, log.log[i], i + 1);
  finish_recovery(again, log.log.size(), 2);
  EXPECT_EQ(dump(again), expected);
  EXPECT_EQ(again.statistics().relationship_count(), rel_count);
}

// The lists of relationships between some of `nodes`, at random, whose ids begin at `first_rel`, are those that a plain
// sort makes.
void check_lists(const std::vector<uint32_t>& nodes, uint32_t first_rel, uint32_t rels) {
  Graph graph;
  std::string redo;
  redo::name(redo, NameKind::kLabel, 0, "A");
  redo::name(redo, NameKind::kRelType, 0, "R");
  // The empty set has an id of its own.
  const LabelSetId set(graph.catalog().label_set_count());
  redo::label_set(redo, set, std::vector{LabelId(0)});
  for (const uint32_t node : nodes) redo::create_node(redo, NodeId(node), set);
  std::mt19937 random(rels);
  std::map<uint32_t, std::vector<uint64_t>> lists[2];
  for (uint32_t i = 0; i < rels; ++i) {
    const uint32_t source = nodes[random() % nodes.size()], target = nodes[random() % 8 ? random() % nodes.size() : 0];
    redo::create_relationship(redo, RelId(first_rel + i), RelTypeId(0), NodeId(source), NodeId(target));
    lists[0][source].push_back(uint64_t{target} << 32 | (first_rel + i));
    lists[1][target].push_back(uint64_t{source} << 32 | (first_rel + i));
  }
  redo::apply(graph, redo, 1);
  finish_recovery(graph, 1, 3);
  Session session(graph);
  session.begin();
  const rcu::ReadGuard guard;
  for (const Direction d : {Direction::kOut, Direction::kIn}) {
    for (const uint32_t node : nodes) {
      NeighborScratch scratch;
      const Neighbors found = session.reader().neighbors(NodeId(node), d, RelTypeId(0), scratch);
      std::vector<uint64_t> pairs;
      for (uint32_t i = 0; i < found.count; ++i)
        pairs.push_back(uint64_t{found.nodes[i].value} << 32 | found.rels[i].value);
      auto& expected = lists[d == Direction::kIn][node];
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(pairs, expected) << "node " << node;
    }
  }
  EXPECT_EQ(graph.statistics().relationship_count(), rels);
}

TEST(RecoveryImage, ListsAreRightWhateverTheSizeOfIds) {
  std::vector<uint32_t> nodes;
  for (uint32_t i = 0; i < 3000; ++i) nodes.push_back(i * 7);
  check_lists(nodes, 0, 40'000);
  check_lists({5}, 3 * kChunkRows + 1, 100);
  // Ends and relationships take more than 64 bits together.
  for (uint32_t i = 0; i < 3000; ++i) nodes.push_back(1'000'000 * kChunkRows + i * 3);
  check_lists(nodes, 1'900'000 * kChunkRows, 40'000);
}

TEST(RecoveryImage, DamagedImagesAreToldWithoutACrash) {
  Graph graph;
  {
    Workload work(graph);
    for (int i = 0; i < 20; ++i) work.step();
  }
  std::string image, catalog;
  export_catalog(graph.catalog(), catalog);
  export_node_chunk(graph, ChunkId(0), {graph.last_committed(), nullptr}, image);
  for (size_t cut = 0; cut < image.size(); cut += 7) {
    Graph other;
    import_catalog(other.catalog(), catalog);
    EXPECT_THROW(import_node_chunk(other, ChunkId(0), std::string_view(image).substr(0, cut)), Error);
  }
}

}  // namespace
}  // namespace elegraph::storage
