// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "query/functions/registry.h"
#include "query/types/pg_types.h"
#include "storage/value.h"

// The rows of the catalogs that follow from the graph and from the session, in their columns' order (columns.h).
namespace elegraph::query::sql {

using Rows = std::vector<std::vector<Value>>;

inline Value text(std::string_view s) { return Value::string(s); }
inline Value number(int64_t n) { return Value::integer(n); }
inline Value flag(bool b) { return Value::boolean(b); }

// rows.cpp
void type_rows(Rows& out, const FunctionContext& context);
void class_rows(Rows& out, const FunctionContext& context);
void attribute_rows(Rows& out, const FunctionContext& context);
std::string_view scalar_name(types::Oid type);  // as pg_type has it
// index_rows.cpp
void index_rows(Rows& out, const FunctionContext& context);
void constraint_rows(Rows& out, const FunctionContext& context);
Value index_definition(std::span<const Value> args, const FunctionContext& context);
Value constraint_definition(std::span<const Value> args, const FunctionContext& context);
// server_rows.cpp
void namespace_rows(Rows& out, const FunctionContext& context);
void database_rows(Rows& out, const FunctionContext& context);
void role_rows(Rows& out, const FunctionContext& context);
void user_rows(Rows& out, const FunctionContext& context);
void authid_rows(Rows& out, const FunctionContext& context);
void am_rows(Rows& out, const FunctionContext& context);
void tablespace_rows(Rows& out, const FunctionContext& context);
void setting_rows(Rows& out, const FunctionContext& context);
void procedure_rows(Rows& out, const FunctionContext& context);
Value procedure_arguments(std::span<const Value> args, const FunctionContext& context);
// information_schema.cpp
void schema_rows(Rows& out, const FunctionContext& context);
void table_rows(Rows& out, const FunctionContext& context);
void column_rows(Rows& out, const FunctionContext& context);
void table_constraint_rows(Rows& out, const FunctionContext& context);
void key_column_rows(Rows& out, const FunctionContext& context);

}  // namespace elegraph::query::sql
