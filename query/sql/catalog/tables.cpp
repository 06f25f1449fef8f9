// SPDX-License-Identifier: Apache-2.0
#include "query/sql/catalog/tables.h"

#include <algorithm>

#include "query/functions/families.h"
#include "query/functions/value_ops.h"
#include "storage/error.h"

namespace elegraph::query::sql {
namespace {

using Rows = std::vector<std::vector<Value>>;

Value text(std::string_view s) { return Value::string(s); }
Value number(int64_t n) { return Value::integer(n); }
Value flag(bool b) { return Value::boolean(b); }

constexpr CatalogColumn kNamespace[] = {{"oid", "oid"}, {"nspname", "name"}, {"nspowner", "oid"}, {"nspacl", "text"}};
void namespace_rows(Rows& out, const FunctionContext&) {
  out.push_back({number(kCatalogSchema), text("pg_catalog"), number(kOwner), Value()});
  out.push_back({number(kPublicSchema), text("public"), number(kOwner), Value()});
}

constexpr CatalogColumn kDatabase[] = {
    {"oid", "oid"},           {"datname", "name"},       {"datdba", "oid"},       {"encoding", "int4"},
    {"datlocprovider", "char"}, {"datistemplate", "bool"}, {"datallowconn", "bool"}, {"datconnlimit", "int4"},
    {"dattablespace", "oid"}, {"datcollate", "text"},    {"datctype", "text"},    {"daticulocale", "text"},
    {"datcollversion", "text"}, {"datacl", "text"}};
void database_rows(Rows& out, const FunctionContext& context) {
  constexpr int64_t kFirstDatabase = 16000, kUtf8 = 6, kDefaultTablespace = 1663;
  out.push_back({number(kFirstDatabase), text(context.database), number(kOwner), number(kUtf8), text("c"), flag(false),
                 flag(true), number(-1), number(kDefaultTablespace), text("C.UTF-8"), text("C.UTF-8"), Value(), Value(),
                 Value()});
}

constexpr CatalogColumn kRoles[] = {
    {"oid", "oid"},           {"rolname", "name"},     {"rolsuper", "bool"},       {"rolinherit", "bool"},
    {"rolcreaterole", "bool"}, {"rolcreatedb", "bool"}, {"rolcanlogin", "bool"},    {"rolreplication", "bool"},
    {"rolconnlimit", "int4"}, {"rolpassword", "text"}, {"rolvaliduntil", "timestamptz"}, {"rolbypassrls", "bool"},
    {"rolconfig", "text"}};
void role_rows(Rows& out, const FunctionContext& context) {
  out.push_back({number(kOwner), text(context.user), flag(true), flag(true), flag(true), flag(true), flag(true), flag(false),
                 number(-1), text("********"), Value(), flag(true), Value()});
}

constexpr CatalogColumn kUser[] = {{"usename", "name"}, {"usesysid", "oid"}, {"usecreatedb", "bool"}, {"usesuper", "bool"}};
void user_rows(Rows& out, const FunctionContext& context) {
  out.push_back({text(context.user), number(kOwner), flag(true), flag(true)});
}

constexpr CatalogColumn kAm[] = {{"oid", "oid"}, {"amname", "name"}, {"amtype", "char"}};
void am_rows(Rows& out, const FunctionContext&) { out.push_back({number(kHeapMethod), text("heap"), text("t")}); }

constexpr CatalogColumn kType[] = {
    {"oid", "oid"},         {"typname", "name"},    {"typnamespace", "oid"}, {"typowner", "oid"},   {"typlen", "int2"},
    {"typtype", "char"},    {"typcategory", "char"}, {"typdelim", "char"},    {"typrelid", "oid"},   {"typelem", "oid"},
    {"typarray", "oid"},    {"typinput", "text"},   {"typnotnull", "bool"},  {"typbasetype", "oid"}, {"typtypmod", "int4"},
    {"typndims", "int4"},   {"typcollation", "oid"}, {"typdefault", "text"},  {"typisdefined", "bool"}};

constexpr CatalogColumn kClass[] = {
    {"oid", "oid"},           {"relname", "name"},         {"relnamespace", "oid"},        {"reltype", "oid"},
    {"reloftype", "oid"},     {"relowner", "oid"},         {"relam", "oid"},               {"reltablespace", "oid"},
    {"relpages", "int4"},     {"reltuples", "float8"},     {"reltoastrelid", "oid"},       {"relhasindex", "bool"},
    {"relpersistence", "char"}, {"relkind", "char"},       {"relnatts", "int2"},           {"relchecks", "int2"},
    {"relhasrules", "bool"},  {"relhastriggers", "bool"},  {"relhassubclass", "bool"},     {"relrowsecurity", "bool"},
    {"relforcerowsecurity", "bool"}, {"relreplident", "char"}, {"relispartition", "bool"}, {"relacl", "text"},
    {"reloptions", "text[]"}, {"relpartbound", "text"}};

constexpr CatalogColumn kAttribute[] = {
    {"attrelid", "oid"},    {"attname", "name"},     {"atttypid", "oid"},     {"attlen", "int2"},      {"attnum", "int2"},
    {"attndims", "int4"},   {"atttypmod", "int4"},   {"attnotnull", "bool"},  {"atthasdef", "bool"},   {"attidentity", "char"},
    {"attgenerated", "char"}, {"attisdropped", "bool"}, {"attcollation", "oid"}, {"attstorage", "char"}, {"attcompression", "char"},
    {"attstattarget", "int4"}, {"attacl", "text"}};

// What a graph has nothing of.
constexpr CatalogColumn kRange[] = {{"rngtypid", "oid"}, {"rngsubtype", "oid"}, {"rngmultitypid", "oid"}};
constexpr CatalogColumn kEnum[] = {{"oid", "oid"}, {"enumtypid", "oid"}, {"enumsortorder", "float4"}, {"enumlabel", "name"}};
constexpr CatalogColumn kExtension[] = {{"oid", "oid"}, {"extname", "name"}, {"extversion", "text"}, {"extnamespace", "oid"},
                                        {"extrelocatable", "bool"}};
constexpr CatalogColumn kDescription[] = {{"objoid", "oid"}, {"classoid", "oid"}, {"objsubid", "int4"}, {"description", "text"}};
constexpr CatalogColumn kAttrdef[] = {{"oid", "oid"}, {"adrelid", "oid"}, {"adnum", "int2"}, {"adbin", "text"}};
constexpr CatalogColumn kInherits[] = {{"inhrelid", "oid"}, {"inhparent", "oid"}, {"inhseqno", "int4"}, {"inhdetachpending", "bool"}};
constexpr CatalogColumn kCollation[] = {{"oid", "oid"}, {"collname", "name"}, {"collnamespace", "oid"}};
constexpr CatalogColumn kTablespace[] = {{"oid", "oid"}, {"spcname", "name"}, {"spcowner", "oid"}};

constexpr CatalogColumn kPolicy[] = {{"oid", "oid"}, {"polname", "name"}, {"polrelid", "oid"}, {"polcmd", "text"}, {"polpermissive", "bool"},
                                     {"polroles", "int8[]"}, {"polqual", "text"}, {"polwithcheck", "text"}};
constexpr CatalogColumn kAuthMembers[] = {{"roleid", "oid"}, {"member", "oid"}, {"grantor", "oid"}, {"admin_option", "bool"}};
constexpr CatalogColumn kStatisticExt[] = {{"oid", "oid"}, {"stxrelid", "oid"}, {"stxname", "name"}, {"stxnamespace", "oid"},
                                           {"stxstattarget", "int4"}, {"stxkind", "text[]"}};
constexpr CatalogColumn kPublication[] = {{"oid", "oid"}, {"pubname", "name"}, {"pubowner", "oid"}, {"puballtables", "bool"}};
constexpr CatalogColumn kPublicationRel[] = {{"oid", "oid"}, {"prpubid", "oid"}, {"prrelid", "oid"}, {"prqual", "text"}, {"prattrs", "int8[]"}};
constexpr CatalogColumn kPublicationNamespace[] = {{"oid", "oid"}, {"pnpubid", "oid"}, {"pnnspid", "oid"}};
constexpr CatalogColumn kForeignTable[] = {{"ftrelid", "oid"}, {"ftserver", "oid"}, {"ftoptions", "text"}};
constexpr CatalogColumn kTrigger[] = {{"oid", "oid"}, {"tgrelid", "oid"}, {"tgname", "name"}, {"tgfoid", "oid"}, {"tgenabled", "text"},
                                      {"tgisinternal", "bool"}, {"tgparentid", "oid"}};

constexpr CatalogTable kTables[] = {
    {"pg_type", kType, type_rows},
    {"pg_namespace", kNamespace, namespace_rows},
    {"pg_class", kClass, class_rows},
    {"pg_attribute", kAttribute, attribute_rows},
    {"pg_database", kDatabase, database_rows},
    {"pg_roles", kRoles, role_rows},
    {"pg_user", kUser, user_rows},
    {"pg_am", kAm, am_rows},
    {"pg_range", kRange, nullptr},
    {"pg_enum", kEnum, nullptr},
    {"pg_extension", kExtension, nullptr},
    {"pg_description", kDescription, nullptr},
    {"pg_attrdef", kAttrdef, nullptr},
    {"pg_inherits", kInherits, nullptr},
    {"pg_collation", kCollation, nullptr},
    {"pg_tablespace", kTablespace, nullptr},
    {"pg_policy", kPolicy, nullptr},
    {"pg_auth_members", kAuthMembers, nullptr},
    {"pg_statistic_ext", kStatisticExt, nullptr},
    {"pg_publication", kPublication, nullptr},
    {"pg_publication_rel", kPublicationRel, nullptr},
    {"pg_publication_namespace", kPublicationNamespace, nullptr},
    {"pg_foreign_table", kForeignTable, nullptr},
    {"pg_trigger", kTrigger, nullptr},
};

// pg_catalog_rows(table): its rows as maps.
Value catalog_rows(std::span<const Value> args, const FunctionContext& context) {
  const CatalogTable* table = args[0].type() == Type::kString ? find_catalog_table(args[0].as_string()) : nullptr;
  if (!table) throw Error(sqlstate::kInvalidParameterValue, "pg_catalog_rows() needs the name of a catalog");
  Rows rows;
  if (table->rows) table->rows(rows, context);
  std::vector<Value> maps;
  for (auto& row : rows) {
    std::vector<std::pair<std::string, Value>> entries;
    for (size_t i = 0; i < table->columns.size(); ++i)
      entries.emplace_back(table->columns[i].name, std::move(row[i]));
    maps.push_back(Value::map(std::move(entries)));
  }
  return Value::list(std::move(maps));
}

// array_to_string(list, separator [, text for null]): nulls are left out without one.
Value array_to_string(std::span<const Value> args, const FunctionContext&) {
  if (args[0].is_null() || args[1].is_null()) return {};
  if (args[0].type() != Type::kList || args[1].type() != Type::kString)
    throw Error(sqlstate::kInvalidParameterValue, "array_to_string() takes a list and a string");
  std::string out;
  bool first = true;
  for (auto& item : args[0].as_list()) {
    if (item.is_null() && (args.size() < 3 || args[2].is_null())) continue;
    if (!first) out += args[1].as_string();
    out += to_text(item.is_null() ? args[2] : item);
    first = false;
  }
  return Value::string(out);
}

// array_upper(list, 1); there is but one dimension, counted from 1.
Value array_upper(std::span<const Value> args, const FunctionContext&) {
  const bool counts = args[0].type() == Type::kList && !args[0].as_list().empty();
  return counts && args[1].type() == Type::kInt && args[1].as_int() == 1 ? number(int64_t(args[0].as_list().size())) : Value();
}

constexpr FunctionDef kFunctions[] = {{.name = "array_to_string",
                                       .min_args = 2,
                                       .max_args = 3,
                                       .call = array_to_string,
                                       .null_on_null = false,
                                       .result = types::always<Type::kString>},
                                      {.name = "array_upper",
                                       .min_args = 2,
                                       .max_args = 2,
                                       .call = array_upper,
                                       .result = types::always<Type::kInt>},
                                      {.name = "pg_catalog_rows",
                                       .min_args = 1,
                                       .max_args = 1,
                                       .call = catalog_rows,
                                       .deterministic = false,
                                       .session_bound = true,
                                       .result = types::always<Type::kList>}};

}  // namespace

const CatalogColumn* CatalogTable::find(std::string_view column) const {
  auto found = std::ranges::find(columns, column, &CatalogColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

const CatalogTable* find_catalog_table(std::string_view name) {
  auto found = std::ranges::find(kTables, name, &CatalogTable::name);
  return found == std::end(kTables) ? nullptr : found;
}

}  // namespace elegraph::query::sql

namespace elegraph::query {
std::span<const FunctionDef> families::catalog() { return sql::kFunctions; }
}  // namespace elegraph::query
