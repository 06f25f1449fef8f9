// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

#include "storage/ids.h"
#include "storage/value.h"

namespace elegraph::storage {

class Reader;
struct TransactionState;

// What a SERIALIZABLE transaction has read, in a coarse form that may name more than was read, never less. At commit it
// is compared with what other transactions changed since the snapshot (backward validation: Härder, "Observations on
// optimistic concurrency control schemes", Information Systems 1984).
//
// Not thread-safe: the transaction's thread fills it, then the thread that writes the log reads it.
class ReadSet {
 public:
  // Past this many single entities the transaction counts as one that read everything.
  static constexpr size_t kMostEntities = 1 << 16;

  void everything() { everything_ = true; }
  void all_nodes() { all_nodes_ = true; }
  // Which nodes have the label, and all about those.
  void label(LabelId label) { labels_.insert(label.value); }
  // Label sets of nodes that are not named otherwise.
  void relabels() { relabels_ = true; }
  // A node: its properties, labels and relationships; a relationship: its properties.
  void node(NodeId node) { add(nodes_, node.value); }
  void relationship(RelId rel) { add(rels_, rel.value); }
  // Which nodes of the label have these values, also where none has.
  void point(LabelId label, std::span<const KeyId> keys, std::span<const Value> values);

  // Whether `writer` changed any of that between the state that `before` sees and the one that `after` sees, which is
  // the writer's own. REQUIRES: rcu::ReadGuard.
  bool touched_by(const TransactionState& writer, const Reader& before, const Reader& after) const;

 private:
  struct Point {
    LabelId label;
    std::vector<KeyId> keys;
    std::unordered_set<uint64_t> hashes;  // of the values; equal values have equal hashes
  };
  struct Change;

  void add(std::unordered_set<uint32_t>& entities, uint32_t id) {
    if (entities.size() < kMostEntities)
      entities.insert(id);
    else
      everything_ = true;
  }
  bool touched(const Change& change) const;
  bool node_touched(const Change& change, NodeId node) const;
  bool relationship_touched(const Change& change, RelId rel) const;
  bool has_point(const Point& point, const Reader& reader, NodeId node) const;

  bool everything_ = false, all_nodes_ = false, relabels_ = false;
  std::unordered_set<uint32_t> labels_, nodes_, rels_;
  std::vector<Point> points_;
};

}  // namespace elegraph::storage
