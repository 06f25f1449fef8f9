// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/sql/lower.h"
#include "query/sql/lower_nesting.h"
#include "query/sql/tree.h"
#include "storage/error.h"

// FROM: labels and catalogs as tables, joins, and the columns of what is in scope.
namespace elegraph::query::sql {

using cypher::Clause;
using cypher::ClauseKind;
using cypher::ExprKind;
using cypher::ExpressionPtr;

namespace {

Clause& add_clause(cypher::SingleQuery& q, ClauseKind kind) {
  auto clause = std::make_unique<Clause>();
  clause->kind = kind;
  q.clauses.push_back(std::move(clause));
  return *q.clauses.back();
}

bool is_catalog_schema(std::string_view schema) { return schema == "pg_catalog" || schema == "information_schema"; }

}  // namespace

// A name in FROM: a catalog's, or a label's.
Lowering::Table Lowering::table(const Tree& range) {
  const std::string name(text_of(range, "relname"));
  const std::string_view schema = text_of(range, "schemaname");
  const Tree* alias = find(range, "alias");
  Table t;
  t.alias = alias ? std::string(text_of(*alias, "aliasname")) : name;
  if (schema != "public" && schema != "information_schema") t.catalog = find_catalog_table(name);
  if (t.catalog) return t;
  if (is_catalog_schema(schema) || (schema.empty() && name.starts_with("pg_"))) {
    Error error(sqlstate::kFeatureNotSupported, "the catalog \"" + name + "\" is not supported yet");
    error.hint = "SHOW INDEXES and SHOW CONSTRAINTS list what is defined; docs/clients.md names the catalogs there are.";
    throw std::move(error).at(location_of(range));
  }
  if (!schema.empty() && schema != "public") {
    throw Error("3F000", "schema \"" + std::string(schema) + "\" does not exist").at(location_of(range));
  }
  t.label = name;
  labels_.push_back({name, location_of(range)});
  return t;
}

// pg_catalog_rows('name')
ExpressionPtr Lowering::catalog_rows(const CatalogTable& catalog, const Tree& node) {
  return call("pg_catalog_rows", node, literal(Value::string(catalog.name), node));
}

void Lowering::from_table(const Tree& range, cypher::SingleQuery& out) {
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
  if (find(join, "usingClause") || flag_of(join, "isNatural")) refuse("JOIN USING", join);
  from_item(*find(join, "larg"), out);
  const Tree& right = *find(join, "rarg");
  const Tree* condition = find(join, "quals");
  if (kind == "JOIN_INNER") {
    from_item(right, out);
    if (condition) where(*condition, out);
    return;
  }
  if (kind != "JOIN_LEFT") refuse("RIGHT and FULL JOIN", join);
  const Tree* range = as(right, "RangeVar");
  if (!range || !condition) refuse("this LEFT JOIN", join);
  left_join(*range, *condition, out);
}

// A label: OPTIONAL MATCH ... WHERE. A catalog: the rows that fit, or one null for them.
void Lowering::left_join(const Tree& range, const Tree& condition, cypher::SingleQuery& out) {
  Table t = table(range);
  tables_.push_back(t);
  if (!t.catalog) {
    Clause& clause = match(t, range, out);
    clause.optional = true;
    clause.where = expression(condition);
    return;
  }
  auto fitting = [&] {
    ExpressionPtr list = make(ExprKind::kListComprehension, range);
    list->name = t.alias;
    list->args.push_back(catalog_rows(*t.catalog, range));
    list->args.push_back(expression(condition));
    list->args.push_back(nullptr);
    return done(std::move(list));
  };
  ExpressionPtr one_null = make(ExprKind::kList, range);
  one_null->args.push_back(literal(Value(), range));
  ExpressionPtr choice = make(ExprKind::kCase, range);
  choice->args.push_back(nullptr);
  choice->args.push_back(binary(ExprKind::kEqual, range, call("size", range, fitting()), literal(Value::integer(0), range)));
  choice->args.push_back(done(std::move(one_null)));
  choice->args.push_back(fitting());
  Clause& clause = add_clause(out, ClauseKind::kUnwind);
  clause.expression = done(std::move(choice));
  clause.variable = t.alias;
  clause.position = clause.variable_position = location_of(range);
}

ExpressionPtr Lowering::table_column(const Table& t, const std::string& name, const Tree& node) {
  ExpressionPtr variable = make(ExprKind::kVariable, node);
  variable->name = t.alias;
  if (t.columns_are_variables) {
    variable->name = name;
    return done(std::move(variable));
  }
  const CatalogColumn* column = t.catalog ? t.catalog->find(name) : nullptr;
  if (t.catalog && !column) {
    throw Error(sqlstate::kUndefinedColumn, "column " + t.alias + "." + name + " does not exist").at(location_of(node));
  }
  ExpressionPtr property = unary(ExprKind::kProperty, node, done(std::move(variable)));
  property->name = name;
  if (!column) return property;
  ExpressionPtr typed = unary(ExprKind::kCast, node, std::move(property));
  typed->name = column->type;
  return typed;
}

// Names are looked up from the inside out.
ExpressionPtr Lowering::column(const Tree& node) {
  const Tree& fields = *find(node, "fields");
  const std::string name(last_name(fields));
  if (name.empty()) refuse("*", node);
  if (fields.size() > 1) {
    const std::string_view qualifier = string_of(fields[fields.size() - 2]);
    for (auto t = tables_.rbegin(); t != tables_.rend(); ++t) {
      if (t->alias == qualifier) return table_column(*t, name, node);
    }
    throw Error("42P01", "missing FROM-clause entry for table \"" + std::string(qualifier) + "\"").at(location_of(node));
  }
  const Table* label = nullptr;
  for (auto t = tables_.rbegin(); t != tables_.rend(); ++t) {
    if (t->catalog && t->catalog->find(name)) return table_column(*t, name, node);
    if (t->columns_are_variables && std::ranges::find(t->variables, name) != t->variables.end()) {
      return table_column(*t, name, node);
    }
    if (t->alias == name && !t->columns_are_variables) label = nullptr;
    if (t->label.empty() || t->alias == name) continue;
    if (label) throw Error("42702", "column reference \"" + name + "\" is ambiguous").at(location_of(node));
    label = &*t;
  }
  const bool whole_row = std::ranges::find(tables_, name, &Table::alias) != tables_.end();
  if (label && !whole_row) return table_column(*label, name, node);
  ExpressionPtr e = make(ExprKind::kVariable, node);
  e->name = name;
  return e;
}

// SELECT *: every column of the catalogs in scope, in order. False where the names are not known here.
bool Lowering::expand_star(size_t first_table, const Tree& node, const std::function<void(ExpressionPtr, std::string)>& add) {
  if (first_table == tables_.size()) return false;
  for (size_t i = first_table; i < tables_.size(); ++i) {
    const Table& t = tables_[i];
    if (!t.label.empty()) {
      Error error(sqlstate::kFeatureNotSupported, "SELECT * from the label \"" + t.label + "\" is not supported yet");
      error.hint = "Name the properties, or write MATCH (n: `" + t.label + "`) RETURN n.";
      throw std::move(error).at(location_of(node));
    }
    if (t.columns_are_variables) return false;
  }
  for (size_t i = first_table; i < tables_.size(); ++i) {
    for (const CatalogColumn& c : tables_[i].catalog->columns) {
      add(table_column(tables_[i], std::string(c.name), node), std::string(c.name));
    }
  }
  return true;
}

}  // namespace elegraph::query::sql
