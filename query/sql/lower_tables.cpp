// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/sql/lower.h"
#include "query/sql/lower_nesting.h"
#include "query/sql/parser.h"
#include "query/sql/tree.h"
#include "storage/error.h"

// FROM: labels and catalogs as tables, joins, and the columns of what is in scope.
namespace elegraph::query::sql {

using cypher::Clause;
using cypher::ClauseKind;
using cypher::ExpressionPtr;
using cypher::ExprKind;

namespace {

bool is_catalog_schema(std::string_view schema) { return schema == "pg_catalog" || schema == "information_schema"; }

}  // namespace

// A name in FROM: a catalog's, or a label's.
Lowering::Table Lowering::table(const Tree& range) {
  const std::string name(text_of(range, "relname"));
  const std::string_view schema = text_of(range, "schemaname");
  const Tree* alias = find(range, "alias");
  Table t;
  t.alias = alias ? std::string(text_of(*alias, "aliasname")) : name;
  if (schema != "public")
    t.catalog = find_catalog_table(schema == "information_schema" ? "information_schema." + name : name);
  if (t.catalog) {
    t.open = t.catalog->any_column();
    return t;
  }
  if (is_catalog_schema(schema) || (schema.empty() && name.starts_with("pg_"))) {
    Error error(sqlstate::kFeatureNotSupported, "the catalog \"" + name + "\" is not supported yet");
    error.hint =
        "SHOW INDEXES and SHOW CONSTRAINTS list what is defined; docs/clients.md names the catalogs there "
        "are.";
    throw std::move(error).at(location_of(range));
  }
  if (!schema.empty() && schema != "public") {
    throw Error("3F000", "schema \"" + std::string(schema) + "\" does not exist").at(location_of(range));
  }
  t.label = name;
  t.open = !names_;
  if (!names_) return t;
  auto columns = names_->columns(name);
  if (!columns) throw Error("42P01", "relation \"" + name + "\" does not exist").at(location_of(range));
  t.columns = std::move(*columns);
  return t;
}

// pg_catalog_rows('name')
ExpressionPtr Lowering::catalog_rows(const CatalogTable& catalog, const Tree& node) {
  return call("pg_catalog_rows", node, literal(Value::string(catalog.name), node));
}

void Lowering::from_table(const Tree& range, cypher::SingleQuery& out) {
  if (const CommonTable* common = common_table(range)) return from_common_table(*common, range, out);
  Table t = table(range);
  if (t.catalog) {
    Clause& clause = add_clause(out, ClauseKind::kUnwind);
    clause.expression = catalog_rows(*t.catalog, range);
    clause.variable = t.alias;
    clause.position = clause.variable_position = location_of(range);
  } else {
    match(t, range, out);
  }
  tables_.push_back(std::move(t));
}

// MATCH (alias: label)
Clause& Lowering::match(const Table& t, const Tree& range, cypher::SingleQuery& out) {
  Clause& clause = add_clause(out, ClauseKind::kMatch);
  clause.position = location_of(range);
  cypher::PathPattern pattern;
  pattern.position = location_of(range);
  cypher::NodePattern node;
  node.position = node.variable_position = location_of(range);
  node.variable = t.alias;
  node.labels.push_back(t.label);
  pattern.nodes.push_back(std::move(node));
  clause.patterns.push_back(std::move(pattern));
  return clause;
}

void Lowering::from_join(const Tree& join, cypher::SingleQuery& out) {
  const Nesting nesting(depth_);
  const std::string_view kind = text_of(join, "jointype");
  if (flag_of(join, "isNatural")) refuse("NATURAL JOIN", join);
  if (kind != "JOIN_INNER" && kind != "JOIN_LEFT") refuse("RIGHT and FULL JOIN", join);
  from_item(*find(join, "larg"), out);
  if (kind == "JOIN_LEFT") return left_join(join, out);
  const size_t first_right = tables_.size();
  from_item(*find(join, "rarg"), out);
  if (ExpressionPtr condition = join_condition(join, first_right)) where(join, std::move(condition), out);
}

// ON, or USING as equality of the columns on both sides; null for a product.
ExpressionPtr Lowering::join_condition(const Tree& join, size_t first_right) {
  if (const Tree* condition = find(join, "quals")) return expression(*condition);
  const Tree* names = find(join, "usingClause");
  if (!names) return nullptr;
  ExpressionPtr all = make(ExprKind::kAnd, join);
  for (size_t i = 0; i < names->size(); ++i) {
    const std::string name(string_of((*names)[i]));
    const auto side = [&](auto from, auto to) {
      const auto found = std::find_if(from, to, [&](const Table& t) { return t.has(name); });
      if (found != to) return table_column(*found, name, join);
      throw Error(sqlstate::kUndefinedColumn, "column \"" + name + "\" specified in USING clause does not exist");
    };
    const auto split = tables_.begin() + ptrdiff_t(first_right);
    ExpressionPtr left = side(tables_.begin(), split);
    all->args.push_back(binary(ExprKind::kEqual, join, std::move(left), side(split, tables_.end())));
  }
  return done(std::move(all));
}

// OPTIONAL CALL (*) { right side WITH * WHERE condition RETURN its names }
void Lowering::left_join(const Tree& join, cypher::SingleQuery& out) {
  const size_t first_right = tables_.size();
  cypher::SingleQuery part;
  from_item(*find(join, "rarg"), part);
  if (ExpressionPtr condition = join_condition(join, first_right)) where(join, std::move(condition), part);
  cypher::Projection& p = add_clause(part, ClauseKind::kReturn).projection;
  const auto give = [&](const std::string& name) {
    cypher::ProjectionItem item;
    item.position = item.alias_position = location_of(join);
    item.expression = make(ExprKind::kVariable, join);
    item.expression->name = item.alias = item.name = name;
    item.has_alias = true;
    p.items.push_back(std::move(item));
  };
  for (size_t i = first_right; i < tables_.size(); ++i) {
    if (!tables_[i].columns_are_variables)
      give(tables_[i].alias);
    else
      std::ranges::for_each(tables_[i].columns, give);
  }
  Clause& clause = add_clause(out, ClauseKind::kSubquery);
  clause.optional = clause.has_imports = clause.imports_all = true;
  clause.subquery = std::make_unique<cypher::Query>();
  clause.subquery->parts.push_back(std::move(part));
}

bool Lowering::Table::has(std::string_view column) const {
  if (catalog) return catalog->find(column) != nullptr;
  return std::ranges::find(columns, column) != columns.end();
}

ExpressionPtr Lowering::table_column(const Table& t, const std::string& name, const Tree& node) {
  ExpressionPtr variable = make(ExprKind::kVariable, node);
  variable->name = t.alias;
  if (t.columns_are_variables) {
    variable->name = name;
    return done(std::move(variable));
  }
  const CatalogColumn* column = t.catalog ? t.catalog->find(name) : nullptr;
  if (!t.open && !t.has(name) && !(t.catalog && name == "tableoid")) {
    throw Error(sqlstate::kUndefinedColumn, "column " + t.alias + "." + name + " does not exist").at(location_of(node));
  }
  ExpressionPtr property = unary(ExprKind::kProperty, node, done(std::move(variable)));
  property->name = name;
  // Every catalog has a tableoid. Other columns that it does not know belong to no row: of whatever type is
  // asked for.
  const bool number = t.catalog && !column && (name == "tableoid" || name == "oid");
  if (!column && !number) return property;
  ExpressionPtr typed = unary(ExprKind::kCast, node, std::move(property));
  typed->name = column ? column->type : "oid";
  return typed;
}

// Names are looked up from the inside out. What is found nowhere may be a name that this does not see (an
// open table's). Null for a whole row.
const Lowering::Table* Lowering::table_of(const Tree& reference) const {
  const Tree& fields = *find(reference, "fields");
  const std::string_view name = last_name(fields);
  if (name.empty()) refuse("*", reference);
  if (fields.size() > 1) {
    const std::string_view qualifier = string_of(fields[fields.size() - 2]);
    for (auto t = tables_.rbegin(); t != tables_.rend(); ++t) {
      if (t->alias == qualifier) return &*t;
    }
    throw Error("42P01", "missing FROM-clause entry for table \"" + std::string(qualifier) + "\"")
        .at(location_of(reference));
  }
  const Table* open = nullptr;
  bool whole_row = tables_.empty();
  for (auto t = tables_.rbegin(); t != tables_.rend(); ++t) {
    if (t->has(name) || (t->catalog && name == "tableoid")) return &*t;
    if (t->open) open = &*t;
    whole_row |= t->alias == name;
  }
  if (open && !whole_row) return open;
  if (!whole_row) {
    throw Error(sqlstate::kUndefinedColumn, "column \"" + std::string(name) + "\" does not exist")
        .at(location_of(reference));
  }
  return nullptr;
}

ExpressionPtr Lowering::column(const Tree& node) {
  const std::string name(last_name(*find(node, "fields")));
  if (const Table* t = table_of(node)) return table_column(*t, name, node);
  ExpressionPtr e = make(ExprKind::kVariable, node);
  e->name = name;
  return e;
}

// SELECT *: every column of what is in scope, in order. False where not all names are known here.
bool Lowering::expand_star(size_t first_table, const Tree& node,
                           const std::function<void(ExpressionPtr, std::string)>& add) {
  const auto level = std::span(tables_).subspan(first_table);
  if (level.empty() || std::ranges::any_of(level, &Table::open)) return false;
  for (const Table& t : level) {
    if (!t.catalog) {
      for (const std::string& name : t.columns) add(table_column(t, name, node), name);
      continue;
    }
    for (const CatalogColumn& c : t.catalog->columns) {
      add(table_column(t, std::string(c.name), node), std::string(c.name));
    }
  }
  return true;
}

}  // namespace elegraph::query::sql
