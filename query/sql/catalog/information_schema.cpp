// SPDX-License-Identifier: Apache-2.0
// The views of information_schema that tools read, in the standard's columns.
#include "query/functions/value_ops.h"
#include "query/sql/catalog/relations.h"
#include "query/sql/catalog/rows.h"
#include "query/types/type_mapping.h"

namespace elegraph::query::sql {
namespace {

using index::ConstraintKind;

// f(constraint name, standard's word for its type, index) for unique and key constraints.
template <class F>
void for_keys(const FunctionContext& context, F f) {
  for_indexes(context, [&](const RelationIndex& i) {
    if (!i.is_constraint()) return;
    const auto kind = i.index.definition().constraint;
    f(kind == ConstraintKind::kUnique ? "UNIQUE" : kind == ConstraintKind::kKey ? "PRIMARY KEY" : "CHECK", i);
  });
}

}  // namespace

void schema_rows(Rows& out, const FunctionContext& context) {
  for (std::string_view name : {"pg_catalog", "information_schema", "public"})
    out.push_back({text(context.database), text(name), text(context.user), Value(), Value(), Value(), Value()});
}

void table_rows(Rows& out, const FunctionContext& context) {
  for_relations(context, [&](const Relation& r) {
    out.push_back({text(context.database), text("public"), text(r.name), text("BASE TABLE"), Value(), Value(), Value(),
                   Value(), Value(), text("NO"), text("NO"), Value()});
  });
}

void column_rows(Rows& out, const FunctionContext& context) {
  if (!context.reader) return;
  const storage::Catalog& catalog = context.reader->graph().catalog();
  for_relations(context, [&](const Relation& r) {
    int64_t position = 0;
    for (KeyId key : r.keys) {
      const types::Oid type = column_type(catalog, r, key);
      const bool array = types::element_oid(type) != 0;
      const types::Oid element = array ? types::element_oid(type) : type;
      out.push_back({text(context.database),
                     text("public"),
                     text(r.name),
                     text(catalog.name(key)),
                     number(++position),
                     Value(),
                     text("YES"),
                     text(array ? "ARRAY" : types::type_text(type)),
                     Value(),
                     Value(),
                     Value(),
                     Value(),
                     Value(),
                     Value(),
                     text(context.database),
                     text("pg_catalog"),
                     text((array ? "_" : "") + std::string(scalar_name(element))),
                     text(std::to_string(position)),
                     text("NO"),
                     text("NEVER"),
                     text("NO")});
    }
  });
}

void table_constraint_rows(Rows& out, const FunctionContext& context) {
  for_keys(context, [&](std::string_view type, const RelationIndex& i) {
    out.push_back({text(context.database), text("public"), text(i.index.definition().name), text(context.database),
                   text("public"), text(i.relation.name), text(type), text("NO"), text("NO"), text("YES")});
  });
}

void key_column_rows(Rows& out, const FunctionContext& context) {
  for_keys(context, [&](std::string_view type, const RelationIndex& i) {
    if (type == "CHECK") return;
    int64_t position = 0;
    for (const std::string& key : i.index.definition().keys)
      out.push_back({text(context.database), text("public"), text(i.index.definition().name), text(context.database),
                     text("public"), text(i.relation.name), text(key), number(++position), Value()});
  });
}

}  // namespace elegraph::query::sql
