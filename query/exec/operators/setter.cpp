// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "query/exec/operators/updates.h"

namespace elegraph::query::exec {

using Kind = plan::SetOperation::Kind;

Setter::Setter(const std::vector<plan::SetOperation>& operations, BuildContext& build,
               std::span<const plan::CreateItem> created)
    : state_(build.state) {
  auto is_new = [&](const plan::BoundExpression& target) {
    if (target.kind != plan::BoundKind::kSlot) return false;
    return std::ranges::find(state_.created, target.slot) != state_.created.end() ||
           std::ranges::find(created, target.slot, &plan::CreateItem::slot) != created.end();
  };
  BuildContext own = between_writes(build);
  for (const plan::SetOperation& o : operations)
    operations_.push_back(
        {&o, make_evaluator(*o.target, own), o.value ? make_evaluator(*o.value, own) : nullptr, !is_new(*o.target)});
}

void Setter::restart() {
  for (Operation& o : operations_) {
    o.target->restart();
    if (o.value) o.value->restart();
  }
}

void Setter::apply(const Batch& batch) {
  state_.wrote = true;
  for_rows(Rows::of(batch), [&](uint32_t row) { apply_row(batch, row); });
}

void Setter::apply_row(const Batch& batch, uint32_t row) {
  uint16_t only = uint16_t(row);
  Rows rows{&only, 1};
  changed_.clear();
  for (Operation& o : operations_) {
    const plan::SetOperation& operation = *o.operation;
    Value target = o.target->evaluate(batch, rows).value(row);
    if (target.is_null()) continue;
    Value v = o.value ? o.value->evaluate(batch, rows).value(row) : Value();
    bool changed = false;
    if (target.type() == Type::kNode)
      changed = apply_to(target.as_node(), operation, v);
    else if (target.type() == Type::kRelationship)
      changed = apply_to(target.as_relationship(), operation, v);
    else
      throw Error(sqlstate::kInvalidParameterValue,
                  fmt::format("expected a node or a relationship to change, not {}", type_name(target.type())))
          .at(operation.position);
    if (!changed || !o.counts) continue;
    bool counted = std::any_of(changed_.begin(), changed_.end(),
                               [&](const Value& c) { return c.type() == target.type() && c.as_int() == target.as_int(); });
    if (counted) continue;
    changed_.push_back(target);
    state_.context.changes.entities_touched++;
  }
}

template <class EntityId>
bool Setter::apply_to(EntityId id, const plan::SetOperation& o, const Value& v) {
  switch (o.kind) {
    case Kind::kProperty: return set_property(id, o.key, v, o.position);
    case Kind::kRemoveProperty: return set_property(id, o.key, Value(), o.position);
    case Kind::kReplace:
    case Kind::kMerge: return set_map(id, o, v);
    default: break;
  }
  if constexpr (std::is_same_v<EntityId, NodeId>) return set_labels(id, o);
  throw Error(sqlstate::kInvalidParameterValue, "a relationship has no labels").at(o.position);
}

template <class EntityId>
bool Setter::set_property(EntityId id, std::string_view key, const Value& v, uint32_t position) {
  storage::Transaction& t = *state_.context.transaction;
  check_storable(v, position);
  if (v.is_null()) {
    auto known = t.graph().catalog().find_key(key);
    if (!known || !t.set_property(id, *known, v)) return false;
  } else {
    t.set_property(id, t.key(key), v);
  }
  state_.context.changes.properties_set++;
  return true;
}

template <class EntityId>
bool Setter::set_map(EntityId id, const plan::SetOperation& o, const Value& v) {
  MapEntries entries;
  if (!v.is_null()) entries = entries_of(v, state_);
  bool changed = false;
  if (o.kind == Kind::kReplace) {
    std::vector<KeyId> stale;
    const auto& catalog = state_.context.graph->catalog();
    state_.reader.properties(id, [&](KeyId key, const Value&) {
      bool stays = std::any_of(entries.begin(), entries.end(), [&](auto& e) { return e.first == catalog.name(key); });
      if (!stays) stale.push_back(key);
    });
    for (KeyId key : stale) {
      state_.context.transaction->set_property(id, key, Value());
      state_.context.changes.properties_set++;
      changed = true;
    }
  }
  for (auto& [key, value] : entries) changed |= set_property(id, key, value, o.position);
  return changed;
}

bool Setter::set_labels(NodeId node, const plan::SetOperation& o) {
  storage::Transaction& t = *state_.context.transaction;
  uint64_t changed = 0;
  for (const std::string& name : o.labels) {
    if (o.kind == Kind::kAddLabels) {
      changed += t.add_label(node, t.label(name));
    } else if (auto known = t.graph().catalog().find_label(name)) {
      changed += t.remove_label(node, *known);
    }
  }
  state_.context.changes.labels_changed += changed;
  return changed > 0;
}

}  // namespace elegraph::query::exec
