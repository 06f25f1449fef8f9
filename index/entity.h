// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/property_index.h"
#include "storage/graph.h"

namespace elegraph::index {

// The key of one entity's values under one index.
struct EntryKey {
  std::string bytes;
  bool whole = true;  // no component is null: only such keys are subject to uniqueness
};

// What an index covers: the nodes with a label or relationships of a type, and properties of theirs; nodes
// and relationships behind one set of names. Immutable. REQUIRES for the readings: rcu::ReadGuard.
class Coverage {
 public:
  Coverage(const storage::Graph& graph, EntityKind entity, uint32_t label, std::vector<KeyId> keys)
      : graph_(&graph), entity_(entity), label_(label), keys_(std::move(keys)) {}

  const storage::Graph& graph() const { return *graph_; }
  EntityKind entity() const { return entity_; }
  LabelId label() const { return LabelId(label_); }
  RelTypeId type() const { return RelTypeId(label_); }
  std::span<const KeyId> keys() const { return keys_; }
  bool has_key(KeyId key) const;

  // The newest state, committed or not.
  struct Newest {
    bool covered = false;  // live, and has the label
    const storage::TransactionStatus* writer = nullptr;
  };
  Newest newest(uint32_t id) const;
  std::vector<Value> newest_values(uint32_t id) const;
  // Their key: nothing where all are null. With another value for one of the keys, where `changed` is valid.
  std::optional<EntryKey> newest_key(uint32_t id) const { return newest_key(id, KeyId(), Value()); }
  std::optional<EntryKey> newest_key(uint32_t id, KeyId changed, const Value& instead) const;
  // Whether a snapshot sees the entity, with the label or type.
  bool covers(const storage::Reader& reader, uint32_t id) const;
  // The same, with just these values.
  bool has(const storage::Reader& reader, uint32_t id, std::string_view key) const;
  // The key of its values in a snapshot; nothing where it is not covered or has none.
  std::optional<EntryKey> key_in(const storage::Reader& reader, uint32_t id) const;

 private:
  Value newest_value(uint32_t id, KeyId key) const;

  const storage::Graph* graph_;
  EntityKind entity_;
  uint32_t label_;
  std::vector<KeyId> keys_;
};

}  // namespace elegraph::index
