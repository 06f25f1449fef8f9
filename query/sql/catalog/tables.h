// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/registry.h"
#include "storage/value.h"

// PostgreSQL's catalogs as far as drivers look into them: labels and relationship types are tables of the schema public.
// SELECT ... FROM pg_class c lowers to UNWIND pg_catalog_rows('pg_class') AS c, a list of maps.
namespace elegraph::query::sql {

struct CatalogColumn {
  std::string_view name;
  std::string_view type;  // PostgreSQL's name, as for casts
};

struct CatalogTable {
  std::string_view name;
  std::span<const CatalogColumn> columns;
  // Each row has the columns' values in their order. Null: always empty. REQUIRES: context.reader or no graph.
  void (*rows)(std::vector<std::vector<Value>>& out, const FunctionContext& context);

  const CatalogColumn* find(std::string_view column) const;
};

const CatalogTable* find_catalog_table(std::string_view name);

// Labels, then relationship types, as pg_class counts them.
constexpr int64_t kFirstRelation = 16384;
constexpr int64_t kCatalogSchema = 11, kPublicSchema = 2200, kHeapMethod = 2, kOwner = 10;

void type_rows(std::vector<std::vector<Value>>& out, const FunctionContext& context);
void class_rows(std::vector<std::vector<Value>>& out, const FunctionContext& context);
void attribute_rows(std::vector<std::vector<Value>>& out, const FunctionContext& context);

}  // namespace elegraph::query::sql
