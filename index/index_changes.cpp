// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "index/index_directory.h"

// What IndexSet does when storage tells it of a change: each index that covers the entity gets its values
// before and after. Runs on the writer's thread, after the change is in place.
namespace elegraph::index {
namespace {

using storage::BulkWriter;
using storage::Transaction;

void touch(IndexSet::State& state, Transaction& t, const std::shared_ptr<TreeIndex>& index, uint32_t id) {
  if (index->requires_all_keys()) state.touched.add(t, index, id);
}

void leave(TreeIndex& index, Transaction& t, uint32_t id) {
  if (index.has_entries()) index.changed(t, id, index.coverage().newest_key(id), std::nullopt);
}

void property_set(IndexSet::State& state, Transaction& t, const IndexDirectory::List& list, uint32_t id, KeyId key,
                  const Value& before, const Value& after) {
  for (auto& index : list) {
    const Coverage& coverage = index->coverage();
    if (!coverage.has_key(key)) continue;
    if (after.is_null()) touch(state, t, index, id);
    if (index->has_entries())
      index->changed(t, id, coverage.newest_key(id, key, before), coverage.newest_key(id, key, after));
  }
}

void created_in_bulk(IndexSet::State& state, Transaction& t, const IndexDirectory::List& list,
                     std::span<const uint32_t> ids, std::span<const BulkWriter::Column> given) {
  for (auto& index : list) {
    std::vector<const Vector*> columns;
    for (KeyId key : index->keys()) {
      auto at = std::ranges::find(given, key, &BulkWriter::Column::key);
      columns.push_back(at == given.end() ? nullptr : at->values);
    }
    bool any = std::ranges::any_of(columns, [](auto* c) { return c != nullptr; });
    if (any && index->has_entries()) index->created(t, ids, columns);
    if (!index->requires_all_keys()) continue;
    for (uint32_t row = 0; row < ids.size(); ++row)
      if (!std::ranges::all_of(columns, [&](auto* c) { return c && c->valid(row); })) touch(state, t, index, ids[row]);
  }
}

// Ids of either kind as plain numbers.
template <class Id>
std::vector<uint32_t> numbers(std::span<const Id> ids) {
  std::vector<uint32_t> out;
  out.reserve(ids.size());
  for (Id id : ids) out.push_back(id.value);
  return out;
}

}  // namespace

void IndexSet::node_created(Transaction& t, NodeId node, LabelSetId labels) {
  rcu::ReadGuard guard;
  const IndexDirectory* directory = state_->directory.get();
  for (LabelId label : state_->graph->catalog().labels(labels))
    for (auto& index : directory->on(EntityKind::kNode, label.value)) touch(*state_, t, index, node.value);
}

void IndexSet::node_deleted(Transaction& t, NodeId node, LabelSetId labels) {
  rcu::ReadGuard guard;
  const IndexDirectory* directory = state_->directory.get();
  for (LabelId label : state_->graph->catalog().labels(labels))
    for (auto& index : directory->on(EntityKind::kNode, label.value)) leave(*index, t, node.value);
}

void IndexSet::node_property_set(Transaction& t, NodeId node, LabelSetId labels, KeyId key, const Value& before,
                                 const Value& after) {
  rcu::ReadGuard guard;
  const IndexDirectory* directory = state_->directory.get();
  for (LabelId label : state_->graph->catalog().labels(labels))
    property_set(*state_, t, directory->on(EntityKind::kNode, label.value), node.value, key, before, after);
}

void IndexSet::node_labels_changed(Transaction& t, NodeId node, LabelSetId before, LabelSetId after) {
  rcu::ReadGuard guard;
  auto& catalog = state_->graph->catalog();
  const IndexDirectory* directory = state_->directory.get();
  for (LabelId label : catalog.labels(after)) {
    if (catalog.has_label(before, label)) continue;
    for (auto& index : directory->on(EntityKind::kNode, label.value)) {
      touch(*state_, t, index, node.value);
      if (index->has_entries()) index->changed(t, node.value, std::nullopt, index->coverage().newest_key(node.value));
    }
  }
  for (LabelId label : catalog.labels(before))
    if (!catalog.has_label(after, label))
      for (auto& index : directory->on(EntityKind::kNode, label.value)) leave(*index, t, node.value);
}

void IndexSet::relationship_created(Transaction& t, RelId rel, RelTypeId type) {
  rcu::ReadGuard guard;
  for (auto& index : state_->directory.get()->on(EntityKind::kRelationship, type.value))
    touch(*state_, t, index, rel.value);
}

void IndexSet::relationship_deleted(Transaction& t, RelId rel, RelTypeId type) {
  rcu::ReadGuard guard;
  for (auto& index : state_->directory.get()->on(EntityKind::kRelationship, type.value)) leave(*index, t, rel.value);
}

void IndexSet::relationship_property_set(Transaction& t, RelId rel, RelTypeId type, KeyId key, const Value& before,
                                         const Value& after) {
  rcu::ReadGuard guard;
  auto& list = state_->directory.get()->on(EntityKind::kRelationship, type.value);
  property_set(*state_, t, list, rel.value, key, before, after);
}

void IndexSet::nodes_created(Transaction& t, std::span<const NodeId> nodes, LabelSetId labels,
                             std::span<const BulkWriter::Column> columns) {
  rcu::ReadGuard guard;
  const IndexDirectory* directory = state_->directory.get();
  auto ids = numbers(nodes);
  for (LabelId label : state_->graph->catalog().labels(labels))
    created_in_bulk(*state_, t, directory->on(EntityKind::kNode, label.value), ids, columns);
}

void IndexSet::relationships_created(Transaction& t, std::span<const RelId> rels, RelTypeId type,
                                     std::span<const BulkWriter::Column> columns) {
  rcu::ReadGuard guard;
  auto& list = state_->directory.get()->on(EntityKind::kRelationship, type.value);
  if (!list.empty()) created_in_bulk(*state_, t, list, numbers(rels), columns);
}

}  // namespace elegraph::index
