// SPDX-License-Identifier: Apache-2.0
#include "query/sql/catalog/object_names.h"

#include <utility>

#include "query/functions/quoting.h"
#include "query/functions/value_ops.h"
#include "query/sql/catalog/relations.h"
#include "query/sql/catalog/rows.h"
#include "query/sql/catalog/tables.h"
#include "query/sql/type_names.h"
#include "query/types/type_mapping.h"
#include "storage/error.h"

namespace elegraph::query::sql {
namespace {

struct QualifiedName {
  std::string schema, name;
};

// schema."Name": quotes are taken off.
QualifiedName read_name(std::string_view text) {
  QualifiedName out;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"')
      out.name += text[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == '.' && !quoted)
      out.schema = std::exchange(out.name, {});
    else
      out.name += c;
  }
  return out;
}

int64_t relation(std::string_view text, const FunctionContext& context) {
  const QualifiedName q = read_name(text);
  int64_t found = 0;
  if (q.schema.empty() || q.schema == "public") {
    if (auto oid = relation_oid(context, q.name)) return *oid;
    for_indexes(context, [&](const RelationIndex& i) {
      if (i.has_index() && i.index.definition().name == q.name) found = i.oid;
    });
  }
  if (found) return found;
  if (q.schema != "public") found = catalog_oid(q.schema == "information_schema" ? "information_schema." + q.name : q.name);
  if (found) return found;
  throw Error(sqlstate::kUndefinedTable, "relation \"" + std::string(text) + "\" does not exist");
}

std::string relation_name(int64_t oid, const FunctionContext& context) {
  std::string out = std::to_string(oid);
  for_relations(context, [&](const Relation& r) {
    if (r.oid == oid) out = quote_identifier(r.name);
  });
  for_indexes(context, [&](const RelationIndex& i) {
    if (i.oid == oid) out = quote_identifier(i.index.definition().name);
  });
  return oid == 0 ? "-" : out;
}

constexpr std::pair<std::string_view, int64_t> kSchemas[] = {
    {"pg_catalog", kCatalogSchema}, {"public", kPublicSchema}, {"information_schema", kInformationSchema}};

}  // namespace

int64_t object_oid(std::string_view type, std::string_view text, const FunctionContext& context) {
  if (text == "-") return 0;
  if (type == "regclass") return relation(text, context);
  const QualifiedName q = read_name(text);
  if (type == "regtype") {
    if (const types::Oid oid = type_oid(q.name)) return oid;
    throw Error(sqlstate::kUndefinedObject, "type \"" + std::string(text) + "\" does not exist");
  }
  if (type == "regnamespace") {
    for (const auto& [name, oid] : kSchemas)
      if (name == q.name) return oid;
    throw Error("3F000", "schema \"" + std::string(text) + "\" does not exist");
  }
  throw Error(sqlstate::kUndefinedFunction, "function \"" + std::string(text) + "\" does not exist");
}

std::string object_name(std::string_view type, int64_t oid, const FunctionContext& context) {
  if (type == "regclass") return relation_name(oid, context);
  if (type == "regtype") return oid == 0 ? "-" : types::type_text(types::Oid(oid));
  for (const auto& [name, number] : kSchemas)
    if (type == "regnamespace" && number == oid) return std::string(name);
  return std::to_string(oid);
}

}  // namespace elegraph::query::sql
