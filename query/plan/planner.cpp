// SPDX-License-Identifier: Apache-2.0
#include "query/plan/planner.h"

#include <algorithm>

#include "query/plan/clause_planner.h"
#include "query/plan/early_distinct.h"
#include "query/plan/list_prefixes.h"
#include "query/plan/liveness.h"
#include "query/plan/match_marks.h"
#include "query/plan/match_planner.h"
#include "query/plan/set_joins.h"
#include "query/plan/subplan.h"
#include "query/plan/type_rules.h"
#include "query/plan/walk_ends.h"
#include "query/plan/walk_lengths.h"
#include "query/plan/walk_lists.h"

namespace elegraph::query::plan {

namespace {

using Columns = std::vector<std::pair<std::string, Slot>>;

struct Part {
  NodePtr root;
  Columns columns;
  Scope scope;
  bool returns = false;
  std::shared_ptr<const ExistsPattern> pattern;
};

Part plan_part(StatementContext& context, const Scope& outer, const cypher::SingleQuery& query,
               ClausePlanner::Options options) {
  context.check_interrupt();
  ClausePlanner planner(context, outer, options);
  planner.plan(query);
  return {planner.result(), planner.columns(), planner.scope(), planner.returns(), planner.pattern()};
}

Slot column_of(const Columns& columns, const std::string& name, uint32_t position) {
  for (const auto& [n, slot] : columns)
    if (n == name) return slot;
  throw Error(sqlstate::kSyntaxError, "all parts of a UNION must have the same columns")
      .with_detail("Column \"" + name + "\" is missing in one of them.")
      .at(position);
}

// left UNION ALL right, on new slots.
Part unite(StatementContext& context, Part left, const Part& right, uint32_t position) {
  if (!left.returns || !right.returns)
    throw Error(sqlstate::kSyntaxError, "each part of a UNION must end with RETURN").at(position);
  if (left.columns.size() != right.columns.size())
    throw Error(sqlstate::kSyntaxError, "all parts of a UNION must have the same columns").at(position);
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kUnion;
  Part out;
  out.returns = true;
  for (const auto& [name, slot] : left.columns) {
    Slot other = column_of(right.columns, name, position);
    Slot united = context.new_slot(unify(context.info(slot).type, context.info(other).type), name);
    n->slots.push_back(united), n->slots2.push_back(slot), n->slots3.push_back(other);
    out.columns.emplace_back(name, united);
    out.scope.add(name, united);
  }
  n->estimated_rows = left.root->estimated_rows + right.root->estimated_rows;
  n->estimated_cost = left.root->estimated_cost + right.root->estimated_cost;
  n->left = left.root, n->right = right.root;
  out.root = n;
  return out;
}

NodePtr distinct(NodePtr input, std::vector<Slot> slots) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kDistinct, n->slots = std::move(slots);
  n->estimated_rows = input->estimated_rows, n->estimated_cost = input->estimated_cost + input->estimated_rows;
  n->left = std::move(input);
  return n;
}

void check_unions(const cypher::Query& query) {
  constexpr size_t kMaxParts = 5000;
  if (query.parts.size() > kMaxParts)
    throw Error(sqlstate::kStatementTooComplex, "query has too many parts")
        .with_detail("At most " + std::to_string(kMaxParts) + " parts or rows of VALUES are allowed.")
        .at(query.union_positions.at(kMaxParts - 1));
  for (size_t i = 1; i < query.union_all.size(); ++i)
    if (query.union_all[i] != query.union_all[0])
      throw Error(sqlstate::kSyntaxError, "UNION and UNION ALL cannot be mixed in one query").at(query.union_positions[i]);
}

// Parts `first` .. `last` - 1. Halves are united, not one part after the other, so that many parts make no deep plan.
Part plan_range(StatementContext& context, const Scope& outer, const cypher::Query& query, size_t first, size_t last,
                ClausePlanner::Options options) {
  if (last - first == 1) return plan_part(context, outer, query.parts[first], options);
  const size_t middle = (first + last + 1) / 2;
  Part left = plan_range(context, outer, query, first, middle, options);
  return unite(context, std::move(left), plan_range(context, outer, query, middle, last, options),
               query.union_positions.at(middle - 1));
}

Part plan_parts(StatementContext& context, const Scope& outer, const cypher::Query& query, ClausePlanner::Options options) {
  check_unions(query);
  Part out = plan_range(context, outer, query, 0, query.parts.size(), options);
  if (query.parts.size() > 1 && !query.union_all[0]) out.root = distinct(out.root, out.root->slots);
  return out;
}

Plan::Tag tag_of(const StatementContext& c) {
  int kinds = c.creates + c.sets + c.deletes;
  if (c.merges || kinds > 1) return Plan::Tag::kMerge;
  if (c.creates) return Plan::Tag::kInsert;
  if (c.sets) return Plan::Tag::kUpdate;
  return c.deletes ? Plan::Tag::kDelete : Plan::Tag::kSelect;
}

NodePtr empty_result(NodePtr input) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kEmptyResult;
  n->estimated_cost = input->estimated_cost;
  n->left = std::move(input);
  return n;
}

// A parameter that nothing told about is text.
StaticType settled(std::optional<StaticType> t) { return t ? *t : StaticType{Type::kString}; }

StaticType column_type(const StatementContext& context, const PhysicalNode& root, Slot slot) {
  StaticType type = context.info(slot).type;
  // The defining expression may be a bare parameter or null.
  for (const PhysicalNode* n = &root; n; n = n->left.get()) {
    auto at = std::find(n->slots.begin(), n->slots.end(), slot);
    if (n->kind != NodeKind::kProject || at == n->slots.end()) continue;
    const BoundExpression& e = *n->expressions[size_t(at - n->slots.begin())];
    if (e.kind == BoundKind::kParameter) return settled(context.parameters[e.parameter]);
    if (e.kind == BoundKind::kLiteral && e.literal.is_null()) return {Type::kString};
  }
  return type.type == Type::kNull ? StaticType{Type::kAny} : type;
}

}  // namespace

Subplan plan_subquery(StatementContext& context, const Scope& scope, const cypher::Query& query, bool may_write,
                      double runs) {
  bool expression = !may_write;
  const PlannedRuns planned(context, runs);
  // What it asks of outer variables is true of the rows inside alone.
  std::vector<std::pair<Slot, SlotInfo>> outside;
  for (const Variable& v : scope.variables()) outside.emplace_back(v.slot, context.info(v.slot));
  Part part = plan_parts(context, scope, query, {.subplan = true, .may_write = may_write, .may_end_anywhere = expression});
  for (auto& [slot, info] : outside) context.info(slot) = std::move(info);
  Subplan out;
  out.root = part.root, out.returns = part.returns, out.pattern = part.pattern;
  if (!part.returns) out.columns = part.scope;
  for (const auto& [name, slot] : part.columns) out.columns.add(name, slot);
  return out;
}

PhysicalPtr plan_pattern(StatementContext& context, const SlotSet& bound, PatternGraph& graph, double runs) {
  const PlannedRuns planned(context, runs);
  return MatchPlanner(context, graph, bound).plan(nullptr, true);
}

// A hash join runs its right side before the left one as a rule. Where the left one writes, the right one must read it.
// (Those that answer for each left row begin with the left side, and there are no joins with a set of nodes in a statement
// that has written.) -> whether something in here writes.
bool read_what_was_written(PhysicalNode& node) {
  auto in = [](auto& child) { return child && read_what_was_written(const_cast<PhysicalNode&>(*child)); };
  const bool left = in(node.left), right = in(node.right);
  node.left_first |= left && node.kind == NodeKind::kHashJoin;
  switch (node.kind) {
    case NodeKind::kCreate:
    case NodeKind::kMerge:
    case NodeKind::kSet:
    case NodeKind::kDelete:
    case NodeKind::kForeach: return true;
    case NodeKind::kProcedure: return left || right || node.writes;
    default: return left || right;
  }
}

std::shared_ptr<const Plan> plan_query(const cypher::Statement& statement, const PlanningContext& planning) {
  if (statement.kind != cypher::StatementKind::kQuery) throw Error(sqlstate::kInternalError, "only queries are planned");
  if (statement.explain_json)
    throw Error(sqlstate::kFeatureNotSupported, "EXPLAIN format JSON is not supported").with_hint("The format is TEXT.");
  StatementContext context(planning, statement);
  auto plan = std::make_shared<Plan>();
  plan->catalog_epoch = planning.catalog->epoch();
  Part part = plan_parts(context, Scope(), *statement.query, {});
  NodePtr root = part.returns ? part.root : empty_result(part.root);
  SlotSet needed;
  for (const auto& [name, slot] : part.columns) {
    needed.add(slot);
    plan->columns.push_back({name, column_type(context, *root, slot), slot});
  }
  leave_starts_out(*root);
  mark_matches(context, *root);
  fill_live(*root, needed);  // paths that nobody reads are gone then
  if (count_hops(context, *root, needed)) fill_live(*root, needed);
  if (take_ends_once(*root)) fill_live(*root, needed);
  if (join_as_sets(*root)) fill_live(*root, needed);
  if (distinct_early(context, *root)) fill_live(*root, needed);
  if (make_walks_late(context, root)) fill_live(*root, needed);
  mark_list_prefixes(*root);
  plan->node_count = number_nodes(*root, 0);
  plan->root = root;
  plan->slot_count = uint32_t(context.slots.size());
  plan->writes = context.creates || context.sets || context.deletes || context.merges;
  if (plan->writes) read_what_was_written(*root);
  plan->tag = tag_of(context);
  for (const auto& p : context.parameters) plan->parameters.push_back(settled(p));
  plan->user_parameters = context.user_parameters;
  plan->parameter_names = context.implicit_arguments.empty() ? statement.parameters : context.implicit_arguments;
  plan->deterministic = context.deterministic;
  plan->same_in_all_sessions = context.deterministic && !context.reads_session;
  plan->explain = statement.explain;
  if (context.written.any_key) context.names.made_any_key();
  plan->ranges = std::move(context.ranges);
  plan->ranges_made = std::move(context.ranges_made);
  plan->notices = context.names.notices(*planning.catalog);
  return plan;
}

}  // namespace elegraph::query::plan
