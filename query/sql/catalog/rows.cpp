// SPDX-License-Identifier: Apache-2.0
// Rows of the catalogs that follow from the types and from the graph.
#include "query/plan/type_rules.h"
#include "query/sql/catalog/tables.h"
#include "query/types/type_mapping.h"
#include "storage/graph.h"

namespace elegraph::query::sql {
namespace {

Value text(std::string_view s) { return Value::string(s); }
Value number(int64_t n) { return Value::integer(n); }
Value flag(bool b) { return Value::boolean(b); }

struct ScalarType {
  types::Oid oid;
  std::string_view name;
  char category;
};
constexpr ScalarType kScalars[] = {
    {16, "bool", 'B'},    {17, "bytea", 'U'},     {18, "char", 'Z'},         {19, "name", 'S'},      {20, "int8", 'N'},
    {21, "int2", 'N'},    {23, "int4", 'N'},      {24, "regproc", 'N'},      {25, "text", 'S'},      {26, "oid", 'N'},
    {28, "xid", 'U'},     {114, "json", 'U'},     {700, "float4", 'N'},      {701, "float8", 'N'},   {705, "unknown", 'X'},
    {1042, "bpchar", 'S'}, {1043, "varchar", 'S'}, {1082, "date", 'D'},       {1083, "time", 'D'},    {1114, "timestamp", 'D'},
    {1184, "timestamptz", 'D'}, {1186, "interval", 'T'}, {1266, "timetz", 'D'}, {1700, "numeric", 'N'}, {2205, "regclass", 'N'},
    {2206, "regtype", 'N'}, {2278, "void", 'P'},   {2950, "uuid", 'U'},       {3802, "jsonb", 'U'},
};

std::vector<Value> type_row(types::Oid oid, std::string_view name, char category, types::Oid element, types::Oid array) {
  const bool pseudo = category == 'P' || category == 'X';
  return {number(oid), text(name), number(kCatalogSchema), number(kOwner), number(types::type_length(oid)),
          text(pseudo ? "p" : "b"), text(std::string_view(&category, 1)), text(","), number(0), number(element),
          number(array), text(element ? "array_in" : std::string(name) + "in"), flag(false), number(0), number(-1), number(0),
          number(0), Value(), flag(true)};
}

struct Relation {
  std::string_view name;
  std::vector<KeyId> keys;
  bool node;
  uint32_t id;
};

// f(oid, relation) for all labels and relationship types.
template <class F>
void for_relations(const FunctionContext& context, F f) {
  if (!context.reader) return;
  const storage::Catalog& catalog = context.reader->graph().catalog();
  int64_t oid = kFirstRelation;
  for (uint32_t i = 0; i < catalog.label_count(); ++i, oid += 2)
    f(oid, Relation{catalog.name(LabelId(i)), catalog.node_keys(LabelId(i)), true, i});
  oid = kFirstRelation + 1;
  for (uint32_t i = 0; i < catalog.rel_type_count(); ++i, oid += 2)
    f(oid, Relation{catalog.name(RelTypeId(i)), catalog.rel_keys(RelTypeId(i)), false, i});
}

}  // namespace

void type_rows(std::vector<std::vector<Value>>& out, const FunctionContext&) {
  for (const ScalarType& t : kScalars) {
    const types::Oid array = types::array_oid(t.oid);
    out.push_back(type_row(t.oid, t.name, t.category, 0, array));
    if (array) out.push_back(type_row(array, "_" + std::string(t.name), 'A', t.oid, 0));
  }
}

void class_rows(std::vector<std::vector<Value>>& out, const FunctionContext& context) {
  for_relations(context, [&](int64_t oid, const Relation& r) {
    out.push_back({number(oid), text(r.name), number(kPublicSchema), number(0), number(0), number(kOwner), number(kHeapMethod),
                   number(0), number(0), Value::floating(-1), number(0), flag(false), text("p"), text("r"),
                   number(int64_t(r.keys.size())), number(0), flag(false), flag(false), flag(false), flag(false), flag(false),
                   text("d"), flag(false), Value(), Value(), Value()});
  });
}

void attribute_rows(std::vector<std::vector<Value>>& out, const FunctionContext& context) {
  for_relations(context, [&](int64_t oid, const Relation& r) {
    const storage::Catalog& catalog = context.reader->graph().catalog();
    int64_t position = 0;
    for (KeyId key : r.keys) {
      const auto mask = r.node ? catalog.node_types(LabelId(r.id), key) : catalog.rel_types(RelTypeId(r.id), key);
      const types::Oid type = types::result_oid(plan::type_of_mask(mask), false);
      out.push_back({number(oid), text(catalog.name(key)), number(type), number(types::type_length(type)), number(++position),
                     number(types::element_oid(type) ? 1 : 0), number(-1), flag(false), flag(false), text(""), text(""),
                     flag(false), number(0), text("x"), text(""), number(-1), Value()});
    }
  });
}

}  // namespace elegraph::query::sql
