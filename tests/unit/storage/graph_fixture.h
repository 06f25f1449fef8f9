// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/conflict.h"
#include "storage/graph.h"
#include "storage/rcu.h"

namespace elegraph::storage {

// One client of a graph.
struct Session {
  explicit Session(Graph& g) : graph(g), slot(g.open_slot()) {}
  ~Session() {
    t.reset();
    graph.close_slot(slot);
  }
  Transaction& begin() {
    t.reset();
    t = graph.begin(slot);
    return *t;
  }
  void commit() {
    std::exception_ptr error;
    t->commit(Durability::kOff, [&](std::exception_ptr e) { error = e; });
    t.reset();
    if (error) std::rethrow_exception(error);
  }
  Transaction* operator->() { return t.get(); }
  Reader reader() { return Reader(graph, t->snapshot()); }

  Value get(NodeId n, KeyId k) {
    rcu::ReadGuard guard;
    return reader().property(n, k);
  }
  std::vector<uint32_t> out(NodeId n, RelTypeId type, Direction d = Direction::kOut) {
    rcu::ReadGuard guard;
    NeighborScratch scratch;
    Neighbors found = reader().neighbors(n, d, type, scratch);
    EXPECT_EQ(found.count, reader().degree(n, d, type));
    std::vector<uint32_t> ids;
    for (uint32_t i = 0; i < found.count; ++i) ids.push_back(found.nodes[i].value);
    if (found.sorted) {
      EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  uint32_t count_nodes() {
    rcu::ReadGuard guard;
    uint32_t n = 0;
    Selection rows;
    for (uint32_t c = 0; c < reader().node_chunks(); ++c) reader().visible_nodes(ChunkId(c), rows), n += rows.count;
    return n;
  }

  Graph& graph;
  Graph::SnapshotSlot* slot;
  std::unique_ptr<Transaction> t;
};

struct GraphTest : ::testing::Test {
  GraphTest()
      : label(graph.catalog().intern_label("Person")),
        set(graph.catalog().intern_label_set(std::vector{label})),
        knows(graph.catalog().intern_rel_type("KNOWS")),
        age(graph.catalog().intern_key("age")),
        name(graph.catalog().intern_key("name")) {}

  std::vector<NodeId> make_nodes(uint32_t n) {
    Session s(graph);
    s.begin();
    std::vector<NodeId> ids;
    for (uint32_t i = 0; i < n; ++i) {
      ids.push_back(s->create_node(set));
      s->set_property(ids.back(), age, Value::integer(i));
    }
    s.commit();
    return ids;
  }
  void vacuum_all() {
    for (int i = 0; i < 4; ++i) graph.vacuum();
  }

  Graph graph;
  LabelId label;
  LabelSetId set;
  RelTypeId knows;
  KeyId age, name;
};

}  // namespace elegraph::storage
