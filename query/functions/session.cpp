// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "query/functions/compare.h"
#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/quoting.h"
#include "query/functions/temporal/civil.h"
#include "query/functions/value_ops.h"
#include "query/notifications.h"
#include "query/session_settings.h"

// PostgreSQL's session and catalog functions that drivers, pools and tools call.
namespace elegraph::query {
namespace {

std::string_view text(std::string_view function, const Value& v) {
  if (v.type() != Type::kString) wrong_argument(function, v);
  return v.as_string();
}

std::string setting(const FunctionContext& context, std::string_view name, std::string_view otherwise) {
  if (!context.settings) return std::string(otherwise);
  return context.settings->get(name).value_or(std::string(otherwise));
}

Value version(std::span<const Value>, const FunctionContext& context) {
  return Value::string("PostgreSQL " + setting(context, "server_version", "15.0") + " (Elegraph)");
}
Value schema(std::span<const Value>, const FunctionContext&) { return Value::string("public"); }
Value schemas(std::span<const Value> args, const FunctionContext&) {
  std::vector<Value> names;
  if (args[0].type() == Type::kBool && args[0].as_bool()) names.push_back(Value::string("pg_catalog"));
  names.push_back(Value::string("public"));
  return Value::list(std::move(names));
}
Value database(std::span<const Value>, const FunctionContext& context) { return Value::string(context.database); }
Value user(std::span<const Value>, const FunctionContext& context) { return Value::string(context.user); }

Value current_setting(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].is_null()) return {};
  std::string_view name = text("current_setting()", args[0]);
  auto found = context.settings ? context.settings->get(name) : std::nullopt;
  if (found) return Value::string(*found);
  bool missing_ok = args.size() > 1 && args[1].type() == Type::kBool && args[1].as_bool();
  if (missing_ok) return {};
  throw Error(sqlstate::kUndefinedObject, fmt::format("unrecognized configuration parameter \"{}\"", name));
}

Value set_config(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].is_null()) throw Error("22004", "set_config() needs the name of a setting");
  std::string_view name = text("set_config()", args[0]);
  std::string_view value = args[1].is_null() ? std::string_view() : text("set_config()", args[1]);
  bool local = args[2].type() == Type::kBool && args[2].as_bool();
  if (context.settings) context.settings->set(name, value, local);
  return Value::string(setting(context, name, value));
}

Value pg_notify(std::span<const Value> args, const FunctionContext& context) {
  std::string channel(args[0].is_null() ? "" : text("pg_notify()", args[0]));
  std::string payload(args[1].is_null() ? "" : text("pg_notify()", args[1]));
  if (context.notifications) context.notifications->notify(context.backend_pid, std::move(channel), std::move(payload));
  return {};
}

Value backend_pid(std::span<const Value>, const FunctionContext& context) { return Value::integer(context.backend_pid); }

Value always_false(std::span<const Value>, const FunctionContext&) { return Value::boolean(false); }
Value always_true(std::span<const Value>, const FunctionContext&) { return Value::boolean(true); }
Value always_null(std::span<const Value>, const FunctionContext&) { return {}; }
Value encoding(std::span<const Value>, const FunctionContext&) { return Value::string("UTF8"); }

Value now(std::span<const Value>, const FunctionContext& context) {
  return Value::datetime(context.statement_seconds, context.statement_nanos, context.session_zone);
}

bool is_plain_name(std::string_view s) {
  if (s.empty() || (s[0] >= '0' && s[0] <= '9')) return false;
  for (char c : s)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

Value quote_ident(std::span<const Value> args, const FunctionContext&) {
  return Value::string(quote_identifier(text("quote_ident()", args[0])));
}

std::string quoted_literal(const Value& v) {
  std::string out = "'";
  bool backslash = false;
  for (char c : to_text(v)) {
    backslash |= c == '\\';
    out.append(c == '\'' || c == '\\' ? 2 : 1, c);
  }
  return (backslash ? "E" : "") + out + '\'';
}
Value quote_literal(std::span<const Value> args, const FunctionContext&) { return Value::string(quoted_literal(args[0])); }
Value quote_nullable(std::span<const Value> args, const FunctionContext&) {
  return Value::string(args[0].is_null() ? "NULL" : quoted_literal(args[0]));
}

struct TypeText {
  int64_t oid;
  std::string_view name;
};
constexpr TypeText kTypeTexts[] = {
    {16, "boolean"},
    {17, "bytea"},
    {18, "\"char\""},
    {19, "name"},
    {20, "bigint"},
    {21, "smallint"},
    {23, "integer"},
    {25, "text"},
    {26, "oid"},
    {114, "json"},
    {700, "real"},
    {701, "double precision"},
    {705, "unknown"},
    {1000, "boolean[]"},
    {1007, "integer[]"},
    {1009, "text[]"},
    {1016, "bigint[]"},
    {1022, "double precision[]"},
    {1042, "character"},
    {1043, "character varying"},
    {1082, "date"},
    {1083, "time without time zone"},
    {1114, "timestamp without time zone"},
    {1184, "timestamp with time zone"},
    {1186, "interval"},
    {1266, "time with time zone"},
    {1700, "numeric"},
    {2278, "void"},
    {2950, "uuid"},
    {3802, "jsonb"},
};

Value format_type(std::span<const Value> args, const FunctionContext&) {
  if (args[0].is_null()) return {};
  if (args[0].type() != Type::kInt) wrong_argument("format_type()", args[0]);
  int64_t modifier = args[1].type() == Type::kInt ? args[1].as_int() : -1;
  for (auto& t : kTypeTexts) {
    if (t.oid != args[0].as_int()) continue;
    bool sized = modifier > 4 && (t.oid == 1042 || t.oid == 1043);  // the length word is counted in
    return Value::string(sized ? fmt::format("{}({})", t.name, modifier - 4) : std::string(t.name));
  }
  return Value::string("???");
}

// The rows wait, not the thread: see PortalBase.
Value pg_sleep(std::span<const Value> args, const FunctionContext& context) {
  constexpr double kLongest = 365.0 * 24 * 3600;
  if (args[0].is_null()) return {};
  if (!is_numeric(args[0].type())) wrong_argument("pg_sleep()", args[0]);
  const Number n = number_of(args[0]);
  const double seconds = n.integral ? double(n.i) : n.d;
  if (seconds > 0 && context.sleep_ns)
    context.sleep_ns->fetch_add(int64_t(std::min(seconds, kLongest) * 1e9), std::memory_order_relaxed);
  return Value::string("");
}

template <Type R>
constexpr FunctionDef of_session(std::string_view name, ScalarFunction call, int min_args = 0, int max_args = 0) {
  return {.name = name,
          .min_args = min_args,
          .max_args = max_args,
          .call = call,
          .null_on_null = false,
          .deterministic = false,
          .result = types::always<R>};
}

constexpr FunctionDef kFunctions[] = {
    of_session<Type::kString>("version", version),
    of_session<Type::kString>("current_schema", schema),
    {.name = "current_schemas", .min_args = 1, .max_args = 1, .call = schemas, .result = types::list_of<Type::kString>},
    of_session<Type::kString>("current_database", database),
    of_session<Type::kString>("current_catalog", database),
    of_session<Type::kString>("current_user", user),
    of_session<Type::kString>("current_role", user),
    of_session<Type::kString>("session_user", user),
    of_session<Type::kString>("user", user),
    of_session<Type::kString>("current_setting", current_setting, 1, 2),
    of_session<Type::kString>("set_config", set_config, 3, 3),
    of_session<Type::kInt>("pg_backend_pid", backend_pid),
    of_session<Type::kAny>("pg_notify", pg_notify, 2, 2),
    of_session<Type::kString>("pg_sleep", pg_sleep, 1, 1),
    of_session<Type::kBool>("pg_is_in_recovery", always_false),
    of_session<Type::kString>("pg_client_encoding", encoding),
    of_session<Type::kString>("pg_encoding_to_char", encoding, 1, 1),
    of_session<Type::kString>("inet_server_addr", always_null),
    of_session<Type::kInt>("inet_server_port", always_null),
    of_session<Type::kString>("inet_client_addr", always_null),
    of_session<Type::kInt>("inet_client_port", always_null),
    of_session<Type::kAny>("pg_advisory_unlock_all", always_null),
    of_session<Type::kString>("obj_description", always_null, 1, 2),
    of_session<Type::kString>("col_description", always_null, 2, 2),
    of_session<Type::kString>("shobj_description", always_null, 2, 2),
    of_session<Type::kBool>("has_database_privilege", always_true, 2, 3),
    of_session<Type::kBool>("has_schema_privilege", always_true, 2, 3),
    of_session<Type::kBool>("has_table_privilege", always_true, 2, 3),
    of_session<Type::kString>("pg_get_userbyid", user, 1, 1),
    of_session<Type::kString>("pg_get_expr", always_null, 2, 3),
    of_session<Type::kInt>("pg_table_size", always_null, 1, 1),
    of_session<Type::kInt>("pg_total_relation_size", always_null, 1, 1),
    of_session<Type::kString>("pg_size_pretty", always_null, 1, 1),
    of_session<Type::kBool>("pg_relation_is_publishable", always_false, 1, 1),
    of_session<Type::kString>("pg_get_statisticsobjdef_columns", always_null, 1, 1),
    of_session<Type::kBool>("pg_table_is_visible", always_true, 1, 1),
    of_session<Type::kBool>("pg_type_is_visible", always_true, 1, 1),
    of_session<Type::kBool>("pg_function_is_visible", always_true, 1, 1),
    of_session<Type::kDateTime>("now", now),
    of_session<Type::kDateTime>("transaction_timestamp", now),
    of_session<Type::kDateTime>("statement_timestamp", now),
    of_session<Type::kDateTime>("current_timestamp", now),
    {.name = "quote_ident", .min_args = 1, .max_args = 1, .call = quote_ident, .result = types::always<Type::kString>},
    {.name = "quote_literal", .min_args = 1, .max_args = 1, .call = quote_literal, .result = types::always<Type::kString>},
    {.name = "quote_nullable",
     .min_args = 1,
     .max_args = 1,
     .call = quote_nullable,
     .null_on_null = false,
     .result = types::always<Type::kString>},
    {.name = "format_type",
     .min_args = 2,
     .max_args = 2,
     .call = format_type,
     .null_on_null = false,
     .result = types::always<Type::kString>},
};

}  // namespace

std::span<const FunctionDef> families::session() { return kFunctions; }

std::string quote_identifier(std::string_view name) {
  if (is_plain_name(name)) return std::string(name);
  std::string out = "\"";
  for (char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

}  // namespace elegraph::query
