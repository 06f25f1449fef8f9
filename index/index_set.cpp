// SPDX-License-Identifier: Apache-2.0
#include "index/index_set.h"

#include <algorithm>

#include "index/index_directory.h"
#include "storage/early_recovery.h"

namespace elegraph::index {
namespace {

bool usable(const TreeIndex& index) { return index.online() && index.has_entries(); }

std::vector<const PropertyIndex*> usable_of(const IndexDirectory::List& list) {
  std::vector<const PropertyIndex*> out;
  for (auto& index : list)
    if (usable(*index)) out.push_back(index.get());
  return out;
}

}  // namespace

IndexSet::IndexSet() : state_(std::make_unique<State>()) {}
IndexSet::~IndexSet() = default;

LabelIndex& IndexSet::labels() { return state_->labels; }
const LabelIndex& IndexSet::labels() const { return state_->labels; }

void IndexSet::attach(storage::Graph& graph) {
  state_->graph = &graph;
  state_->labels.attach(graph);
  storage::when_nodes_are_recovered(graph, [state = state_.get()] {
    std::lock_guard lock(state->ddl);
    state->fill_recovered(false);
  });
}

const PropertyIndex* IndexSet::get(IndexId id) const {
  auto& all = state_->directory.get()->all;
  return id.value < all.size() && all[id.value] && usable(*all[id.value]) ? all[id.value].get() : nullptr;
}

const PropertyIndex* IndexSet::find(EntityKind entity, std::string_view label, std::span<const std::string> keys) const {
  auto& catalog = state_->graph->catalog();
  uint32_t id;
  if (entity == EntityKind::kNode) {
    id = catalog.find_label(label).value_or(LabelId()).value;
  } else {
    id = catalog.find_rel_type(label).value_or(RelTypeId()).value;
  }
  const PropertyIndex* best = nullptr;  // a unique one if there is
  for (auto& index : state_->directory.get()->on(entity, id))
    if (usable(*index) && std::ranges::equal(index->definition().keys, keys) && (!best || index->unique()))
      best = index.get();
  return best;
}

std::vector<const PropertyIndex*> IndexSet::on_label(LabelId label) const {
  return usable_of(state_->directory.get()->on(EntityKind::kNode, label.value));
}

std::vector<const PropertyIndex*> IndexSet::on_rel_type(RelTypeId type) const {
  return usable_of(state_->directory.get()->on(EntityKind::kRelationship, type.value));
}

std::vector<const PropertyIndex*> IndexSet::all() const {
  std::vector<const PropertyIndex*> out;
  for (auto& index : state_->directory.get()->by_name) out.push_back(index.get());
  return out;
}

bool IndexSet::watches(KeyId key) const {
  rcu::ReadGuard guard;
  auto& watched = state_->directory.get()->watched;
  return key.value < watched.size() && watched[key.value];
}

std::vector<std::string> IndexSet::definitions() {
  rcu::ReadGuard guard;
  std::vector<std::string> out;
  for (auto& index : state_->directory.get()->by_name)
    if (index->listed()) out.push_back(encode_definition(DefinitionRecord::Operation::kCreate, index->definition()));
  return out;
}

void IndexSet::check_statement(storage::Transaction& t) {
  auto rows = state_->touched.take(t);
  if (rows.empty()) return;
  rcu::ReadGuard guard;
  for (auto& row : rows) check_required(*row.constraint, row.id);
}

}  // namespace elegraph::index
