// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "index/index_set.h"
#include "storage/conflict.h"
#include "storage/error.h"
#include "storage/graph.h"
#include "storage/rcu.h"

namespace elegraph::index {

// A graph in memory with its indexes.
class GraphFixture : public testing::Test {
 protected:
  GraphFixture() {
    indexes.attach(graph);
    graph.observe(&before_indexes);
    graph.observe(&indexes.labels());
    graph.observe(&indexes);
  }
  ~GraphFixture() override {
    graph.close_slot(slot);
    graph.close_slot(other_slot);
  }

  static void commit(std::unique_ptr<storage::Transaction> t) {
    std::promise<std::exception_ptr> done;
    t->commit(storage::Durability::kOn, [&](std::exception_ptr e) { done.set_value(e); });
    if (auto e = done.get_future().get()) std::rethrow_exception(e);
  }
  std::unique_ptr<storage::Transaction> begin() { return graph.begin(slot); }
  std::unique_ptr<storage::Transaction> begin_other() { return graph.begin(other_slot); }
  NodeId create(storage::Transaction& t, const Value& id, std::string_view label = "Person") {
    NodeId node = t.create_node(graph.catalog().intern_label_set(std::vector{t.label(label)}));
    if (!id.is_null()) t.set_property(node, t.key("id"), id);
    return node;
  }
  NodeId create_committed(const Value& id) {
    auto t = begin();
    NodeId node = create(*t, id);
    commit(std::move(t));
    return node;
  }
  void set(storage::Transaction& t, NodeId node, const Value& id) { t.set_property(node, t.key("id"), id); }

  bool create_index(ConstraintKind constraint = ConstraintKind::kNone, std::vector<std::string> keys = {"id"}) {
    return indexes.create({"", EntityKind::kNode, "Person", std::move(keys), constraint, false}, slot, {});
  }
  const PropertyIndex* find(std::vector<std::string> keys = {"id"}) {
    return indexes.find(EntityKind::kNode, "Person", keys);
  }
  std::vector<uint32_t> lookup(std::vector<Value> equal, std::vector<std::string> keys = {"id"}) {
    rcu::ReadGuard guard;
    std::vector<uint32_t> out;
    find(std::move(keys))->lookup(equal, out);
    return out;
  }
  std::vector<uint32_t> lookup(int64_t id) { return lookup(std::vector{Value::integer(id)}); }
  uint64_t entries() {
    rcu::ReadGuard guard;
    return find()->entries();
  }
  void vacuum() {
    for (int i = 0; i < 10; ++i) graph.vacuum();
  }
  template <class F>
  static std::string state_of(F f) {
    try {
      f();
    } catch (const Error& e) {
      return e.sqlstate;
    }
    return "";
  }

  // Calls `work` when a property was set and no index knows of it yet.
  struct BeforeIndexes : storage::ChangeObserver {
    void node_property_set(storage::Transaction&, NodeId, LabelSetId, KeyId, const Value&, const Value&) override {
      if (work) std::exchange(work, nullptr)();
    }
    std::function<void()> work;
  };

  BeforeIndexes before_indexes;
  IndexSet indexes;
  storage::Graph graph;
  storage::Graph::SnapshotSlot* slot = graph.open_slot();
  storage::Graph::SnapshotSlot* other_slot = graph.open_slot();
};

}  // namespace elegraph::index
