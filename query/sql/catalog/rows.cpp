// SPDX-License-Identifier: Apache-2.0
// pg_type, pg_class and pg_attribute: types, relations and their columns, indexes and theirs.
#include "query/sql/catalog/rows.h"

#include <algorithm>

#include "query/sql/catalog/relations.h"
#include "query/types/type_mapping.h"

namespace elegraph::query::sql {
namespace {

struct ScalarType {
  types::Oid oid;
  std::string_view name;
  char category;
};
constexpr ScalarType kScalars[] = {
    {16, "bool", 'B'},          {17, "bytea", 'U'},      {18, "char", 'Z'},     {19, "name", 'S'},
    {20, "int8", 'N'},          {21, "int2", 'N'},       {23, "int4", 'N'},     {24, "regproc", 'N'},
    {25, "text", 'S'},          {26, "oid", 'N'},        {28, "xid", 'U'},      {114, "json", 'U'},
    {700, "float4", 'N'},       {701, "float8", 'N'},    {705, "unknown", 'X'}, {1042, "bpchar", 'S'},
    {1043, "varchar", 'S'},     {1082, "date", 'D'},     {1083, "time", 'D'},   {1114, "timestamp", 'D'},
    {1184, "timestamptz", 'D'}, {1186, "interval", 'T'}, {1266, "timetz", 'D'}, {1700, "numeric", 'N'},
    {2205, "regclass", 'N'},    {2206, "regtype", 'N'},  {2278, "void", 'P'},   {2950, "uuid", 'U'},
    {3802, "jsonb", 'U'},
};

std::vector<Value> type_row(types::Oid oid, std::string_view name, char category, types::Oid element, types::Oid array) {
  const bool pseudo = category == 'P' || category == 'X';
  return {number(oid),
          text(name),
          number(kCatalogSchema),
          number(kOwner),
          number(types::type_length(oid)),
          text(pseudo ? "p" : "b"),
          text(std::string_view(&category, 1)),
          text(","),
          number(0),
          number(element),
          number(array),
          text(element ? "array_in" : std::string(name) + "in"),
          flag(false),
          number(0),
          number(-1),
          number(0),
          number(0),
          Value(),
          flag(true),
          text("x"),
          Value()};
}

std::vector<Value> class_row(int64_t oid, std::string_view name, bool is_index, bool has_index, size_t columns,
                             int64_t checks) {
  return {number(oid),
          text(name),
          number(kPublicSchema),
          number(0),
          number(0),
          number(kOwner),
          number(is_index ? kBtreeMethod : kHeapMethod),
          number(0),
          number(0),
          Value::floating(-1),
          number(0),
          flag(has_index),
          text("p"),
          text(is_index ? "i" : "r"),
          number(int64_t(columns)),
          number(checks),
          flag(false),
          flag(false),
          flag(false),
          flag(false),
          flag(false),
          text(is_index ? "n" : "d"),
          flag(false),
          Value(),
          Value(),
          Value(),
          flag(true),
          number(oid),
          flag(false)};
}

std::vector<Value> attribute_row(int64_t relation, std::string_view name, types::Oid type, int64_t position,
                                 bool not_null) {
  return {number(relation), text(name),
          number(type),     number(types::type_length(type)),
          number(position), number(types::element_oid(type) ? 1 : 0),
          number(-1),       flag(not_null),
          flag(false),      text(""),
          text(""),         flag(false),
          number(0),        text("x"),
          text(""),         number(-1),
          Value(),          Value(),
          Value(),          flag(true)};
}

struct Constrained {
  bool index = false;
  int64_t checks = 0;
  std::vector<KeyId> not_null;
};

Constrained constraints_of(const FunctionContext& context, int64_t relation) {
  Constrained out;
  for_indexes(context, [&](const RelationIndex& i) {
    if (i.relation.oid != relation) return;
    const auto kind = i.index.definition().constraint;
    out.index |= i.has_index();
    out.checks += kind == index::ConstraintKind::kExists;
    if (kind == index::ConstraintKind::kExists || kind == index::ConstraintKind::kKey)
      out.not_null.insert(out.not_null.end(), i.index.keys().begin(), i.index.keys().end());
  });
  return out;
}

}  // namespace

std::string_view scalar_name(types::Oid type) {
  const auto found = std::ranges::find(kScalars, type, &ScalarType::oid);
  return found == std::end(kScalars) ? "text" : found->name;
}

void type_rows(Rows& out, const FunctionContext&) {
  for (const ScalarType& t : kScalars) {
    const types::Oid array = types::array_oid(t.oid);
    out.push_back(type_row(t.oid, t.name, t.category, 0, array));
    if (array) out.push_back(type_row(array, "_" + std::string(t.name), 'A', t.oid, 0));
  }
}

void class_rows(Rows& out, const FunctionContext& context) {
  for_relations(context, [&](const Relation& r) {
    const Constrained c = constraints_of(context, r.oid);
    out.push_back(class_row(r.oid, r.name, false, c.index, r.keys.size(), c.checks));
  });
  for_indexes(context, [&](const RelationIndex& i) {
    if (i.has_index()) out.push_back(class_row(i.oid, i.index.definition().name, true, false, i.index.keys().size(), 0));
  });
}

void attribute_rows(Rows& out, const FunctionContext& context) {
  if (!context.reader) return;
  const storage::Catalog& catalog = context.reader->graph().catalog();
  for_relations(context, [&](const Relation& r) {
    const Constrained c = constraints_of(context, r.oid);
    int64_t position = 0;
    for (KeyId key : r.keys)
      out.push_back(attribute_row(r.oid, catalog.name(key), column_type(catalog, r, key), ++position,
                                  std::ranges::find(c.not_null, key) != c.not_null.end()));
  });
  for_indexes(context, [&](const RelationIndex& i) {
    int64_t position = 0;
    for (KeyId key : i.index.keys())
      if (i.has_index())
        out.push_back(attribute_row(i.oid, catalog.name(key), column_type(catalog, i.relation, key), ++position, false));
  });
}

}  // namespace elegraph::query::sql
