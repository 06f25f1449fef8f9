// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "query/cypher/ast.h"
#include "query/plan/effects.h"
#include "query/plan/match_planner.h"
#include "query/plan/scope.h"
#include "query/plan/semantic.h"
#include "query/plan/subplan.h"

namespace elegraph::query::plan {

// Plans a query clause by clause: each clause puts its operators on top of the rows so far and changes the scope. One for
// each query part (a UNION branch, a subquery, a FOREACH body).
class ClausePlanner {
 public:
  // `outer`: what the part may read of the row that it runs for (a subplan), empty for a statement.
  struct Options {
    bool subplan = false;
    bool may_write = true;
    bool inherit = true;            // the outer variables are in scope from the start
    bool may_end_anywhere = false;  // EXISTS { MATCH ... } needs no RETURN
  };
  ClausePlanner(StatementContext& context, const Scope& outer, Options options);

  void plan(const cypher::SingleQuery& query);
  void update_clauses(const std::vector<std::unique_ptr<cypher::Clause>>& clauses);  // FOREACH's body

  NodePtr result() { return current_ ? current_ : argument(); }
  const std::vector<std::pair<std::string, Slot>>& columns() const { return columns_; }
  bool returns() const { return returns_; }
  // What the query looks for, where it has rows just where that one pattern has.
  std::shared_ptr<const ExistsPattern> pattern() const;
  const Scope& scope() const { return scope_; }

 private:
  struct Item {  // of a projection
    std::string name;
    BoundPtr expression;
    Slot slot = kNoSlot;
    uint32_t position = 0;
    bool aggregates = false;
  };
  struct ProjectionState {
    std::vector<Item> items;
    AggregateCollector aggregates;
    SlotSet visible;        // slots that rows still have, where DISTINCT or grouping drops the others
    bool narrowed = false;  // DISTINCT or grouping
    Scope sees;             // new names, then old ones
  };

  void clause(const cypher::SingleQuery& query, size_t& at);
  void check_order(const cypher::SingleQuery& query, size_t at) const;

  // reading
  bool hands_on(const cypher::Clause& c) const;
  bool comes_back(const cypher::Clause& match, const PatternGraph& graph) const;
  void hand_on(const cypher::Projection& p, PatternGraph& graph);
  size_t match(const cypher::SingleQuery& query, size_t at);
  std::vector<Slot> grouped_by(const cypher::Clause& next) const;
  std::vector<Slot> read_by(const cypher::Clause& next) const;
  void find_order(const cypher::Clause& next, PatternGraph& graph) const;
  static bool stops_early(const cypher::SingleQuery& query, size_t at);
  double left_rows_taken(const cypher::SingleQuery& query, size_t at) const;
  void optional_match(const cypher::SingleQuery& query, size_t at);
  void unwind(const cypher::Clause& c);

  // projection
  void projection(const cypher::Projection& p, bool with);
  void bind_items(const cypher::Projection& p, bool with, ProjectionState& s);
  void check_columns(const ProjectionState& s, bool with) const;
  double collected(const AggregateCall& call, double rows) const;
  Slot key_slot(const Item& key) const;
  bool rows_of_lists(const ProjectionState& s, std::vector<BoundPtr>& keys);
  void aggregate(ProjectionState& s);
  BoundPtr over_groups(const BoundPtr& e, const ProjectionState& s, bool simple_only) const;
  void distinct_nodes(const ProjectionState& s, bool sorted);
  void project(ProjectionState& s, bool all);
  NodePtr defer_projection();
  void sort(const cypher::Projection& p, ProjectionState& s, BoundPtr top);
  BoundPtr count_of_rows(const cypher::Expression& e, std::string_view clause);
  void require_visible(const BoundExpression& e, const ProjectionState& s, bool aggregated) const;

  // writing
  void create(const cypher::Clause& c);
  void create_path(const cypher::PathPattern& p, std::vector<CreateItem>& items);
  Slot create_node(const cypher::NodePattern& n, bool alone, std::vector<CreateItem>& items);
  void check_created_relationship(const cypher::RelationshipPattern& r, std::string_view clause, bool directed) const;
  BoundPtr properties(const cypher::Expression* e, Slot slot);
  void merge(const cypher::Clause& c);
  void check_merge(const cypher::PathPattern& p) const;
  void set(const std::vector<cypher::SetItem>& items, std::vector<SetOperation>& out);
  SetOperation set_property(const cypher::SetItem& item);
  void set_clause(const cypher::Clause& c);
  void remove(const cypher::Clause& c);
  void delete_clause(const cypher::Clause& c);
  void foreach_clause(const cypher::Clause& c);
  void written(const std::string& key, StaticType type);
  void created_paths(const cypher::PathPattern& p, std::vector<Slot> parts);
  void add_created_paths();

  // calling
  void copy_outer_columns(const Scope& inner, Subplan& plan);
  void subquery(const cypher::SingleQuery& query, size_t at);
  Scope imported(const cypher::Clause& c, const cypher::Query*& query);
  void procedure(const cypher::Clause& c, bool standalone);
  void implicit_arguments(const cypher::Clause& c, const ProcedureSignature& s, PhysicalNode& node);
  void procedure_arguments(const cypher::Clause& c, const ProcedureSignature& s, bool standalone, PhysicalNode& node);
  void procedure_columns(const cypher::Clause& c, const ProcedureSignature& s, bool standalone, PhysicalNode& node);

  // plumbing
  NodePtr argument() const;
  NodePtr on_top(NodeKind kind);  // a node over the rows so far
  void put(NodePtr node, double rows, double cost_per_row = 1);
  void put_write(NodePtr node);  // with kEager below where it is needed
  void eager_before_write(const Effects& own);
  void eager_before_read();  // of what the clauses before have written
  void eager_before_expressions(const std::vector<BoundPtr>& expressions, bool encoded = false);
  void eager();
  void declare(const std::string& name, Slot slot, uint32_t position);
  Binder binder(std::string_view place) { return std::move(Binder(context_, scope_).place(place)); }
  double rows() const { return current_ ? current_->estimated_rows : 1; }
  void expect_evaluations(double rows) { context_.evaluations = context_.runs * std::max(1.0, rows); }

  StatementContext& context_;
  Options options_;
  SlotSet outer_slots_;
  Scope scope_;
  NodePtr current_;
  std::vector<std::pair<std::string, Slot>> columns_;
  std::vector<std::pair<Slot, std::vector<Slot>>> paths_;  // of the CREATE in hand
  bool returns_ = false;
  std::shared_ptr<const ExistsPattern> first_pattern_;  // of a subquery that begins with MATCH
  NodePtr after_first_;
};

}  // namespace elegraph::query::plan
