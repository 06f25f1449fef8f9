// SPDX-License-Identifier: Apache-2.0
#include "query/sql/catalog/tables.h"

#include <algorithm>
#include <utility>

#include "query/sql/catalog/relations.h"
#include "query/sql/catalog/rows.h"
#include "storage/error.h"

namespace elegraph::query::sql {
namespace {

// clang-format off
constexpr CatalogColumn kNamespace[] = {{"oid", "oid"}, {"nspname", "name"}, {"nspowner", "oid"}, {"nspacl", "text"}};
constexpr CatalogColumn kDatabase[] = {
    {"oid", "oid"},           {"datname", "name"},       {"datdba", "oid"},       {"encoding", "int4"},
    {"datlocprovider", "char"}, {"datistemplate", "bool"}, {"datallowconn", "bool"}, {"datconnlimit", "int4"},
    {"dattablespace", "oid"}, {"datcollate", "text"},    {"datctype", "text"},    {"daticulocale", "text"},
    {"datcollversion", "text"}, {"datacl", "text"},      {"datfrozenxid", "int8"}, {"datminmxid", "int8"}};
constexpr CatalogColumn kRoles[] = {
    {"oid", "oid"},           {"rolname", "name"},     {"rolsuper", "bool"},       {"rolinherit", "bool"},
    {"rolcreaterole", "bool"}, {"rolcreatedb", "bool"}, {"rolcanlogin", "bool"},    {"rolreplication", "bool"},
    {"rolconnlimit", "int4"}, {"rolpassword", "text"}, {"rolvaliduntil", "timestamptz"}, {"rolbypassrls", "bool"},
    {"rolconfig", "text"}};
constexpr CatalogColumn kUser[] = {{"usename", "name"}, {"usesysid", "oid"}, {"usecreatedb", "bool"}, {"usesuper", "bool"}};
constexpr CatalogColumn kAm[] = {{"oid", "oid"}, {"amname", "name"}, {"amhandler", "text"}, {"amtype", "char"}};
constexpr CatalogColumn kSettings[] = {
    {"name", "text"},       {"setting", "text"},  {"unit", "text"},       {"category", "text"}, {"short_desc", "text"},
    {"extra_desc", "text"}, {"context", "text"},  {"vartype", "text"},    {"source", "text"},   {"min_val", "text"},
    {"max_val", "text"},    {"enumvals", "text[]"}, {"boot_val", "text"}, {"reset_val", "text"}, {"sourcefile", "text"},
    {"sourceline", "int4"}, {"pending_restart", "bool"}};
constexpr CatalogColumn kProc[] = {
    {"oid", "oid"},          {"proname", "name"},       {"pronamespace", "oid"}, {"proowner", "oid"},     {"prolang", "oid"},
    {"prokind", "char"},     {"proisstrict", "bool"},   {"prosecdef", "bool"},   {"proretset", "bool"},   {"provolatile", "char"},
    {"proparallel", "char"}, {"pronargs", "int2"},      {"pronargdefaults", "int2"}, {"prorettype", "oid"}, {"proargtypes", "int8[]"},
    {"proargmodes", "text[]"}, {"proargnames", "text[]"}, {"prosrc", "text"},    {"probin", "text"},      {"proconfig", "text[]"},
    {"proacl", "text"}};

constexpr CatalogColumn kIndex[] = {
    {"indexrelid", "oid"},      {"indrelid", "oid"},       {"indnatts", "int2"},      {"indnkeyatts", "int2"},
    {"indisunique", "bool"},    {"indnullsnotdistinct", "bool"}, {"indisprimary", "bool"}, {"indisexclusion", "bool"},
    {"indimmediate", "bool"},   {"indisclustered", "bool"}, {"indisvalid", "bool"},   {"indcheckxmin", "bool"},
    {"indisready", "bool"},     {"indislive", "bool"},     {"indisreplident", "bool"}, {"indkey", "int8[]"},
    {"indcollation", "int8[]"}, {"indclass", "int8[]"},    {"indoption", "int8[]"},   {"indexprs", "text"},
    {"indpred", "text"}};
constexpr CatalogColumn kConstraint[] = {
    {"oid", "oid"},           {"conname", "name"},       {"connamespace", "oid"},   {"contype", "char"},
    {"condeferrable", "bool"}, {"condeferred", "bool"},  {"convalidated", "bool"},  {"conrelid", "oid"},
    {"contypid", "oid"},      {"conindid", "oid"},       {"conparentid", "oid"},    {"confrelid", "oid"},
    {"confupdtype", "char"},  {"confdeltype", "char"},   {"confmatchtype", "char"}, {"conislocal", "bool"},
    {"coninhcount", "int4"},  {"connoinherit", "bool"},  {"conkey", "int8[]"},      {"confkey", "int8[]"},
    {"conbin", "text"}};

constexpr CatalogColumn kType[] = {
    {"oid", "oid"},         {"typname", "name"},    {"typnamespace", "oid"}, {"typowner", "oid"},   {"typlen", "int2"},
    {"typtype", "char"},    {"typcategory", "char"}, {"typdelim", "char"},    {"typrelid", "oid"},   {"typelem", "oid"},
    {"typarray", "oid"},    {"typinput", "text"},   {"typnotnull", "bool"},  {"typbasetype", "oid"}, {"typtypmod", "int4"},
    {"typndims", "int4"},   {"typcollation", "oid"}, {"typdefault", "text"},  {"typisdefined", "bool"},
    {"typstorage", "char"}, {"typacl", "text"}};

constexpr CatalogColumn kClass[] = {
    {"oid", "oid"},           {"relname", "name"},         {"relnamespace", "oid"},        {"reltype", "oid"},
    {"reloftype", "oid"},     {"relowner", "oid"},         {"relam", "oid"},               {"reltablespace", "oid"},
    {"relpages", "int4"},     {"reltuples", "float8"},     {"reltoastrelid", "oid"},       {"relhasindex", "bool"},
    {"relpersistence", "char"}, {"relkind", "char"},       {"relnatts", "int2"},           {"relchecks", "int2"},
    {"relhasrules", "bool"},  {"relhastriggers", "bool"},  {"relhassubclass", "bool"},     {"relrowsecurity", "bool"},
    {"relforcerowsecurity", "bool"}, {"relreplident", "char"}, {"relispartition", "bool"}, {"relacl", "text"},
    {"reloptions", "text[]"}, {"relpartbound", "text"},   {"relispopulated", "bool"},    {"relfilenode", "oid"},
    {"relisshared", "bool"}};

constexpr CatalogColumn kAttribute[] = {
    {"attrelid", "oid"},    {"attname", "name"},     {"atttypid", "oid"},     {"attlen", "int2"},      {"attnum", "int2"},
    {"attndims", "int4"},   {"atttypmod", "int4"},   {"attnotnull", "bool"},  {"atthasdef", "bool"},   {"attidentity", "char"},
    {"attgenerated", "char"}, {"attisdropped", "bool"}, {"attcollation", "oid"}, {"attstorage", "char"}, {"attcompression", "char"},
    {"attstattarget", "int4"}, {"attacl", "text"},    {"attoptions", "text[]"}, {"attfdwoptions", "text[]"}, {"attislocal", "bool"}};

// What a graph has nothing of.
constexpr CatalogColumn kRange[] = {{"rngtypid", "oid"}, {"rngsubtype", "oid"}, {"rngmultitypid", "oid"}};
constexpr CatalogColumn kEnum[] = {{"oid", "oid"}, {"enumtypid", "oid"}, {"enumsortorder", "float4"}, {"enumlabel", "name"}};
constexpr CatalogColumn kExtension[] = {{"oid", "oid"}, {"extname", "name"}, {"extversion", "text"}, {"extnamespace", "oid"},
                                        {"extrelocatable", "bool"}};
constexpr CatalogColumn kDescription[] = {{"objoid", "oid"}, {"classoid", "oid"}, {"objsubid", "int4"}, {"description", "text"}};
constexpr CatalogColumn kAttrdef[] = {{"oid", "oid"}, {"adrelid", "oid"}, {"adnum", "int2"}, {"adbin", "text"}};
constexpr CatalogColumn kInherits[] = {{"inhrelid", "oid"}, {"inhparent", "oid"}, {"inhseqno", "int4"}, {"inhdetachpending", "bool"}};
constexpr CatalogColumn kCollation[] = {{"oid", "oid"}, {"collname", "name"}, {"collnamespace", "oid"}, {"collencoding", "int4"}};
constexpr CatalogColumn kTablespace[] = {{"oid", "oid"}, {"spcname", "name"}, {"spcowner", "oid"}, {"spcacl", "text"}, {"spcoptions", "text[]"}};

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

// information_schema
constexpr CatalogColumn kSchemata[] = {{"catalog_name", "name"}, {"schema_name", "name"}, {"schema_owner", "name"},
                                       {"default_character_set_catalog", "name"}, {"default_character_set_schema", "name"},
                                       {"default_character_set_name", "name"}, {"sql_path", "text"}};
constexpr CatalogColumn kInformationTables[] = {
    {"table_catalog", "name"}, {"table_schema", "name"}, {"table_name", "name"}, {"table_type", "text"},
    {"self_referencing_column_name", "name"}, {"reference_generation", "text"}, {"user_defined_type_catalog", "name"},
    {"user_defined_type_schema", "name"}, {"user_defined_type_name", "name"}, {"is_insertable_into", "text"},
    {"is_typed", "text"}, {"commit_action", "text"}};
constexpr CatalogColumn kColumns[] = {
    {"table_catalog", "name"}, {"table_schema", "name"}, {"table_name", "name"}, {"column_name", "name"},
    {"ordinal_position", "int4"}, {"column_default", "text"}, {"is_nullable", "text"}, {"data_type", "text"},
    {"character_maximum_length", "int4"}, {"numeric_precision", "int4"}, {"numeric_scale", "int4"},
    {"datetime_precision", "int4"}, {"collation_name", "name"}, {"domain_name", "name"}, {"udt_catalog", "name"},
    {"udt_schema", "name"}, {"udt_name", "name"}, {"dtd_identifier", "text"}, {"is_identity", "text"},
    {"is_generated", "text"}, {"is_updatable", "text"}};
constexpr CatalogColumn kTableConstraints[] = {
    {"constraint_catalog", "name"}, {"constraint_schema", "name"}, {"constraint_name", "name"}, {"table_catalog", "name"},
    {"table_schema", "name"}, {"table_name", "name"}, {"constraint_type", "text"}, {"is_deferrable", "text"},
    {"initially_deferred", "text"}, {"enforced", "text"}};
constexpr CatalogColumn kKeyColumnUsage[] = {
    {"constraint_catalog", "name"}, {"constraint_schema", "name"}, {"constraint_name", "name"}, {"table_catalog", "name"},
    {"table_schema", "name"}, {"table_name", "name"}, {"column_name", "name"}, {"ordinal_position", "int4"},
    {"position_in_unique_constraint", "int4"}};

constexpr CatalogTable kTables[] = {
    {"pg_type", kType, type_rows},
    {"pg_namespace", kNamespace, namespace_rows},
    {"pg_index", kIndex, index_rows},
    {"pg_constraint", kConstraint, constraint_rows},
    {"pg_proc", kProc, procedure_rows},
    {"pg_settings", kSettings, setting_rows},
    {"information_schema.schemata", kSchemata, schema_rows},
    {"information_schema.tables", kInformationTables, table_rows},
    {"information_schema.columns", kColumns, column_rows},
    {"information_schema.table_constraints", kTableConstraints, table_constraint_rows},
    {"information_schema.key_column_usage", kKeyColumnUsage, key_column_rows},
    {"pg_class", kClass, class_rows},
    {"pg_attribute", kAttribute, attribute_rows},
    {"pg_database", kDatabase, database_rows},
    {"pg_roles", kRoles, role_rows},
    {"pg_user", kUser, user_rows},
    {"pg_authid", kRoles, authid_rows},
    {"pg_am", kAm, am_rows},
    {"pg_range", kRange, nullptr},
    {"pg_enum", kEnum, nullptr},
    {"pg_extension", kExtension, nullptr},
    {"pg_description", kDescription, nullptr},
    {"pg_attrdef", kAttrdef, nullptr},
    {"pg_inherits", kInherits, nullptr},
    {"pg_collation", kCollation, nullptr},
    {"pg_tablespace", kTablespace, tablespace_rows},
    {"pg_policy", kPolicy, nullptr},
    {"pg_auth_members", kAuthMembers, nullptr},
    {"pg_statistic_ext", kStatisticExt, nullptr},
    {"pg_publication", kPublication, nullptr},
    {"pg_publication_rel", kPublicationRel, nullptr},
    {"pg_publication_namespace", kPublicationNamespace, nullptr},
    {"pg_foreign_table", kForeignTable, nullptr},
    {"pg_trigger", kTrigger, nullptr},
};

// Always empty, whatever columns they are asked for: they have none of their own.
constexpr std::string_view kEmptyTables[] = {
    "pg_aggregate", "pg_amop", "pg_amproc", "pg_available_extensions", "pg_available_extension_versions", "pg_cast",
    "pg_conversion", "pg_db_role_setting", "pg_default_acl", "pg_depend", "pg_event_trigger", "pg_foreign_data_wrapper",
    "pg_foreign_server", "pg_init_privs", "pg_language", "pg_largeobject_metadata", "pg_locks", "pg_matviews", "pg_opclass",
    "pg_operator", "pg_opfamily", "pg_parameter_acl", "pg_partitioned_table", "pg_prepared_xacts", "pg_replication_slots",
    "pg_rewrite", "pg_rules", "pg_seclabel", "pg_seclabels", "pg_sequence", "pg_sequences", "pg_shdepend", "pg_shdescription",
    "pg_shseclabel", "pg_statistic", "pg_stats", "pg_subscription", "pg_subscription_rel", "pg_transform", "pg_ts_config",
    "pg_ts_config_map", "pg_ts_dict", "pg_ts_parser", "pg_ts_template", "pg_user_mapping", "pg_user_mappings", "pg_views",
    "information_schema.check_constraints", "information_schema.constraint_column_usage",
    "information_schema.constraint_table_usage", "information_schema.domains", "information_schema.parameters",
    "information_schema.referential_constraints", "information_schema.routines", "information_schema.sequences",
    "information_schema.triggers", "information_schema.views"};
// clang-format on

const std::vector<CatalogTable>& all_tables() {
  static const std::vector<CatalogTable> kAll = [] {
    std::vector<CatalogTable> all(std::begin(kTables), std::end(kTables));
    for (std::string_view name : kEmptyTables) all.push_back({name, {}, nullptr});
    return all;
  }();
  return kAll;
}

}  // namespace

const CatalogColumn* CatalogTable::find(std::string_view column) const {
  auto found = std::ranges::find(columns, column, &CatalogColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

int64_t catalog_oid(std::string_view name) {
  // Those that clients know by number.
  constexpr std::pair<std::string_view, int64_t> kFixed[] = {
      {"pg_type", 1247},     {"pg_attribute", 1249},  {"pg_proc", 1255},        {"pg_class", 1259}, {"pg_authid", 1260},
      {"pg_database", 1262}, {"pg_constraint", 2606}, {"pg_description", 2609}, {"pg_index", 2610}, {"pg_namespace", 2615}};
  constexpr int64_t kOthers = 12'000;
  for (const auto& [fixed, oid] : kFixed)
    if (fixed == name) return oid;
  const CatalogTable* table = find_catalog_table(name);
  return table ? kOthers + (table - all_tables().data()) : 0;
}

const CatalogTable* find_catalog_table(std::string_view name) {
  auto found = std::ranges::find(all_tables(), name, &CatalogTable::name);
  return found == all_tables().end() ? nullptr : &*found;
}

}  // namespace elegraph::query::sql
