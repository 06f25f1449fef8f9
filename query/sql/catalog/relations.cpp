// SPDX-License-Identifier: Apache-2.0
#include "query/sql/catalog/relations.h"

#include <algorithm>

#include "query/plan/type_rules.h"
#include "storage/rcu.h"

namespace elegraph::query::sql {
namespace {

Relation label_relation(const storage::Catalog& catalog, LabelId id) {
  return {kFirstRelation + 2 * int64_t(id.value), catalog.name(id), catalog.node_keys(id), true, id.value};
}

Relation type_relation(const storage::Catalog& catalog, RelTypeId id) {
  return {kFirstRelation + 2 * int64_t(id.value) + 1, catalog.name(id), catalog.rel_keys(id), false, id.value};
}

std::optional<Relation> relation_of(const storage::Catalog& catalog, const index::IndexDefinition& definition) {
  if (definition.entity == index::EntityKind::kNode) {
    if (auto label = catalog.find_label(definition.label)) return label_relation(catalog, *label);
  } else if (auto type = catalog.find_rel_type(definition.label)) {
    return type_relation(catalog, *type);
  }
  return std::nullopt;
}

}  // namespace

void for_relations(const FunctionContext& context, const std::function<void(const Relation&)>& f) {
  if (!context.reader) return;
  const storage::Catalog& catalog = context.reader->graph().catalog();
  for (uint32_t i = 0; i < catalog.label_count(); ++i) f(label_relation(catalog, LabelId(i)));
  for (uint32_t i = 0; i < catalog.rel_type_count(); ++i) f(type_relation(catalog, RelTypeId(i)));
}

std::optional<int64_t> relation_oid(const FunctionContext& context, std::string_view name) {
  if (!context.reader) return std::nullopt;
  const storage::Catalog& catalog = context.reader->graph().catalog();
  if (auto label = catalog.find_label(name)) return kFirstRelation + 2 * int64_t(label->value);
  if (auto type = catalog.find_rel_type(name)) return kFirstRelation + 2 * int64_t(type->value) + 1;
  return std::nullopt;
}

types::Oid column_type(const storage::Catalog& catalog, const Relation& r, KeyId key) {
  const auto mask = r.node ? catalog.node_types(LabelId(r.id), key) : catalog.rel_types(RelTypeId(r.id), key);
  return types::result_oid(plan::type_of_mask(mask), false);
}

std::vector<int64_t> RelationIndex::columns() const {
  std::vector<int64_t> out;
  for (KeyId key : index.keys()) {
    const auto at = std::ranges::find(relation.keys, key);
    out.push_back(at == relation.keys.end() ? 0 : at - relation.keys.begin() + 1);
  }
  return out;
}

void for_indexes(const FunctionContext& context, const std::function<void(const RelationIndex&)>& f) {
  if (!context.reader || !context.indexes) return;
  const storage::Catalog& catalog = context.reader->graph().catalog();
  rcu::ReadGuard guard;
  for (const index::PropertyIndex* i : context.indexes->all())
    if (auto relation = relation_of(catalog, i->definition()))
      f({*i, kFirstIndex + 2 * int64_t(i->id().value), std::move(*relation)});
}

}  // namespace elegraph::query::sql
