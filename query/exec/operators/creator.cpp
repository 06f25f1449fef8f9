// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "query/exec/adjacency.h"
#include "query/exec/operators/updates.h"

namespace elegraph::query::exec {

void check_storable(const Value& v, uint32_t position) {
  auto scalar = [](Type t) {
    return t != Type::kMap && t != Type::kNode && t != Type::kRelationship && t != Type::kPath && t != Type::kList;
  };
  const Value* wrong = nullptr;
  if (v.type() == Type::kList) {
    for (const Value& item : v.as_list())
      if (!scalar(item.type())) wrong = &item;
  } else if (!scalar(v.type())) {
    wrong = &v;
  }
  if (!wrong) return;
  throw Error(sqlstate::kInvalidParameterValue,
              wrong == &v ? fmt::format("a property cannot hold a {}", type_name(v.type()))
                          : fmt::format("a property cannot hold a LIST of {}", type_name(wrong->type())))
      .with_hint("Properties hold scalars, temporal values, points and lists of these.")
      .at(position);
}

Creator::Creator(const std::vector<plan::CreateItem>& items, bool merging, BuildContext& build)
    : state_(build.state), merging_(merging) {
  for (const plan::CreateItem& i : items) {
    Item item;
    item.item = &i;
    if (!merging) state_.created.push_back(i.slot);
    if (i.properties && i.properties->kind == plan::BoundKind::kMap)
      item.values = make_evaluators(i.properties->args, build);
    else if (i.properties)
      item.properties = make_evaluator(*i.properties, build);
    items_.push_back(std::move(item));
  }
}

void Creator::restart() {
  for (Item& item : items_) {
    if (item.properties) item.properties->restart();
    restart_all(item.values);
    item.keys.clear();
    item.labels = {};
    item.type = {};
  }
}

// Interns the names, once per execution.
void Creator::resolve(Item& item) {
  storage::Transaction& t = *state_.context.transaction;
  if (item.item->relationship) {
    if (!item.type.valid()) item.type = t.rel_type(item.item->labels.at(0));
  } else if (!item.labels.valid()) {
    std::vector<LabelId> labels;
    for (const std::string& name : item.item->labels) labels.push_back(t.label(name));
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    item.labels = t.graph().catalog().intern_label_set(labels);
  }
  if (item.keys.size() < item.values.size())
    for (const std::string& name : item.item->properties->names) item.keys.push_back(t.key(name));
}

template <class EntityId>
void Creator::set_one(EntityId id, KeyId key, const Value& v, uint32_t position) {
  if (v.is_null()) {
    if (!merging_) return;
    auto name = state_.context.graph->catalog().name(key);
    throw Error(sqlstate::kDatatypeMismatch, fmt::format("cannot merge with a null value for property \"{}\"", name))
        .with_hint("MERGE could never find it again; leave the property out or set it with ON CREATE SET.")
        .at(position);
  }
  check_storable(v, position);
  state_.context.transaction->set_property(id, key, v);
  state_.context.changes.properties_set++;
}

template <class EntityId>
void Creator::set_properties(Item& item, Batch& batch) {
  Rows rows = Rows::of(batch);
  const auto* ids = item.out->data<EntityId>();
  for (size_t k = 0; k < item.values.size(); k++) {
    const Vector& v = item.values[k]->evaluate(batch, rows);
    uint32_t position = item.values[k]->bound().position;
    for_rows(rows, [&](uint32_t row) { set_one(ids[row], item.keys[k], v.value(row), position); });
  }
  if (!item.properties) return;
  const Vector& maps = item.properties->evaluate(batch, rows);
  uint32_t position = item.properties->bound().position;
  for_rows(rows, [&](uint32_t row) {
    Value map = maps.value(row);
    if (map.is_null()) return;
    for (auto& [name, value] : entries_of(map, state_))
      set_one(ids[row], state_.context.transaction->key(name), value, position);
  });
}

void Creator::create_nodes(Item& item, Batch& batch) {
  item.out->reset(Type::kNode);
  auto* ids = item.out->mutable_data<NodeId>();
  for_rows(Rows::of(batch), [&](uint32_t row) { ids[row] = state_.context.transaction->create_node(item.labels); });
  state_.context.changes.nodes_created += batch.count;
  state_.context.changes.labels_changed += batch.count * item.item->labels.size();
  set_properties<NodeId>(item, batch);
}

void Creator::create_relationships(Item& item, Batch& batch) {
  const Vector& sources = batch.column(item.item->source);
  const Vector& targets = batch.column(item.item->target);
  item.out->reset(Type::kRelationship);
  auto* ids = item.out->mutable_data<RelId>();
  for_rows(Rows::of(batch), [&](uint32_t row) {
    NodeId source = node_at(sources, row), target = node_at(targets, row);
    if (!source.valid() || !target.valid())
      throw Error(sqlstate::kInvalidParameterValue, "cannot create a relationship with a missing node")
          .with_detail("An end of the relationship is null, as OPTIONAL MATCH leaves it where nothing matched.");
    storage::Transaction& t = *state_.context.transaction;
    ids[row] = t.create_relationship(item.type, source, target);
    if (item.item->only) t.check_only_relationship(item.type, source, target, item.item->undirected);
  });
  state_.context.changes.relationships_created += batch.count;
  set_properties<RelId>(item, batch);
}

void Creator::create(Batch& batch) {
  state_.wrote = true;
  if (batch.columns.size() < state_.columns) batch.columns.resize(state_.columns, nullptr);
  for (Item& item : items_) {
    resolve(item);
    if (item.item->slot != plan::kNoSlot) batch.columns[item.item->slot] = item.out.get();
    if (item.item->relationship)
      create_relationships(item, batch);
    else
      create_nodes(item, batch);
  }
}

}  // namespace elegraph::query::exec
