// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/random.h"
#include "query/functions/value_ops.h"

// Functions that fit no other family.
namespace elegraph::query {
namespace {

Value coalesce(std::span<const Value> args, const FunctionContext&) {
  for (auto& a : args)
    if (!a.is_null()) return a;
  return {};
}

Value null_if(std::span<const Value> args, const FunctionContext&) {
  return equals(args[0], args[1]).value_or(false) ? Value() : args[0];
}

// exists(n.key): whether the value is there.
Value exists(std::span<const Value> args, const FunctionContext&) { return Value::boolean(!args[0].is_null()); }

// map('k', v, ...): a map without braces, for clients that take braces for their own.
Value make_map(std::span<const Value> args, const FunctionContext&) {
  if (args.size() % 2 != 0) invalid_value("map() needs pairs of keys and values");
  std::vector<std::pair<std::string, Value>> entries;
  for (size_t i = 0; i < args.size(); i += 2) {
    if (args[i].type() != Type::kString) wrong_argument("a key of map()", args[i]);
    std::string key(args[i].as_string());
    for (auto& e : entries)
      if (e.first == key) invalid_value(fmt::format("key \"{}\" is given twice", key));
    entries.emplace_back(std::move(key), args[i + 1]);
  }
  return Value::map(std::move(entries));
}

Value random_uuid(std::span<const Value>, const FunctionContext& context) {
  uint64_t high = (random_bits(context) & ~0xF000ull) | 0x4000;                           // version 4
  uint64_t low = (random_bits(context) & 0x3FFFFFFFFFFFFFFFull) | 0x8000000000000000ull;  // variant
  return Value::string(fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF, high & 0xFFFF,
                                   low >> 48, low & 0xFFFFFFFFFFFF));
}

Value timestamp(std::span<const Value>, const FunctionContext& context) {
  return Value::integer(context.statement_seconds * 1000 + context.statement_nanos / 1'000'000);
}

std::string type_text(const Value& v) {
  if (v.is_null()) return "NULL";
  if (v.type() != Type::kList) return std::string(type_name(v.type())) + " NOT NULL";
  std::vector<std::string> kinds;
  for (auto& item : v.as_list()) {
    std::string kind = type_text(item);
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  std::string inner;
  for (auto& k : kinds) inner += inner.empty() ? k : " | " + k;
  return "LIST<" + (inner.empty() ? "NOTHING" : inner) + "> NOT NULL";
}
Value value_type(std::span<const Value> args, const FunctionContext&) { return Value::string(type_text(args[0])); }

// The one type that all arguments share, as far as is known.
StaticType common_type(types::Args args) {
  StaticType common{Type::kNull, Type::kAny};
  for (auto& a : args) {
    if (a.type == Type::kNull) continue;
    if (common.type == Type::kNull)
      common = a;
    else if (!(common == a))
      return {};
  }
  return common.type == Type::kNull ? StaticType() : common;
}
StaticType first_type(types::Args args) { return args[0]; }

constexpr FunctionDef kFunctions[] = {
    {.name = "coalesce", .min_args = 1, .max_args = -1, .call = coalesce, .null_on_null = false, .result = common_type},
    {.name = "nullif", .min_args = 2, .max_args = 2, .call = null_if, .null_on_null = false, .result = first_type},
    {.name = "exists",
     .min_args = 1,
     .max_args = 1,
     .call = exists,
     .null_on_null = false,
     .result = types::always<Type::kBool>},
    {.name = "map",
     .min_args = 0,
     .max_args = -1,
     .call = make_map,
     .null_on_null = false,
     .result = types::always<Type::kMap>},
    {.name = "randomuuid", .call = random_uuid, .deterministic = false, .result = types::always<Type::kString>},
    {.name = "gen_random_uuid", .call = random_uuid, .deterministic = false, .result = types::always<Type::kString>},
    {.name = "timestamp", .call = timestamp, .deterministic = false, .result = types::always<Type::kInt>},
    {.name = "valuetype",
     .min_args = 1,
     .max_args = 1,
     .call = value_type,
     .null_on_null = false,
     .result = types::always<Type::kString>},
};

}  // namespace

std::span<const FunctionDef> families::scalars() { return kFunctions; }

}  // namespace elegraph::query
