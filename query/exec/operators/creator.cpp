// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "query/exec/adjacency.h"
#include "query/exec/operators/updates.h"
#include "query/functions/value_ops.h"
#include "storage/many_rows.h"

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

namespace {

constexpr uint32_t kFewRows = 8;  // are not worth creating together

bool has_subplan(const plan::BoundExpression& e) {
  return e.subplan || e.pattern || std::ranges::any_of(e.args, [](auto& arg) { return arg && has_subplan(*arg); });
}

// Whether the entities can be made of columns. A subquery in their properties sees those of the same batch, and the first
// MERGE that finds one of them has to wait for none.
bool made_of_columns(const plan::CreateItem& item) {
  if (item.only) return false;
  if (!item.properties) return true;
  if (item.properties->kind != plan::BoundKind::kMap || has_subplan(*item.properties)) return false;
  std::vector<std::string> names = item.properties->names;
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

void check_storable(const Vector& values, Rows rows, uint32_t position) {
  const Type type = values.type();
  if (type != Type::kAny && type != Type::kNode && type != Type::kRelationship) return;
  for_rows(rows, [&](uint32_t row) { exec::check_storable(values.value(row), position); });
}

uint64_t count_valid(const Vector& values, Rows rows) {
  if (values.all_valid() && values.type() != Type::kNull) return rows.count;
  uint64_t count = 0;
  for_rows(rows, [&](uint32_t row) { count += values.valid(row); });
  return count;
}

}  // namespace

Creator::Creator(const std::vector<plan::CreateItem>& items, bool merging, BuildContext& build)
    : state_(build.state), merging_(merging) {
  BuildContext own = between_writes(build);
  for (const plan::CreateItem& i : items) {
    Item item;
    item.item = &i;
    if (!merging) state_.created.push_back(i.slot);
    if (i.properties && i.properties->kind == plan::BoundKind::kMap)
      item.values = make_evaluators(i.properties->args, own);
    else if (i.properties)
      item.properties = make_evaluator(*i.properties, own);
    item.together = !merging && made_of_columns(i);
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

void Creator::evaluate_columns(Item& item, const Batch& batch) {
  const Rows rows = Rows::of(batch);
  item.columns.clear();
  for (size_t k = 0; k < item.values.size(); k++) {
    const Vector& v = item.values[k]->evaluate(batch, rows);
    check_storable(v, rows, item.values[k]->bound().position);
    item.columns.push_back({item.keys[k], &v});
    state_.context.changes.properties_set += count_valid(v, rows);
  }
}

void Creator::create_nodes(Item& item, Batch& batch) {
  item.out->reset(Type::kNode);
  auto* ids = item.out->mutable_data<NodeId>();
  if (item.together && !batch.selection && batch.count >= kFewRows) {
    evaluate_columns(item, batch);
    storage::create_nodes(*state_.context.transaction, item.labels, item.columns, {ids, batch.count});
    state_.context.changes.nodes_created += batch.count;
    state_.context.changes.labels_changed += batch.count * item.item->labels.size();
    return;
  }
  for_rows(Rows::of(batch), [&](uint32_t row) { ids[row] = state_.context.transaction->create_node(item.labels); });
  state_.context.changes.nodes_created += batch.count;
  state_.context.changes.labels_changed += batch.count * item.item->labels.size();
  set_properties<NodeId>(item, batch);
}

const Creator::Item* Creator::made(plan::Slot node) const {
  const auto found = std::ranges::find_if(items_, [&](const Item& i) { return i.item->slot == node; });
  return found == items_.end() ? nullptr : &*found;
}

void Creator::check_only(const Item& item, NodeId source, NodeId target) {
  storage::Transaction& t = *state_.context.transaction;
  const Item *new_source = made(item.item->source), *new_target = made(item.item->target);
  if (!new_source && !new_target) return t.check_only_relationship(item.type, source, target, item.item->undirected);
  const Item& node = new_source ? *new_source : *new_target;
  const NodeId mine = new_source ? source : target, known = new_source ? target : source;
  const storage::Graph& graph = *state_.context.graph;
  const auto has_label = [&](NodeId other, LabelId label) {
    return graph.catalog().has_label(graph.newest(other).labels, label);
  };
  const auto alike = [&](NodeId other) {
    return graph.newest(other).live &&
           std::ranges::all_of(graph.catalog().labels(node.labels), [&](LabelId l) { return has_label(other, l); }) &&
           std::ranges::all_of(node.keys, [&](KeyId key) {
             return equals(graph.newest_property(other, key), graph.newest_property(mine, key)).value_or(false);
           });
  };
  const Direction from_known = new_source ? Direction::kIn : Direction::kOut;
  t.check_only_neighbor(item.type, item.item->undirected ? Direction::kBoth : from_known, known, alike);
}

void Creator::create_relationships(Item& item, Batch& batch) {
  const Vector& sources = batch.column(item.item->source);
  const Vector& targets = batch.column(item.item->target);
  item.out->reset(Type::kRelationship);
  auto* ids = item.out->mutable_data<RelId>();
  const auto ends = [&](uint32_t row) {
    const NodeId source = node_at(sources, row), target = node_at(targets, row);
    if (!source.valid() || !target.valid())
      throw Error(sqlstate::kInvalidParameterValue, "cannot create a relationship with a missing node")
          .with_detail("An end of the relationship is null, as OPTIONAL MATCH leaves it where nothing matched.");
    return std::pair(source, target);
  };
  if (item.together && !batch.selection && batch.count >= kFewRows) {
    std::vector<NodeId> from(batch.count), to(batch.count);
    for (uint32_t row = 0; row < batch.count; row++) std::tie(from[row], to[row]) = ends(row);
    evaluate_columns(item, batch);
    storage::create_relationships(*state_.context.transaction, item.type, from, to, item.columns, {ids, batch.count});
    state_.context.changes.relationships_created += batch.count;
    return;
  }
  for_rows(Rows::of(batch), [&](uint32_t row) {
    const auto [source, target] = ends(row);
    storage::Transaction& t = *state_.context.transaction;
    ids[row] = t.create_relationship(item.type, source, target);
    if (item.item->only) check_only(item, source, target);
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
