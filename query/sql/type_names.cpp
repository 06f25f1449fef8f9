// SPDX-License-Identifier: Apache-2.0
#include "query/sql/type_names.h"

#include <array>
#include <utility>

#include "query/types/type_mapping.h"

namespace elegraph::query::sql {
namespace {

// PostgreSQL's grammar has already turned bigint into int8, and so on.
constexpr auto kNames = std::to_array<std::pair<std::string_view, types::Oid>>({
    {"bool", types::oid::kBool},
    {"boolean", types::oid::kBool},
    {"bytea", types::oid::kBytea},
    {"char", types::oid::kChar},
    {"name", types::oid::kName},
    {"int8", types::oid::kInt8},
    {"bigint", types::oid::kInt8},
    {"int2", types::oid::kInt2},
    {"smallint", types::oid::kInt2},
    {"int4", types::oid::kInt4},
    {"int", types::oid::kInt4},
    {"integer", types::oid::kInt4},
    {"text", types::oid::kText},
    {"oid", types::oid::kOid},
    {"json", types::oid::kJson},
    {"float4", types::oid::kFloat4},
    {"real", types::oid::kFloat4},
    {"float8", types::oid::kFloat8},
    {"unknown", types::oid::kUnknown},
    {"bpchar", types::oid::kBpchar},
    {"varchar", types::oid::kVarchar},
    {"date", types::oid::kDate},
    {"time", types::oid::kTime},
    {"timestamp", types::oid::kTimestamp},
    {"timestamptz", types::oid::kTimestamptz},
    {"interval", types::oid::kInterval},
    {"timetz", types::oid::kTimetz},
    {"numeric", types::oid::kNumeric},
    {"void", types::oid::kVoid},
    {"uuid", types::oid::kUuid},
    {"jsonb", types::oid::kJsonb},
    {"regproc", types::oid::kRegproc},
    {"regclass", types::oid::kRegclass},
    {"regtype", types::oid::kRegtype},
    {"xid", types::oid::kXid},
});

}  // namespace

std::string type_name(const Tree& node) {
  const Tree* names = find(node, "names");
  std::string name(names ? last_name(*names) : std::string_view());
  if (find(node, "arrayBounds")) name += "[]";
  return name;
}

types::Oid type_oid(std::string_view name) {
  const bool array = name.ends_with("[]");
  if (array) name.remove_suffix(2);
  for (const auto& [known, oid] : kNames) {
    if (known == name) return array ? types::array_oid(oid) : oid;
  }
  return 0;
}

}  // namespace elegraph::query::sql
