// SPDX-License-Identifier: Apache-2.0
// pg_index, pg_constraint, and the functions that spell their rows.
#include <fmt/format.h>

#include "query/functions/quoting.h"
#include "query/sql/catalog/relations.h"
#include "query/sql/catalog/rows.h"

namespace elegraph::query::sql {
namespace {

using index::ConstraintKind;

Value numbers(const std::vector<int64_t>& items) {
  std::vector<Value> out;
  for (int64_t n : items) out.push_back(number(n));
  return Value::list(std::move(out));
}

Value zeros(size_t n) { return numbers(std::vector<int64_t>(n, 0)); }

std::string quoted_keys(const index::IndexDefinition& d) {
  std::string out;
  for (const std::string& key : d.keys) out += (out.empty() ? "" : ", ") + quote_identifier(key);
  return out;
}

// PostgreSQL's letter for a kind of constraint. A node key is unique and there: a primary key.
std::string_view constraint_type(ConstraintKind kind) {
  return kind == ConstraintKind::kUnique ? "u" : kind == ConstraintKind::kKey ? "p" : "c";
}

std::string index_text(const RelationIndex& i) {
  const auto& d = i.index.definition();
  return fmt::format("CREATE {}INDEX {} ON public.{} USING btree ({})", i.index.unique() ? "UNIQUE " : "",
                     quote_identifier(d.name), quote_identifier(d.label), quoted_keys(d));
}

std::string constraint_text(const RelationIndex& i) {
  const auto& d = i.index.definition();
  if (d.constraint == ConstraintKind::kUnique) return "UNIQUE (" + quoted_keys(d) + ")";
  if (d.constraint == ConstraintKind::kKey) return "PRIMARY KEY (" + quoted_keys(d) + ")";
  std::string conditions;
  for (const std::string& key : d.keys)
    conditions += (conditions.empty() ? "" : " AND ") + quote_identifier(key) + " IS NOT NULL";
  return "CHECK (" + conditions + ")";
}

int64_t integer_argument(const Value& v) { return v.type() == Type::kInt ? v.as_int() : 0; }

}  // namespace

void index_rows(Rows& out, const FunctionContext& context) {
  for_indexes(context, [&](const RelationIndex& i) {
    if (!i.has_index()) return;
    const size_t keys = i.index.keys().size();
    const bool primary = i.index.definition().constraint == ConstraintKind::kKey;
    out.push_back({number(i.oid),
                   number(i.relation.oid),
                   number(int64_t(keys)),
                   number(int64_t(keys)),
                   flag(i.index.unique()),
                   flag(false),
                   flag(primary),
                   flag(false),
                   flag(true),
                   flag(false),
                   flag(i.index.online()),
                   flag(false),
                   flag(i.index.online()),
                   flag(true),
                   flag(false),
                   numbers(i.columns()),
                   zeros(keys),
                   zeros(keys),
                   zeros(keys),
                   Value(),
                   Value()});
  });
}

void constraint_rows(Rows& out, const FunctionContext& context) {
  for_indexes(context, [&](const RelationIndex& i) {
    if (!i.is_constraint()) return;
    const auto& d = i.index.definition();
    out.push_back({number(i.oid + 1),
                   text(d.name),
                   number(kPublicSchema),
                   text(constraint_type(d.constraint)),
                   flag(false),
                   flag(false),
                   flag(true),
                   number(i.relation.oid),
                   number(0),
                   number(i.has_index() ? i.oid : 0),
                   number(0),
                   number(0),
                   text(" "),
                   text(" "),
                   text(" "),
                   flag(true),
                   number(0),
                   flag(true),
                   numbers(i.columns()),
                   Value(),
                   Value()});
  });
}

// pg_get_indexdef(oid [, column, pretty]): one column's expression, or the whole statement for column 0.
Value index_definition(std::span<const Value> args, const FunctionContext& context) {
  Value out;
  const int64_t column = args.size() > 1 ? integer_argument(args[1]) : 0;
  for_indexes(context, [&](const RelationIndex& i) {
    if (i.oid != integer_argument(args[0])) return;
    const auto& keys = i.index.definition().keys;
    if (column == 0)
      out = text(index_text(i));
    else if (column > 0 && size_t(column) <= keys.size())
      out = text(quote_identifier(keys[size_t(column) - 1]));
  });
  return out;
}

Value constraint_definition(std::span<const Value> args, const FunctionContext& context) {
  Value out;
  for_indexes(context, [&](const RelationIndex& i) {
    if (i.is_constraint() && i.oid + 1 == integer_argument(args[0])) out = text(constraint_text(i));
  });
  return out;
}

}  // namespace elegraph::query::sql
