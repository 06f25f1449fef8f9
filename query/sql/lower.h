// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/cypher/ast.h"
#include "query/sql/catalog/tables.h"
#include "query/sql/tree.h"

// SQL's SELECT and expressions as Cypher's tree, so that both run on the same operators. Errors: 0A000 with
// the position of what is not served.
namespace elegraph::query::sql {

class Lowering {
 public:
  explicit Lowering(std::string_view text, const class TableNames* tables = nullptr) : text_(text), names_(tables) {}

  // A SelectStmt node as a statement: RETURN of its target list, over UNWIND or CALL { } for what it reads
  // from.
  std::unique_ptr<cypher::Statement> select(const Tree& select_stmt);
  cypher::ExpressionPtr expression(const Tree& node);

 private:
  using ExpressionPtr = cypher::ExpressionPtr;
  class Nesting;    // lower_nesting.h
  struct Grouping;  // lower_grouping.h

  // What FROM brought into scope under a name.
  struct Table {
    std::string alias;
    const CatalogTable* catalog = nullptr;
    std::string label;                   // a label's nodes
    bool columns_are_variables = false;  // a function's or a subquery's
    bool open = false;                   // it may have other columns than these
    std::vector<std::string> columns;    // not of catalogs
    bool has(std::string_view column) const;
  };

  // A query of WITH. It sees those before it, and the tables that were in scope where it stands.
  struct CommonTable {
    std::string name;
    const Tree* body = nullptr;
    const Tree* columns = nullptr;  // aliases, or null
    size_t tables = 0;
  };

  // lower_select.cpp
  cypher::QueryPtr query(const Tree& select);
  cypher::QueryPtr order_union(const Tree& select, cypher::QueryPtr parts);
  void collect_parts(const Tree& select, cypher::Query& out);
  cypher::SingleQuery plain_select(const Tree& select);
  void values(const Tree& select, cypher::Query& out);
  void from(const Tree& select, cypher::SingleQuery& out);
  void from_item(const Tree& item, cypher::SingleQuery& out);
  void from_function(const Tree& range, cypher::SingleQuery& out);
  void from_subselect(const Tree& range, cypher::SingleQuery& out);
  void add_subquery(const Tree& select, std::string_view alias, const Tree* columns, cypher::SingleQuery& out);
  void add_variables(std::string_view alias, std::vector<std::string> names);
  void where(const Tree& node, ExpressionPtr condition, cypher::SingleQuery& out);
  void targets(const Tree& list, size_t first_table, cypher::Projection& out);
  void order_and_limits(const Tree& select, cypher::Projection& out);
  ExpressionPtr sort_key(const Tree& node, const cypher::Projection& projection);
  void refuse_clauses(const Tree& select);

  // lower_with.cpp
  void with(const Tree& clause);
  const CommonTable* common_table(const Tree& range) const;
  void from_common_table(const CommonTable& common, const Tree& range, cypher::SingleQuery& out);

  // lower_grouping.cpp
  void group(const Tree& select, size_t first_table, Grouping& level);
  void group_key(const Tree& node, const Tree* targets, Grouping& level);
  const Tree& group_key_of(const Tree& node, const Tree* targets) const;
  ExpressionPtr grouped(const Tree& node);
  ExpressionPtr grouped_aggregate(const Tree& node);
  ExpressionPtr grouped_column(const Tree& reference);
  ExpressionPtr outer_column(const Tree& reference, Grouping& level);
  bool same_column(const Tree& a, const Tree& b) const;
  bool same_key(const Tree& a, const Tree& b) const;
  bool same_tree(const Tree& a, const Tree& b) const;
  bool same_integer(const Tree& a, const Tree& b, bool& same) const;

  // lower_tables.cpp
  Table table(const Tree& range);
  void from_table(const Tree& range, cypher::SingleQuery& out);
  void from_join(const Tree& join, cypher::SingleQuery& out);
  void left_join(const Tree& join, cypher::SingleQuery& out);
  ExpressionPtr join_condition(const Tree& join, size_t first_right);
  cypher::Clause& match(const Table& t, const Tree& range, cypher::SingleQuery& out);
  ExpressionPtr catalog_rows(const CatalogTable& catalog, const Tree& node);
  ExpressionPtr table_column(const Table& t, const std::string& name, const Tree& node);
  bool expand_star(size_t first_table, const Tree& node, const std::function<void(ExpressionPtr, std::string)>& add);

  // lower_expression.cpp, lower_operator.cpp
  ExpressionPtr make(cypher::ExprKind kind, const Tree& node) const;
  ExpressionPtr done(ExpressionPtr e) const;
  ExpressionPtr nary(cypher::ExprKind kind, const Tree& node, const Tree& list);
  ExpressionPtr unary(cypher::ExprKind kind, const Tree& node, ExpressionPtr operand) const;
  ExpressionPtr binary(cypher::ExprKind kind, const Tree& node, ExpressionPtr left, ExpressionPtr right) const;
  ExpressionPtr call(std::string name, const Tree& node, ExpressionPtr first = nullptr,
                     ExpressionPtr second = nullptr) const;
  ExpressionPtr literal(Value v, const Tree& node) const;
  ExpressionPtr object_name(ExpressionPtr e, const Tree& node) const;
  ExpressionPtr constant(const Tree& node);
  ExpressionPtr integer_constant(const Tree& node);
  int64_t integer_of(const Tree& constant) const;
  ExpressionPtr parameter(const Tree& node);
  ExpressionPtr column(const Tree& node);
  const Table* table_of(const Tree& reference) const;
  ExpressionPtr function(const Tree& node);
  ExpressionPtr case_(const Tree& node);
  ExpressionPtr value_function(const Tree& node);
  ExpressionPtr indirection(const Tree& node);
  ExpressionPtr boolean_test(const Tree& node);
  ExpressionPtr sublink(const Tree& node);
  ExpressionPtr operation(const Tree& node);
  ExpressionPtr plain_operation(const Tree& node);
  ExpressionPtr like(const Tree& node);
  ExpressionPtr between(const Tree& node, bool negated);
  ExpressionPtr null_if(const Tree& node);
  ExpressionPtr distinct(const Tree& node);
  [[noreturn]] void refuse(const std::string& what, const Tree& node) const;

  std::string_view text_;
  const TableNames* names_;
  uint32_t parameters_ = 0;                 // the highest $n
  std::vector<Table> tables_;               // in scope, the innermost SELECT's last
  std::vector<CommonTable> common_tables_;  // in scope
  uint32_t common_table_uses_ = 0;
  Grouping* grouping_ = nullptr;  // of the SELECT whose expressions are being lowered; null where none around it groups
  uint32_t depth_ = 0;
};

cypher::Clause& add_clause(cypher::SingleQuery& query, cypher::ClauseKind kind);  // at its end
// The name that PostgreSQL gives to a column without AS: "?column?", a function's or a cast's name, ...
std::string column_name(const Tree& expression);

}  // namespace elegraph::query::sql
