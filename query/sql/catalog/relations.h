// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "index/index_set.h"
#include "query/functions/registry.h"
#include "query/types/pg_types.h"
#include "storage/graph.h"

// The graph as the catalogs' numbers and columns: labels and relationship types are tables, indexes are indexes.
namespace elegraph::query::sql {

// A label's oid is even, a relationship type's odd, counted from kFirstRelation as they first appeared. An index has its
// oid above kFirstIndex, its constraint the one after it.
constexpr int64_t kFirstRelation = 16384, kFirstIndex = 1'000'000'000;
constexpr int64_t kCatalogSchema = 11, kPublicSchema = 2200, kInformationSchema = 13000;
constexpr int64_t kHeapMethod = 2, kBtreeMethod = 403, kOwner = 10;

struct Relation {
  int64_t oid;
  std::string_view name;
  std::vector<KeyId> keys;  // its columns, numbered from 1
  bool node;
  uint32_t id;  // of the label or the type
};
// All labels, then all relationship types; none without a graph.
void for_relations(const FunctionContext& context, const std::function<void(const Relation&)>& f);
std::optional<int64_t> relation_oid(const FunctionContext& context, std::string_view name);
types::Oid column_type(const storage::Catalog& catalog, const Relation& relation, KeyId key);

// All indexes and constraints with the relation they are on.
struct RelationIndex {
  const index::PropertyIndex& index;
  int64_t oid;  // of the index; a constraint's is the one after
  Relation relation;
  bool is_constraint() const { return index.definition().constraint != index::ConstraintKind::kNone; }
  bool has_index() const { return index.definition().constraint != index::ConstraintKind::kExists; }
  // The columns' numbers in the relation; 0 for a key that no row has had yet.
  std::vector<int64_t> columns() const;
};
void for_indexes(const FunctionContext& context, const std::function<void(const RelationIndex&)>& f);

}  // namespace elegraph::query::sql
