// SPDX-License-Identifier: Apache-2.0
#include "query/column_types.h"

#include <algorithm>
#include <array>

#include "query/sql/type_names.h"

namespace elegraph::query {
namespace {

// Names that mean the same in both languages; Cypher's INTEGER is 64 bits wide.
constexpr auto kNarrow =
    std::to_array<std::string_view>({"bpchar", "char", "float4", "int2", "int4", "json", "name", "oid", "real", "regclass",
                                     "regproc", "regtype", "smallint", "varchar", "xid"});
static_assert(std::is_sorted(kNarrow.begin(), kNarrow.end()));

types::Oid of_cast(std::string_view type) {
  std::string_view element = type;
  if (element.ends_with("[]")) element.remove_suffix(2);
  return std::binary_search(kNarrow.begin(), kNarrow.end(), element) ? sql::type_oid(type) : 0;
}

types::Oid of(const cypher::Expression& e) {
  if (e.kind == cypher::ExprKind::kCast) return of_cast(e.name);
  if (e.kind == cypher::ExprKind::kFunction && e.name == "pg_object_name") return of_cast(e.args[0]->literal.as_string());
  if (e.kind == cypher::ExprKind::kNegate) return of(*e.args[0]) == types::oid::kInt4 ? types::oid::kInt4 : 0;
  if (e.kind != cypher::ExprKind::kLiteral || e.literal.type() != Type::kInt) return 0;
  return e.literal.as_int() == int32_t(e.literal.as_int()) ? types::oid::kInt4 : 0;
}

const cypher::ProjectionItem* item_of(const cypher::SingleQuery& part, size_t column) {
  if (part.clauses.empty() || part.clauses.back()->kind != cypher::ClauseKind::kReturn) return nullptr;
  const cypher::Projection& p = part.clauses.back()->projection;
  return p.star || column >= p.items.size() ? nullptr : &p.items[column];
}

types::Oid of_part(const cypher::SingleQuery& part, size_t column) {
  const cypher::ProjectionItem* item = item_of(part, column);
  return item ? of(*item->expression) : 0;
}

}  // namespace

const std::string* written_name(const cypher::Statement& statement, size_t column) {
  if (!statement.query || statement.query->parts.empty()) return nullptr;
  const cypher::ProjectionItem* item = item_of(statement.query->parts[0], column);
  return item && item->has_alias ? &item->name : nullptr;
}

types::Oid written_type(const cypher::Statement& statement, size_t column) {
  if (!statement.query || statement.query->parts.empty()) return 0;
  const auto& parts = statement.query->parts;
  const types::Oid first = of_part(parts[0], column);
  const bool same = std::all_of(parts.begin(), parts.end(),
                                [&](const cypher::SingleQuery& part) { return of_part(part, column) == first; });
  return same ? first : 0;
}

}  // namespace elegraph::query
