// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "query/sql/lower.h"
#include "query/sql/lower_grouping.h"
#include "query/sql/lower_nesting.h"
#include "storage/error.h"

// SELECT and VALUES as queries.
namespace elegraph::query::sql {

using cypher::Clause;
using cypher::ClauseKind;
using cypher::ExprKind;

Clause& add_clause(cypher::SingleQuery& q, ClauseKind kind) {
  auto clause = std::make_unique<Clause>();
  clause->kind = kind;
  q.clauses.push_back(std::move(clause));
  return *q.clauses.back();
}

namespace {

// SQL allows equal column names, Cypher's projections do not: the alias is made distinct, the name stays.
void add_item(cypher::Projection& p, cypher::ExpressionPtr e, std::string name) {
  cypher::ProjectionItem item;
  item.position = item.alias_position = e->position;
  item.expression = std::move(e);
  item.has_alias = true;
  item.alias = name;
  const auto taken = [&](const std::string& alias) {
    return std::any_of(p.items.begin(), p.items.end(), [&](const auto& other) { return other.alias == alias; });
  };
  for (int n = 2; taken(item.alias); ++n) item.alias = name + "_" + std::to_string(n);
  item.name = std::move(name);
  p.items.push_back(std::move(item));
}

bool is_ordered(const Tree& select) {
  return find(select, "sortClause") || find(select, "limitCount") || find(select, "limitOffset");
}

}  // namespace

std::unique_ptr<cypher::Statement> Lowering::select(const Tree& select_stmt) {
  auto s = std::make_unique<cypher::Statement>();
  s->query = query(select_stmt);
  s->positional = parameters_ > 0;
  for (uint32_t i = 1; i <= parameters_; ++i) s->parameters.push_back(std::to_string(i));
  return s;
}

cypher::QueryPtr Lowering::query(const Tree& select) {
  const Nesting nesting(depth_);
  auto q = std::make_unique<cypher::Query>();
  collect_parts(select, *q);
  // A UNION takes its column names from the first part.
  const auto& first = q->parts[0].clauses.back()->projection;
  for (size_t i = 1; i < q->parts.size(); ++i) {
    auto& part = q->parts[i].clauses.back()->projection;
    if (part.items.size() != first.items.size()) {
      throw Error(sqlstate::kSyntaxError, "each UNION query must have the same number of columns");
    }
    for (size_t k = 0; k < first.items.size(); ++k) {
      part.items[k].alias = first.items[k].alias;
      part.items[k].name = first.items[k].name;
    }
  }
  return q->parts.size() > 1 && is_ordered(select) ? order_union(select, std::move(q)) : std::move(q);
}

// UNION ... ORDER BY ... LIMIT: CALL { the parts } RETURN their columns, ordered.
cypher::QueryPtr Lowering::order_union(const Tree& select, cypher::QueryPtr parts) {
  cypher::SingleQuery whole;
  Clause& call = add_clause(whole, ClauseKind::kSubquery);
  call.has_imports = true;
  cypher::Projection columns;
  for (auto& item : parts->parts[0].clauses.back()->projection.items) {
    cypher::ExpressionPtr e = make(ExprKind::kVariable, select);
    e->name = item.alias;
    add_item(columns, done(std::move(e)), item.alias);
    columns.items.back().name = item.name;
  }
  order_and_limits(select, columns);
  call.subquery = std::move(parts);
  add_clause(whole, ClauseKind::kReturn).projection = std::move(columns);
  auto q = std::make_unique<cypher::Query>();
  q->parts.push_back(std::move(whole));
  return q;
}

// The parts of a UNION from left to right. A chain of them leans to the left, so that side is a loop.
void Lowering::collect_parts(const Tree& select, cypher::Query& out) {
  std::vector<const Tree*> rights;
  const Tree* leftmost = &select;
  const size_t outer_queries = common_tables_.size();
  if (const Tree* clause = find(select, "withClause")) with(*clause);
  while (text_of(*leftmost, "op") == "SETOP_UNION") {
    rights.push_back(leftmost);
    if (leftmost != &select && is_ordered(*leftmost)) {
      refuse("ORDER BY and LIMIT over UNION", *leftmost);
    }
    leftmost = find(*leftmost, "larg");
  }
  if (text_of(*leftmost, "op") != "SETOP_NONE") refuse("INTERSECT and EXCEPT", *leftmost);
  if (find(*leftmost, "valuesLists")) {
    values(*leftmost, out);
  } else {
    if (leftmost != &select && find(*leftmost, "withClause")) refuse("WITH inside of UNION", *leftmost);
    out.parts.push_back(plain_select(*leftmost));
  }
  for (; !rights.empty(); rights.pop_back()) {
    const size_t before = out.parts.size();
    const Nesting nesting(depth_);
    collect_parts(*find(*rights.back(), "rarg"), out);
    const bool all = flag_of(*rights.back(), "all");
    while (out.union_all.size() + 1 < out.parts.size()) {
      out.union_all.push_back(out.union_all.size() + 1 == before ? all : true);
      out.union_positions.push_back(0);
    }
  }
  if (std::adjacent_find(out.union_all.begin(), out.union_all.end(), std::not_equal_to<>()) != out.union_all.end()) {
    refuse("UNION mixed with UNION ALL", select);
  }
  common_tables_.resize(outer_queries);
}

cypher::SingleQuery Lowering::plain_select(const Tree& select) {
  refuse_clauses(select);
  cypher::SingleQuery out;
  const size_t outer_tables = tables_.size();
  Grouping level(grouping_);
  if (const Tree* items = find(select, "fromClause")) from(*items, out);
  if (const Tree* condition = find(select, "whereClause")) where(*condition, expression(*condition), out);
  const Tree* having = find(select, "havingClause");
  const bool groups = having || find(select, "groupClause");
  if (groups) group(select, outer_tables, level);
  ExpressionPtr having_condition = having ? expression(*having) : nullptr;
  cypher::Projection columns;
  columns.distinct = find(select, "distinctClause") != nullptr;
  if (const Tree* list = find(select, "targetList")) targets(*list, outer_tables, columns);
  order_and_limits(select, columns);
  if (groups) add_clause(out, ClauseKind::kWith).projection = level.finish(std::move(having_condition));
  add_clause(out, ClauseKind::kReturn).projection = std::move(columns);
  tables_.resize(outer_tables);
  return out;
}

// VALUES (1, 'a'), (2, 'b'): a RETURN for each row, under UNION ALL.
void Lowering::values(const Tree& select, cypher::Query& out) {
  const Tree& rows = *find(select, "valuesLists");
  for (size_t r = 0; r < rows.size(); ++r) {
    cypher::SingleQuery part;
    Clause& clause = add_clause(part, ClauseKind::kReturn);
    const Tree* items = find(body_of(rows[r]), "items");
    if (!items) refuse("VALUES without columns", select);
    for (size_t i = 0; i < items->size(); ++i) {
      add_item(clause.projection, expression((*items)[i]), "column" + std::to_string(i + 1));
    }
    if (rows.size() == 1) order_and_limits(select, clause.projection);
    out.parts.push_back(std::move(part));
    if (r > 0) {
      out.union_all.push_back(true);
      out.union_positions.push_back(0);
    }
  }
}

void Lowering::refuse_clauses(const Tree& select) {
  static constexpr std::pair<const char*, const char*> kRefused[] = {
      {"windowClause", "WINDOW"}, {"intoClause", "SELECT INTO"}, {"lockingClause", "SELECT FOR UPDATE"}};
  for (const auto& [member, name] : kRefused) {
    if (find(select, member)) refuse(name, select);
  }
  const Tree* distinct = find(select, "distinctClause");
  if (distinct && !distinct->empty() && kind_of((*distinct)[0]) != "") refuse("DISTINCT ON", select);
}

void Lowering::from(const Tree& items, cypher::SingleQuery& out) {
  for (size_t i = 0; i < items.size(); ++i) from_item(items[i], out);
}

void Lowering::from_item(const Tree& item, cypher::SingleQuery& out) {
  if (const Tree* function = as(item, "RangeFunction")) return from_function(*function, out);
  if (const Tree* select = as(item, "RangeSubselect")) return from_subselect(*select, out);
  if (const Tree* join = as(item, "JoinExpr")) return from_join(*join, out);
  if (const Tree* range = as(item, "RangeVar")) return from_table(*range, out);
  refuse("this FROM clause", body_of(item));
}

void Lowering::add_variables(std::string_view alias, std::vector<std::string> names) {
  Table t;
  t.alias = alias;
  t.columns_are_variables = true;
  t.open = names.empty();
  t.columns = std::move(names);
  tables_.push_back(std::move(t));
}

// generate_series(a, b [, step]), unnest(array), or one row with a function's value
void Lowering::from_function(const Tree& range, cypher::SingleQuery& out) {
  const Tree* functions = find(range, "functions");
  const Tree* items = functions && functions->size() == 1 ? find(body_of((*functions)[0]), "items") : nullptr;
  if (!items || items->empty()) refuse("this function in FROM", range);
  const std::string name = column_name((*items)[0]);
  Clause& clause = add_clause(out, ClauseKind::kUnwind);
  clause.position = location_of(body_of((*items)[0]));
  ExpressionPtr value = expression((*items)[0]);
  if (name == "generate_series") {
    value->name = "range";
    clause.expression = std::move(value);
  } else if (name == "unnest") {
    if (value->args.size() != 1) refuse("unnest() of several arrays", body_of((*items)[0]));
    clause.expression = std::move(value->args[0]);
  } else {
    clause.expression = unary(ExprKind::kList, body_of((*items)[0]), std::move(value));
  }
  const Tree* alias = find(range, "alias");
  const Tree* columns = alias ? find(*alias, "colnames") : nullptr;
  clause.variable = columns ? string_of((*columns)[0]) : alias ? text_of(*alias, "aliasname") : std::string_view(name);
  clause.variable_position = clause.position;
  add_variables(alias ? text_of(*alias, "aliasname") : std::string_view(name), {clause.variable});
}

// (SELECT ...) AS alias(columns)
void Lowering::from_subselect(const Tree& range, cypher::SingleQuery& out) {
  if (flag_of(range, "lateral")) refuse("LATERAL", range);
  const Tree* select = find(range, "subquery");
  const Tree* stmt = select ? as(*select, "SelectStmt") : nullptr;
  if (!stmt) refuse("this subquery", range);
  const Tree* alias = find(range, "alias");
  add_subquery(*stmt, alias ? text_of(*alias, "aliasname") : "", alias ? find(*alias, "colnames") : nullptr, out);
}

// CALL () { select }; `columns` rename its own.
void Lowering::add_subquery(const Tree& select, std::string_view alias, const Tree* columns, cypher::SingleQuery& out) {
  Clause& clause = add_clause(out, ClauseKind::kSubquery);
  clause.has_imports = true;
  clause.subquery = query(select);
  for (cypher::SingleQuery& part : clause.subquery->parts) {
    auto& items = part.clauses.back()->projection.items;
    if (columns && columns->size() > items.size()) {
      throw Error(sqlstate::kSyntaxError, "table has fewer columns than its alias names");
    }
    for (size_t i = 0; columns && i < columns->size(); ++i) items[i].alias = items[i].name = string_of((*columns)[i]);
  }
  std::vector<std::string> names;
  for (auto& item : clause.subquery->parts[0].clauses.back()->projection.items) names.push_back(item.alias);
  add_variables(alias, std::move(names));
}

// WITH * WHERE condition; where nothing was read from, over one row that no name can reach.
void Lowering::where(const Tree& node, ExpressionPtr condition, cypher::SingleQuery& out) {
  if (out.clauses.empty()) {
    Clause& row = add_clause(out, ClauseKind::kUnwind);
    row.expression = make(ExprKind::kList, node);
    row.expression->args.push_back(literal(Value::boolean(true), node));
    row.expression = done(std::move(row.expression));
    row.variable = "?row?";
  }
  Clause& clause = add_clause(out, ClauseKind::kWith);
  clause.projection.star = true;
  clause.projection.where = std::move(condition);
}

void Lowering::targets(const Tree& list, size_t first_table, cypher::Projection& out) {
  for (size_t i = 0; i < list.size(); ++i) {
    const Tree& target = body_of(list[i]);
    const Tree& value = *find(target, "val");
    const Tree* reference = as(value, "ColumnRef");
    const Tree* fields = reference ? find(*reference, "fields") : nullptr;
    if (fields && kind_of((*fields)[fields->size() - 1]) == "A_Star") {
      if (grouping_ && grouping_->active) refuse("* beside GROUP BY", *reference);
      const auto add = [&](ExpressionPtr e, std::string name) { add_item(out, std::move(e), std::move(name)); };
      if (expand_star(first_table, *reference, add)) continue;
      if (i > 0) refuse("* after other columns", *reference);
      out.star = true;
      continue;
    }
    const std::string_view name = text_of(target, "name");
    add_item(out, object_name(expression(value), value), name.empty() ? column_name(value) : std::string(name));
  }
}

void Lowering::order_and_limits(const Tree& select, cypher::Projection& out) {
  if (const Tree* keys = find(select, "sortClause")) {
    for (size_t i = 0; i < keys->size(); ++i) {
      const Tree& key = body_of((*keys)[i]);
      cypher::SortItem item;
      item.expression = sort_key(*find(key, "node"), out);
      item.descending = text_of(key, "sortby_dir") == "SORTBY_DESC";
      const std::string_view nulls = text_of(key, "sortby_nulls");
      if (nulls != "SORTBY_NULLS_DEFAULT") item.nulls_first = nulls == "SORTBY_NULLS_FIRST";
      out.order.push_back(std::move(item));
    }
  }
  if (const Tree* offset = find(select, "limitOffset")) out.skip = expression(*offset);
  const Tree* limit = find(select, "limitCount");
  if (limit && !(as(*limit, "A_Const") && flag_of(*as(*limit, "A_Const"), "isnull"))) out.limit = expression(*limit);
}

// An integer is the number of a column.
cypher::ExpressionPtr Lowering::sort_key(const Tree& node, const cypher::Projection& projection) {
  const Tree* constant = as(node, "A_Const");
  const Tree* number = constant ? find(*constant, "ival") : nullptr;
  if (const Tree* reference = as(node, "ColumnRef")) {
    // An output column's name comes before the columns of tables.
    const Tree& fields = *find(*reference, "fields");
    const std::string_view name = fields.size() == 1 ? string_of(fields[0]) : std::string_view();
    for (auto& item : projection.items) {
      if (name.empty() || item.alias != name) continue;
      cypher::ExpressionPtr e = make(ExprKind::kVariable, node);
      e->name = name;
      return done(std::move(e));
    }
  }
  if (!number) return expression(node);
  const int64_t n = number_of(*number, "ival");
  if (n < 1 || n > int64_t(projection.items.size())) {
    throw Error("42P10", "ORDER BY position " + std::to_string(n) + " is not in select list").at(location_of(*constant));
  }
  cypher::ExpressionPtr e = make(ExprKind::kVariable, node);
  e->name = projection.items[size_t(n - 1)].alias;
  return done(std::move(e));
}

}  // namespace elegraph::query::sql
