// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "query/exec/entity_maps.h"
#include "query/exec/evaluator.h"

// The changes that CREATE, MERGE, SET, REMOVE and FOREACH make, apart from where their rows come from.
namespace elegraph::query::exec {

// For what is evaluated while its own operator, row by row, writes.
inline BuildContext between_writes(const BuildContext& build) {
  BuildContext out = build;
  out.unchanged = false;
  return out;
}

// Errors: 22023 for values that no property can hold (entities, paths, maps, lists of anything but scalars).
void check_storable(const Value& v, uint32_t position);

// Creates the items of a pattern for rows of a batch.
class Creator {
 public:
  // `merging`: a null property is an error (22023), since no later MERGE could find the node.
  Creator(const std::vector<plan::CreateItem>& items, bool merging, BuildContext& build);
  void restart();
  // Adds the new entities' columns to the batch.
  void create(Batch& batch);

 private:
  struct Item {
    const plan::CreateItem* item;
    EvaluatorPtr properties;           // a map by value; or
    std::vector<EvaluatorPtr> values;  // a literal map's values, with
    std::vector<KeyId> keys;           // their keys
    LabelSetId labels;
    RelTypeId type;
    bool together = false;  // the properties are known before the entities are there, as columns
    std::vector<storage::BulkWriter::Column> columns;
    std::unique_ptr<Vector> out = std::make_unique<Vector>();
  };
  void resolve(Item& item);
  void evaluate_columns(Item& item, const Batch& batch);
  void create_nodes(Item& item, Batch& batch);
  void create_relationships(Item& item, Batch& batch);
  void check_only(const Item& item, NodeId source, NodeId target);
  const Item* made(plan::Slot node) const;  // null: it was there before
  template <class EntityId>
  void set_properties(Item& item, Batch& batch);
  template <class EntityId>
  void set_one(EntityId id, KeyId key, const Value& v, uint32_t position);

  State& state_;
  bool merging_;
  std::vector<Item> items_;
};

// Runs SET and REMOVE operations for one row after the other, so that each sees what those before it changed.
class Setter {
 public:
  // `created`: what the same clause makes (MERGE ... ON CREATE); changes of it do not count on top.
  Setter(const std::vector<plan::SetOperation>& operations, BuildContext& build,
         std::span<const plan::CreateItem> created = {});
  void restart();
  void apply(const Batch& batch);
  bool empty() const { return operations_.empty(); }

 private:
  struct Operation {
    const plan::SetOperation* operation;
    EvaluatorPtr target, value;
    bool counts;  // the target was there before this statement
  };
  void apply_row(const Batch& batch, uint32_t row);
  template <class EntityId>
  bool apply_to(EntityId id, const plan::SetOperation& o, const Value& v);
  template <class EntityId>
  bool set_property(EntityId id, std::string_view key, const Value& v, uint32_t position);
  template <class EntityId>
  bool set_map(EntityId id, const plan::SetOperation& o, const Value& v);
  bool set_labels(NodeId node, const plan::SetOperation& o);

  State& state_;
  std::vector<Operation> operations_;
  std::vector<Value> changed_;  // by the current row
};

}  // namespace elegraph::query::exec
