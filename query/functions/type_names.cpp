// SPDX-License-Identifier: Apache-2.0
#include "query/functions/type_names.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <unordered_map>

#include "query/functions/postgres_parse.h"
#include "query/functions/value_ops.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

using Kind = CastTarget::Kind;

CastTarget plain(Type type, int bits = 64) { return {Kind::kPlain, {type, Type::kAny}, bits, -1, false}; }
CastTarget special(Kind kind, Type type) { return {kind, {type, Type::kAny}, 64, -1, false}; }

const std::unordered_map<std::string_view, CastTarget>& names() {
  static const std::unordered_map<std::string_view, CastTarget> kNames = {
      {"int2", plain(Type::kInt, 16)},
      {"smallint", plain(Type::kInt, 16)},
      {"int4", plain(Type::kInt, 32)},
      {"int", plain(Type::kInt, 32)},
      {"integer", plain(Type::kInt)},  // Cypher's INTEGER has 64 bits
      {"int8", plain(Type::kInt)},
      {"bigint", plain(Type::kInt)},
      {"float4", plain(Type::kFloat, 32)},
      {"real", plain(Type::kFloat, 32)},
      {"float8", plain(Type::kFloat)},
      {"float", plain(Type::kFloat)},
      {"double precision", plain(Type::kFloat)},
      {"numeric", plain(Type::kNumeric)},
      {"decimal", plain(Type::kNumeric)},
      {"text", special(Kind::kText, Type::kString)},
      {"string", special(Kind::kText, Type::kString)},
      {"varchar", special(Kind::kText, Type::kString)},
      {"character varying", special(Kind::kText, Type::kString)},
      {"char", special(Kind::kText, Type::kString)},
      {"character", special(Kind::kText, Type::kString)},
      {"bpchar", special(Kind::kText, Type::kString)},
      {"name", special(Kind::kText, Type::kString)},
      {"unknown", special(Kind::kText, Type::kString)},
      {"bool", plain(Type::kBool)},
      {"boolean", plain(Type::kBool)},
      {"bytea", plain(Type::kBytes)},
      {"date", plain(Type::kDate)},
      {"time", plain(Type::kLocalTime)},
      {"time without time zone", plain(Type::kLocalTime)},
      {"timetz", plain(Type::kTime)},
      {"time with time zone", plain(Type::kTime)},
      {"timestamp", plain(Type::kLocalDateTime)},
      {"timestamp without time zone", plain(Type::kLocalDateTime)},
      {"timestamptz", plain(Type::kDateTime)},
      {"timestamp with time zone", plain(Type::kDateTime)},
      {"interval", plain(Type::kDuration)},
      {"duration", plain(Type::kDuration)},
      {"json", special(Kind::kJson, Type::kAny)},
      {"jsonb", special(Kind::kJson, Type::kAny)},
      {"uuid", plain(Type::kUuid)},
      {"oid", special(Kind::kObjectId, Type::kInt)},
      {"regclass", special(Kind::kObjectId, Type::kInt)},
      {"regtype", special(Kind::kObjectId, Type::kInt)},
      {"regproc", special(Kind::kObjectId, Type::kInt)},
      {"regnamespace", special(Kind::kObjectId, Type::kInt)},
      {"xid", special(Kind::kObjectId, Type::kInt)},
  };
  return kNames;
}

[[noreturn]] void unknown_type(std::string_view name) {
  throw Error(sqlstate::kUndefinedObject, fmt::format("type \"{}\" does not exist", name));
}

// Takes "(20)" or "(10,2)" out of the name; the first number is the length.
int64_t take_modifier(std::string& name) {
  size_t open = name.find('('), close = name.find(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return -1;
  int64_t n = -1;
  std::string_view digits = trim_spaces(std::string_view(name).substr(open + 1, close - open - 1));
  std::from_chars(digits.data(), digits.data() + digits.size(), n);
  std::string rest = name.substr(close + 1);
  name = std::string(trim_spaces(name.substr(0, open))) + rest;
  return n;
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}

}  // namespace

CastTarget cast_target(std::string_view written) {
  std::string name = lower(trim_spaces(written));
  bool array = false;
  while (name.size() > 2 && name.back() == ']') {
    size_t open = name.rfind('[');
    if (open == std::string::npos) unknown_type(written);
    name = std::string(trim_spaces(name.substr(0, open)));
    array = true;
  }
  int64_t length = take_modifier(name);
  if (name.rfind("pg_catalog.", 0) == 0) name = name.substr(11);
  auto it = names().find(name);
  if (it == names().end()) unknown_type(written);
  CastTarget t = it->second;
  if (t.kind == Kind::kText) t.length = length;
  if (array) t.array = true, t.type = {Type::kList, t.type.type};
  return t;
}

StaticType cast_result(std::string_view type) { return cast_target(type).type; }

}  // namespace elegraph::query
