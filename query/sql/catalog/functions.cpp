// SPDX-License-Identifier: Apache-2.0
// The functions over catalogs: what clients call beside their SELECTs.
#include "query/functions/families.h"
#include "query/functions/value_ops.h"
#include "query/sql/catalog/object_names.h"
#include "query/sql/catalog/rows.h"
#include "query/sql/catalog/tables.h"
#include "storage/error.h"

namespace elegraph::query::sql {
namespace {

// pg_catalog_rows(table): its rows as maps.
Value catalog_rows(std::span<const Value> args, const FunctionContext& context) {
  const CatalogTable* table = args[0].type() == Type::kString ? find_catalog_table(args[0].as_string()) : nullptr;
  if (!table) throw Error(sqlstate::kInvalidParameterValue, "pg_catalog_rows() needs the name of a catalog");
  Rows rows;
  if (table->rows) table->rows(rows, context);
  const int64_t self = catalog_oid(table->name);
  std::vector<Value> maps;
  for (auto& row : rows) {
    std::vector<std::pair<std::string, Value>> entries;
    for (size_t i = 0; i < table->columns.size(); ++i) entries.emplace_back(table->columns[i].name, std::move(row[i]));
    entries.emplace_back("tableoid", number(self));
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
  return counts && args[1].type() == Type::kInt && args[1].as_int() == 1 ? number(int64_t(args[0].as_list().size()))
                                                                         : Value();
}

// pg_object_name('regclass', oid): what a cast of a cast to regclass to text gives.
Value name_of_object(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].type() != Type::kString || args[1].type() != Type::kInt) return args[1];
  return Value::string(object_name(args[0].as_string(), args[1].as_int(), context));
}

// to_regclass(name): null where regclass is an error.
Value to_regclass(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].type() != Type::kString) return {};
  try {
    return Value::string(object_name("regclass", object_oid("regclass", args[0].as_string(), context), context));
  } catch (const Error&) {
    return {};
  }
}

Value yes(std::span<const Value>, const FunctionContext&) { return flag(true); }
Value nothing(std::span<const Value>, const FunctionContext&) { return {}; }
Value no_text(std::span<const Value>, const FunctionContext&) { return text(""); }
Value zero(std::span<const Value>, const FunctionContext&) { return number(0); }

template <Type R>
constexpr FunctionDef reads(std::string_view name, ScalarFunction call, int min_args, int max_args) {
  return {.name = name,
          .min_args = min_args,
          .max_args = max_args,
          .call = call,
          .deterministic = false,
          .session_bound = true,
          .result = types::always<R>};
}

constexpr FunctionDef kFunctions[] = {
    {.name = "array_to_string",
     .min_args = 2,
     .max_args = 3,
     .call = array_to_string,
     .null_on_null = false,
     .result = types::always<Type::kString>},
    {.name = "array_upper", .min_args = 2, .max_args = 2, .call = array_upper, .result = types::always<Type::kInt>},
    reads<Type::kList>("pg_catalog_rows", catalog_rows, 1, 1),
    reads<Type::kString>("pg_object_name", name_of_object, 2, 2),
    reads<Type::kString>("to_regclass", to_regclass, 1, 1),
    reads<Type::kString>("pg_get_indexdef", index_definition, 1, 3),
    reads<Type::kString>("pg_get_constraintdef", constraint_definition, 1, 2),
    reads<Type::kString>("pg_get_function_arguments", procedure_arguments, 1, 1),
    reads<Type::kString>("pg_get_function_identity_arguments", procedure_arguments, 1, 1),
    reads<Type::kString>("pg_get_function_result", nothing, 1, 1),
    reads<Type::kString>("pg_get_functiondef", nothing, 1, 1),
    reads<Type::kString>("pg_get_viewdef", nothing, 1, 2),
    reads<Type::kString>("pg_get_triggerdef", nothing, 1, 2),
    reads<Type::kString>("pg_get_ruledef", nothing, 1, 2),
    reads<Type::kString>("pg_get_partkeydef", nothing, 1, 1),
    reads<Type::kString>("pg_get_statisticsobjdef", nothing, 1, 1),
    reads<Type::kString>("pg_get_serial_sequence", nothing, 2, 2),
    reads<Type::kString>("pg_tablespace_location", no_text, 1, 1),
    reads<Type::kInt>("pg_database_size", zero, 1, 1),
    reads<Type::kInt>("pg_relation_size", zero, 1, 2),
    reads<Type::kInt>("pg_indexes_size", zero, 1, 1),
    reads<Type::kInt>("pg_tablespace_size", zero, 1, 1),
    reads<Type::kBool>("pg_has_role", yes, 2, 3),
    reads<Type::kBool>("has_column_privilege", yes, 3, 4),
    reads<Type::kBool>("has_any_column_privilege", yes, 2, 3),
    reads<Type::kBool>("has_function_privilege", yes, 2, 3),
    reads<Type::kBool>("pg_collation_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_conversion_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_opclass_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_operator_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_opfamily_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_statistics_obj_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_ts_config_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_ts_dict_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_ts_parser_is_visible", yes, 1, 1),
    reads<Type::kBool>("pg_ts_template_is_visible", yes, 1, 1),
};

}  // namespace
}  // namespace elegraph::query::sql

namespace elegraph::query {
std::span<const FunctionDef> families::catalog() { return sql::kFunctions; }
}  // namespace elegraph::query
