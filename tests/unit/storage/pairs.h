// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "storage/database.h"
#include "storage/rcu.h"

namespace elegraph::storage {

// A workload whose every state proves that transactions are whole: pairs (:A {n, v})-[:R {n}]->(:B {n, v}). Each
// transaction makes a pair, gives both ends a new v, or deletes a pair with its relationship. A pair that is not
// whole, or whose ends do not agree, was torn.
using Pairs = std::map<int64_t, int64_t>;  // n -> v

// Blocks until the commit is done; throws what kept it from that.
inline void commit_and_wait(Transaction& transaction, Durability durability = Durability::kOn) {
  // Shared: the log's thread may still be inside of set_value() when this thread goes on.
  const auto done = std::make_shared<std::promise<void>>();
  transaction.commit(durability,
                     [done](std::exception_ptr error) { error ? done->set_exception(error) : done->set_value(); });
  done->get_future().get();
}

class PairSession {
 public:
  explicit PairSession(Graph& graph) : graph_(graph), slot_(graph.open_slot()) {}
  ~PairSession() { graph_.close_slot(slot_); }
  PairSession(const PairSession&) = delete;
  PairSession& operator=(const PairSession&) = delete;

  void create(int64_t n, int64_t v, Durability durability = Durability::kOn) {
    commit(durability, [&](Transaction& t) {
      const NodeId a = node(t, "A", n, v), b = node(t, "B", n, v);
      const RelId r = t.create_relationship(t.rel_type("R"), a, b);
      t.set_property(r, t.key("n"), Value::integer(n));
    });
  }
  void set(int64_t n, int64_t v, Durability durability = Durability::kOn) {
    commit(durability, [&](Transaction& t) {
      for (const NodeId node : find(t, n)) t.set_property(node, t.key("v"), Value::integer(v));
    });
  }
  void remove(int64_t n, Durability durability = Durability::kOn) {
    commit(durability, [&](Transaction& t) {
      const auto nodes = find(t, n);
      for (const NodeId node : nodes) {
        for (const RelId rel : outgoing(t, node)) t.delete_relationship(rel);
      }
      for (const NodeId node : nodes) t.delete_node(node);
      t.check_deletes();
    });
  }
  // Throws std::logic_error for a torn pair.
  Pairs read() {
    const auto transaction = graph_.begin(slot_);
    const rcu::ReadGuard guard;
    const Reader reader(graph_, transaction->snapshot());
    std::map<int64_t, std::multiset<int64_t>> values;
    std::multiset<int64_t> ends;
    each_node(reader, [&](NodeId node) {
      const int64_t n = reader.property(node, key("n")).as_int();
      values[n].insert(reader.property(node, key("v")).as_int());
      if (const auto type = graph_.catalog().find_rel_type("R")) {
        const Neighbors list = reader.neighbors(node, Direction::kOut, *type, scratch_);
        for (uint32_t i = 0; i < list.count; ++i) {
          if (reader.property(list.nodes[i], key("n")).as_int() != n) throw std::logic_error("a pair is crossed");
          if (reader.property(list.rels[i], key("n")).as_int() != n) throw std::logic_error("a relationship is wrong");
          ends.insert(n);
        }
      }
    });
    Pairs pairs;
    for (const auto& [n, v] : values) {
      const bool whole = v.size() == 2 && *v.begin() == *v.rbegin() && ends.count(n) == 1;
      if (!whole) throw std::logic_error("pair " + std::to_string(n) + " is torn");
      pairs[n] = *v.begin();
    }
    if (ends.size() != pairs.size()) throw std::logic_error("relationships without a pair");
    return pairs;
  }

 private:
  template <class F>
  void commit(Durability durability, F&& work) {
    auto transaction = graph_.begin(slot_);
    work(*transaction);
    commit_and_wait(*transaction, durability);
  }
  NodeId node(Transaction& t, std::string_view label, int64_t n, int64_t v) {
    const LabelId id = t.label(label);
    const NodeId node = t.create_node(graph_.catalog().intern_label_set(std::span(&id, 1)));
    t.set_property(node, t.key("n"), Value::integer(n));
    t.set_property(node, t.key("v"), Value::integer(v));
    return node;
  }
  KeyId key(std::string_view name) const { return graph_.catalog().find_key(name).value_or(KeyId()); }
  std::vector<NodeId> find(Transaction& t, int64_t n) {
    const rcu::ReadGuard guard;
    const Reader reader(graph_, t.snapshot());
    std::vector<NodeId> found;
    each_node(reader, [&](NodeId node) {
      if (reader.property(node, key("n")).as_int() == n) found.push_back(node);
    });
    return found;
  }
  std::vector<RelId> outgoing(Transaction& t, NodeId node) {
    const rcu::ReadGuard guard;
    const Neighbors list =
        Reader(graph_, t.snapshot()).neighbors(node, Direction::kOut, *graph_.catalog().find_rel_type("R"), scratch_);
    return {list.rels, list.rels + list.count};
  }
  template <class F>
  static void each_node(const Reader& reader, F&& f) {
    for (uint32_t chunk = 0; chunk < reader.node_chunks(); ++chunk) {
      Selection rows;
      reader.visible_nodes(ChunkId(chunk), rows);
      for (uint32_t i = 0; i < rows.count; ++i) f(NodeId(chunk * kChunkRows + (rows.all ? i : rows.slots[i])));
    }
  }

  Graph& graph_;
  Graph::SnapshotSlot* slot_;
  NeighborScratch scratch_;
};

// The i-th transaction of a run, i from 1: two pairs are made, one is changed, one deleted, and so on.
inline void apply_step(PairSession& session, int64_t i, Durability durability = Durability::kOn) {
  switch (i % 4) {
    case 3: return session.set(i - 2, i * 10, durability);
    case 0: return session.remove(i - 2, durability);
    default: return session.create(i, i, durability);
  }
}
inline void apply_step(Pairs& model, int64_t i) {
  switch (i % 4) {
    case 3: model[i - 2] = i * 10; return;
    case 0: model.erase(i - 2); return;
    default: model[i] = i;
  }
}
inline Pairs model_after(int64_t steps) {
  Pairs model;
  for (int64_t i = 1; i <= steps; ++i) apply_step(model, i);
  return model;
}

}  // namespace elegraph::storage
