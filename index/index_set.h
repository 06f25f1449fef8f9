// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "index/label_index.h"
#include "index/property_index.h"
#include "storage/graph.h"

namespace elegraph::index {

// All indexes and constraints of one graph. Register it (and labels()) as observers before the graph opens.
//
// Thread-safety: lookups (find, all, get) are wait-free under an rcu::ReadGuard; creating and dropping serialise on a
// mutex that no reader and no other writer of the graph waits for. PropertyIndex objects are freed a grace period
// after they were dropped: plans hold IndexIds, not pointers.
class IndexSet : public storage::ChangeObserver {
 public:
  IndexSet();
  ~IndexSet() override;

  LabelIndex& labels();
  const LabelIndex& labels() const;
  // Once, after the Graph exists and before it is opened to anyone; Database does it.
  void attach(storage::Graph& graph);

  // Builds beside running writes and returns when the index is online and its definition durable. Without a
  // name one is made up (person_id_index). Errors: 42710 a name or an equal index exists (unless if_not_exists: then
  // false is returned); 23505, 23502 existing rows break the constraint. `cancelled` is polled during the build.
  bool create(IndexDefinition definition, storage::Graph::SnapshotSlot* slot, const std::function<bool()>& cancelled);
  // 42704 if there is none (unless if_exists: false). Constraints are dropped as constraints only.
  bool drop(std::string_view name, bool constraint, bool if_exists, storage::Graph::SnapshotSlot* slot);

  // REQUIRES: rcu::ReadGuard for these and while their results are used.
  const PropertyIndex* get(IndexId) const;
  const PropertyIndex* find(EntityKind, std::string_view label, std::span<const std::string> keys) const;
  std::vector<const PropertyIndex*> on_label(LabelId) const;  // online ones
  std::vector<const PropertyIndex*> on_rel_type(RelTypeId) const;
  std::vector<const PropertyIndex*> all() const;  // by name

  // At the end of each statement that wrote, and before commit: existence constraints (23502). Throws for the first row
  // that breaks one.
  void check_statement(storage::Transaction&);

  // ChangeObserver
  void attached(storage::Graph& graph) override { attach(graph); }
  void node_created(storage::Transaction&, NodeId, LabelSetId) override;
  void node_deleted(storage::Transaction&, NodeId, LabelSetId) override;
  void node_property_set(storage::Transaction&, NodeId, LabelSetId, KeyId, const Value&, const Value&) override;
  void node_labels_changed(storage::Transaction&, NodeId, LabelSetId, LabelSetId) override;
  void relationship_created(storage::Transaction&, RelId, RelTypeId) override;
  void relationship_deleted(storage::Transaction&, RelId, RelTypeId) override;
  void relationship_property_set(storage::Transaction&, RelId, RelTypeId, KeyId, const Value&, const Value&) override;
  void nodes_created(storage::Transaction&, std::span<const NodeId>, LabelSetId,
                     std::span<const storage::BulkWriter::Column>) override;
  void relationships_created(storage::Transaction&, std::span<const RelId>, RelTypeId,
                             std::span<const storage::BulkWriter::Column>) override;
  bool watches(KeyId) const override;
  void recovered_definition(std::string_view payload) override;
  void recovered() override;
  std::vector<std::string> definitions() override;
  void verify(std::vector<std::string>& findings) override;

  struct State;  // private to index/

 private:
  std::unique_ptr<State> state_;
};

}  // namespace elegraph::index
