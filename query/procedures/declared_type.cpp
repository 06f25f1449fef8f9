// SPDX-License-Identifier: Apache-2.0
#include "query/procedures/declared_type.h"

#include <string>
#include <unordered_map>

#include "query/functions/type_names.h"

namespace elegraph::query {
namespace {

// Cypher's names; where PostgreSQL means something else by one (TIME), Cypher's meaning counts in a signature.
const std::unordered_map<std::string_view, Type>& cypher_names() {
  static const std::unordered_map<std::string_view, Type> kNames = {
      {"ANY", Type::kAny},
      {"ANY VALUE", Type::kAny},
      {"NUMBER", Type::kAny},
      {"INT", Type::kInt},
      {"MAP", Type::kMap},
      {"NODE", Type::kNode},
      {"VERTEX", Type::kNode},
      {"RELATIONSHIP", Type::kRelationship},
      {"EDGE", Type::kRelationship},
      {"PATH", Type::kPath},
      {"POINT", Type::kPoint},
      {"BYTES", Type::kBytes},
      {"LIST", Type::kList},
      {"TIME", Type::kTime},
      {"ZONED TIME", Type::kTime},
      {"LOCALTIME", Type::kLocalTime},
      {"LOCAL TIME", Type::kLocalTime},
      {"DATETIME", Type::kDateTime},
      {"ZONED DATETIME", Type::kDateTime},
      {"LOCALDATETIME", Type::kLocalDateTime},
      {"LOCAL DATETIME", Type::kLocalDateTime},
  };
  return kNames;
}

// Upper case, one space between words, no question mark at the end.
std::string normalized(std::string_view written) {
  std::string out;
  for (char c : written) {
    bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c >= 'a' && c <= 'z' ? char(c - 32) : c;
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '?')) out.pop_back();
  return out;
}

bool is_list(std::string_view name) {
  return name.starts_with("LIST<") || name.starts_with("LIST <") || name.starts_with("LIST OF ") ||
         name.starts_with("ARRAY<") || name.ends_with("[]");
}

}  // namespace

DeclaredType::DeclaredType(std::string_view written) {
  std::string name = normalized(written);
  number_ = name == "NUMBER";
  auto known = cypher_names().find(name);
  if (known != cypher_names().end())
    type_ = {known->second, Type::kAny};
  else if (is_list(name))
    type_ = {Type::kList, Type::kAny};
  else
    type_ = cast_target(name).type;
}

bool DeclaredType::accept(Value& v) const {
  if (v.is_null()) return true;
  if (number_) return v.is_number() || v.type() == Type::kNumeric;
  if (type_.type == Type::kAny || v.type() == type_.type) return true;
  if (type_.type != Type::kFloat || v.type() != Type::kInt) return false;
  v = Value::floating(double(v.as_int()));
  return true;
}

}  // namespace elegraph::query
