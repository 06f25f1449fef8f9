// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
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
  std::string_view name;  // those of information_schema with it: "information_schema.tables"
  std::span<const CatalogColumn> columns;
  // Each row has the columns' values in their order. Null: always empty. REQUIRES: context.reader or no graph.
  void (*rows)(std::vector<std::vector<Value>>& out, const FunctionContext& context);

  const CatalogColumn* find(std::string_view column) const;
  // It has whatever column it is asked for, since it has no rows.
  bool any_column() const { return columns.empty(); }
};

const CatalogTable* find_catalog_table(std::string_view name);
// The oid that a catalog has as a relation of its own; 0 where there is no such catalog.
int64_t catalog_oid(std::string_view name);

}  // namespace elegraph::query::sql
