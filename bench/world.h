// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "index/index_set.h"
#include "storage/graph.h"
#include "storage/rcu.h"

namespace bench {

// A graph in memory for micro-benchmarks: people with ids, ages and names, unique by id, each knowing ten
// others at random. Used by one thread.
class World {
 public:
  static constexpr uint32_t kPeople = 100'000, kFriends = 10;

  World() {
    indexes_.attach(graph_);
    graph_.observe(&indexes_.labels());
    graph_.observe(&indexes_);
    slot_ = graph_.open_slot();
    load();
    elegraph::index::IndexDefinition id;
    id.label = "Person";
    id.keys = {"id"};
    id.constraint = elegraph::index::ConstraintKind::kUnique;
    indexes_.create(id, slot_, [] { return false; });
    while (graph_.vacuum()) {}
  }

  elegraph::storage::Graph& graph() { return graph_; }
  elegraph::index::IndexSet& indexes() { return indexes_; }
  std::unique_ptr<elegraph::storage::Transaction> begin() { return graph_.begin(slot_); }
  elegraph::KeyId key(const char* name) { return graph_.catalog().find_key(name).value(); }
  elegraph::RelTypeId knows() { return graph_.catalog().find_rel_type("KNOWS").value(); }

 private:
  void load() {
    using elegraph::Value;
    auto t = graph_.begin(slot_);
    elegraph::LabelId person = t->label("Person");
    elegraph::LabelSetId labels = graph_.catalog().intern_label_set({&person, 1});
    elegraph::KeyId id = t->key("id"), age = t->key("age"), name = t->key("name");
    elegraph::RelTypeId knows = t->rel_type("KNOWS");
    std::mt19937 random(1);
    std::vector<elegraph::NodeId> nodes;
    for (uint32_t i = 0; i < kPeople; i++) {
      elegraph::NodeId n = t->create_node(labels);
      nodes.push_back(n);
      t->set_property(n, id, Value::integer(i));
      t->set_property(n, age, Value::integer(random() % 90));
      t->set_property(n, name, Value::string("person number " + std::to_string(i)));
    }
    for (elegraph::NodeId n : nodes)
      for (uint32_t i = 0; i < kFriends; i++) t->create_relationship(knows, n, nodes[random() % kPeople]);
    t->commit(elegraph::storage::Durability::kOff, [](std::exception_ptr) {});
  }

  elegraph::index::IndexSet indexes_;
  elegraph::storage::Graph graph_;
  elegraph::storage::Graph::SnapshotSlot* slot_;
};

// One for all benchmarks of the program: making it takes a second.
inline World& world() {
  static World one;
  return one;
}

}  // namespace bench
