// SPDX-License-Identifier: Apache-2.0
#include "query/plan/clause_planner.h"

#include <algorithm>
#include <limits>

#include "query/plan/effects.h"
#include "query/plan/hash_side.h"
#include "query/plan/or_expansion.h"
#include "query/plan/type_rules.h"

namespace elegraph::query::plan {

using cypher::Clause;
using cypher::ClauseKind;

ClausePlanner::ClausePlanner(StatementContext& context, const Scope& outer, Options options)
    : context_(context), options_(options), outer_slots_(outer.slots()) {
  if (options.inherit) scope_ = outer;
}

// ---- plumbing

namespace {

bool may_hold_entity(StaticType t) {
  return t.type >= Type::kList && t.type != Type::kPoint && t.type != Type::kNumeric && t.type != Type::kUuid;
}

}  // namespace

NodePtr ClausePlanner::argument() const {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = NodeKind::kArgument;
  n->estimated_rows = 1;
  return n;
}

NodePtr ClausePlanner::on_top(NodeKind kind) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = kind;
  n->left = current_ ? current_ : argument();
  return n;
}

void ClausePlanner::put(NodePtr node, double rows, double cost_per_row) {
  node->estimated_rows = rows;
  node->estimated_cost = node->left->estimated_cost + node->left->estimated_rows * cost_per_row;
  current_ = std::move(node);
}

void ClausePlanner::eager() {
  NodePtr n = on_top(NodeKind::kEager);
  double in = n->left->estimated_rows;
  put(std::move(n), in, 0.5);
}

void ClausePlanner::put_write(NodePtr node) {
  if (current_) {
    node->left = nullptr;
    eager_before_write(effects_of(*node, *context_.planning.indexes));
    node->left = current_;
  }
  double in = node->left->estimated_rows, each = 2 + (node->right ? node->right->estimated_cost : 0);
  put(std::move(node), in, each);
}

void ClausePlanner::eager_before_write(const Effects& own) {
  if (!current_ || !own.writes()) return;
  const Effects before = effects_of(*current_, *context_.planning.indexes);
  const bool clash = interferes(before, own) || (before.writes() && interferes(own, before));
  if (clash && !at_most_one_row(*current_, *context_.planning.indexes)) eager();
}

void ClausePlanner::eager_before_read() {
  if (!current_ || !effects_of(*current_, *context_.planning.indexes).writes()) return;
  if (!at_most_one_row(*current_, *context_.planning.indexes)) eager();
}

void ClausePlanner::eager_before_expressions(const std::vector<BoundPtr>& expressions, bool encoded) {
  if (!current_) return;
  Effects before = effects_of(*current_, *context_.planning.indexes);
  if (!before.writes()) return;
  Effects own;
  for (const BoundPtr& e : expressions)
    if (e) {
      add_reads(*e, own);
      // A whole entity is read when it goes to the client.
      own.reads_keys.all |= encoded && may_hold_entity(e->type);
    }
  if (interferes(own, before) && !at_most_one_row(*current_, *context_.planning.indexes)) eager();
}

void ClausePlanner::declare(const std::string& name, Slot slot, uint32_t position) {
  if (scope_.find(name)) throw Error(sqlstate::kDuplicateAlias, "variable \"" + name + "\" is already bound").at(position);
  scope_.add(name, slot);
}

// ---- the sequence of clauses

namespace {

bool writing(ClauseKind k) {
  return k == ClauseKind::kCreate || k == ClauseKind::kMerge || k == ClauseKind::kSet || k == ClauseKind::kRemove ||
         k == ClauseKind::kDelete || k == ClauseKind::kForeach;
}

}  // namespace

void ClausePlanner::check_order(const cypher::SingleQuery& query, size_t at) const {
  const Clause& c = *query.clauses[at];
  bool last = at + 1 == query.clauses.size();
  if ((c.kind == ClauseKind::kReturn || c.kind == ClauseKind::kFinish) && !last)
    throw Error(sqlstate::kSyntaxError, "RETURN must be the last clause").at(query.clauses[at + 1]->position);
  if (!options_.may_write && writing(c.kind))
    throw Error(sqlstate::kSyntaxError, "a subquery expression cannot change the graph").at(c.position);
  bool reads = c.kind == ClauseKind::kMatch || c.kind == ClauseKind::kUnwind || c.kind == ClauseKind::kWith;
  if (last && reads && !options_.may_end_anywhere)
    throw Error(sqlstate::kSyntaxError, "a query cannot end with this clause")
        .with_hint("End it with RETURN, or with a clause that changes the graph.")
        .at(c.position);
}

void ClausePlanner::plan(const cypher::SingleQuery& query) {
  // Each is an operator above the one before, and operators call each other.
  constexpr size_t kMaxClauses = 2000;
  if (query.clauses.size() > kMaxClauses)
    throw Error(sqlstate::kStatementTooComplex, "query has too many clauses")
        .with_detail("At most " + std::to_string(kMaxClauses) + " are allowed.")
        .with_hint("Send several statements, or UNWIND a list.")
        .at(query.clauses[kMaxClauses]->position);
  for (size_t at = 0; at < query.clauses.size(); ++at) {
    check_order(query, at);
    clause(query, at);
  }
}

void ClausePlanner::update_clauses(const std::vector<std::unique_ptr<Clause>>& clauses) {
  current_ = argument();
  for (const auto& c : clauses) {
    if (!writing(c->kind))
      throw Error(sqlstate::kSyntaxError, "FOREACH takes only clauses that change the graph").at(c->position);
    switch (c->kind) {
      case ClauseKind::kCreate: create(*c); break;
      case ClauseKind::kMerge: merge(*c); break;
      case ClauseKind::kSet: set_clause(*c); break;
      case ClauseKind::kRemove: remove(*c); break;
      case ClauseKind::kDelete: delete_clause(*c); break;
      default: foreach_clause(*c); break;
    }
  }
}

void ClausePlanner::clause(const cypher::SingleQuery& query, size_t& at) {
  const Clause& c = *query.clauses[at];
  expect_evaluations(rows());
  if (writing(c.kind)) context_.evaluations = 1;  // each may read what the one before has written
  switch (c.kind) {
    case ClauseKind::kMatch:
      if (c.optional) return optional_match(query, at);
      at = match(query, at);
      return;
    case ClauseKind::kWith: return projection(c.projection, true);
    case ClauseKind::kReturn:
      projection(c.projection, false);
      returns_ = true;
      return;
    case ClauseKind::kUnwind: return unwind(c);
    case ClauseKind::kCreate: return create(c);
    case ClauseKind::kMerge: return merge(c);
    case ClauseKind::kSet: return set_clause(c);
    case ClauseKind::kRemove: return remove(c);
    case ClauseKind::kDelete: return delete_clause(c);
    case ClauseKind::kForeach: return foreach_clause(c);
    case ClauseKind::kSubquery: return subquery(query, at);
    case ClauseKind::kCall: return procedure(c, query.clauses.size() == 1 && !options_.subplan);
    case ClauseKind::kFinish: return;
  }
}

// ---- reading clauses

namespace {

// The variable of `a` or `a.name`; empty for anything else.
std::string_view variable_of(const cypher::Expression& e) {
  if (e.kind == cypher::ExprKind::kVariable) return e.name;
  if (e.kind == cypher::ExprKind::kProperty && e.args[0]->kind == cypher::ExprKind::kVariable) return e.args[0]->name;
  return {};
}

// What stands there, where that is a number.
double number_or(const cypher::ExpressionPtr& e, double otherwise) {
  const bool known = e && e->kind == cypher::ExprKind::kLiteral && e->literal.type() == Type::kInt;
  return known ? double(e->literal.as_int()) : otherwise;
}

bool is_column(const cypher::ProjectionItem& i) { return !variable_of(*i.expression).empty(); }

bool collects(const cypher::Expression& e) {
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == b; };
  if (e.kind == cypher::ExprKind::kFunction && std::ranges::equal(e.name, std::string_view("collect"), same)) return true;
  return std::ranges::any_of(e.args, [](const cypher::ExpressionPtr& arg) { return arg && collects(*arg); });
}

// The variables whose properties it reads, or that it gives as a whole.
void collect_read(const cypher::Expression& e, bool whole, std::vector<std::string_view>& out) {
  const bool reads = e.kind == cypher::ExprKind::kProperty || whole;
  if (const std::string_view v = variable_of(e); reads && !v.empty()) out.push_back(v);
  for (const cypher::ExpressionPtr& arg : e.args)
    if (arg) collect_read(*arg, false, out);
}

// Of nothing but variables' properties: what an aggregate may be of, and a key, where components are grouped by themselves.
bool groups_apart(const cypher::Expression& e, bool& aggregates) {
  if (!variable_of(e).empty()) return true;
  std::string name = e.name;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  const AggregateDef* def = e.kind == cypher::ExprKind::kFunction ? find_aggregate(name) : nullptr;
  if (def) {
    aggregates = true;
    if (def->kind > AggregateKind::kMax && !(def->kind == AggregateKind::kCollect && e.distinct)) return false;
    return std::ranges::all_of(e.args, [](const auto& arg) { return !variable_of(*arg).empty(); });
  }
  if (e.subquery || e.pattern || e.kind == cypher::ExprKind::kVariable) return false;
  return std::ranges::all_of(e.args, [&](const auto& arg) { return !arg || groups_apart(*arg, aggregates); });
}

bool groups_apart(const Clause& next) {
  const bool projects = next.kind == ClauseKind::kWith || next.kind == ClauseKind::kReturn;
  if (!projects || next.projection.star) return false;
  bool aggregates = false;
  for (const cypher::ProjectionItem& i : next.projection.items) {
    bool computes = false;
    if (!groups_apart(*i.expression, computes) || (!computes && !is_column(i))) return false;
    aggregates |= computes;
  }
  return aggregates;
}

// What ORDER BY asks for first, in terms of the clause's input.
const cypher::Expression& first_key(const cypher::Projection& p) {
  const cypher::Expression& key = *p.order[0].expression;
  const auto item = std::ranges::find_if(
      p.items, [&](auto& i) { return key.kind == cypher::ExprKind::kVariable && i.has_alias && i.alias == key.name; });
  return item == p.items.end() ? key : *item->expression;
}

}  // namespace

// ORDER BY r.at LIMIT 10, where an index has the relationships in that order.
void ClausePlanner::find_order(const Clause& next, PatternGraph& graph) const {
  const cypher::Projection& p = next.projection;
  if (next.kind != ClauseKind::kWith && next.kind != ClauseKind::kReturn) return;
  if (p.order.empty() || !p.limit || p.distinct || !std::ranges::all_of(p.items, is_column)) return;
  const cypher::Expression& key = first_key(p);
  const Variable* variable = key.kind == cypher::ExprKind::kProperty ? scope_.find(variable_of(key)) : nullptr;
  if (!variable || context_.info(variable->slot).type.type != Type::kRelationship) return;
  const auto& types = context_.info(variable->slot).types;
  const auto type = types.size() == 1 ? context_.planning.catalog->find_rel_type(types[0]) : std::nullopt;
  const auto id = context_.planning.catalog->find_key(key.name);
  if (!type || !id) return;
  const auto gives_it = [&](const index::PropertyIndex* i) { return i->online() && i->keys()[0] == *id; };
  if (!std::ranges::any_of(context_.planning.indexes->on_rel_type(*type), gives_it)) return;
  constexpr double kPage = 100;
  graph.sorted_by = variable->slot;
  graph.taken = number_or(p.limit, kPage) + (p.skip ? number_or(p.skip, kPage) : 0);
}

// The one variable that stands, also with properties, beside something that is computed, likely aggregates; where there
// are several, those that stand as they are.
std::vector<Slot> ClausePlanner::grouped_by(const Clause& next) const {
  if ((next.kind != ClauseKind::kWith && next.kind != ClauseKind::kReturn) || next.projection.star) return {};
  std::vector<std::string_view> all, whole;
  bool computes = false;
  for (const cypher::ProjectionItem& i : next.projection.items) {
    const std::string_view v = variable_of(*i.expression);
    computes = computes || v.empty();
    if (v.empty()) continue;
    if (std::ranges::find(all, v) == all.end()) all.push_back(v);
    if (i.expression->kind == cypher::ExprKind::kVariable) whole.push_back(v);
  }
  std::vector<Slot> slots;
  if (!computes) return slots;
  for (std::string_view name : all.size() == 1 ? all : whole)
    if (const Variable* variable = scope_.find(name)) slots.push_back(variable->slot);
  return slots;
}

std::vector<Slot> ClausePlanner::read_by(const Clause& next) const {
  if ((next.kind != ClauseKind::kWith && next.kind != ClauseKind::kReturn) || next.projection.star) return {};
  // Rows that come together are listed, or told apart, for less by far.
  if (next.projection.distinct) return {};
  if (std::ranges::any_of(next.projection.items, [](const auto& i) { return collects(*i.expression); })) return {};
  std::vector<std::string_view> names;
  for (const cypher::ProjectionItem& i : next.projection.items)
    collect_read(*i.expression, next.kind == ClauseKind::kReturn, names);
  std::vector<Slot> slots;
  for (std::string_view name : names) {
    const Variable* variable = scope_.find(name);
    if (variable && std::ranges::find(slots, variable->slot) == slots.end()) slots.push_back(variable->slot);
  }
  return slots;
}

// Whether a WITH does nothing but leave variables out, and rows by its WHERE.
bool ClausePlanner::hands_on(const Clause& c) const {
  const cypher::Projection& p = c.projection;
  if (c.kind != ClauseKind::kWith || p.distinct || !p.order.empty() || p.skip || p.limit) return false;
  if (p.star) return p.items.empty();
  std::vector<std::string_view> names;
  for (const cypher::ProjectionItem& i : p.items) {
    const std::string& name = i.expression->name;
    const bool as_it_is = i.expression->kind == cypher::ExprKind::kVariable && (!i.has_alias || i.alias == name);
    if (!as_it_is || !scope_.find(name) || std::ranges::find(names, name) != names.end()) return false;
    names.push_back(name);
  }
  return true;
}

void ClausePlanner::hand_on(const cypher::Projection& p, PatternGraph& graph) {
  if (p.where) split_conjuncts(binder("WHERE").bind_condition(*p.where), graph.predicates);
  if (p.star) return;
  Scope after;
  for (const cypher::ProjectionItem& i : p.items) after.add(i.expression->name, scope_.find(i.expression->name)->slot);
  scope_ = std::move(after);
}

// Whether its patterns go back to a relationship that the graph is to find: that must have been done then.
bool ClausePlanner::comes_back(const Clause& match, const PatternGraph& graph) const {
  auto found_there = [&](const cypher::RelationshipPattern& r) {
    const Variable* v = r.variable.empty() ? nullptr : scope_.find(r.variable);
    return v && std::ranges::any_of(graph.relationships, [&](const PatternRelationship& g) { return g.slot == v->slot; });
  };
  return std::ranges::any_of(
      match.patterns, [&](const cypher::PathPattern& p) { return std::ranges::any_of(p.relationships, found_there); });
}

// Whether a LIMIT may come before all rows were looked at.
bool ClausePlanner::stops_early(const cypher::SingleQuery& query, size_t at) {
  return std::any_of(query.clauses.begin() + std::ptrdiff_t(at), query.clauses.end(),
                     [](const auto& c) { return c->projection.limit && c->projection.order.empty(); });
}

// Consecutive MATCH clauses are one graph to the optimizer, also with a WITH behind or between them that only hands
// variables on; only the uniqueness of relationships is each one's own.
size_t ClausePlanner::match(const cypher::SingleQuery& query, size_t at) {
  eager_before_read();
  const bool first = options_.subplan && !current_;
  PatternGraph graph;
  SlotSet bound = scope_.slots();
  bound.add(outer_slots_);
  for (;; ++at) {
    const Clause& c = *query.clauses[at];
    std::vector<const cypher::PathPattern*> patterns;
    for (const auto& p : c.patterns) patterns.push_back(&p);
    bind_patterns(context_, scope_, patterns, c.where.get(), {}, graph);
    while (at + 2 < query.clauses.size() && hands_on(*query.clauses[at + 1]))
      hand_on(query.clauses[++at]->projection, graph);
    bool more = at + 1 < query.clauses.size() && query.clauses[at + 1]->kind == ClauseKind::kMatch &&
                !query.clauses[at + 1]->optional && !comes_back(*query.clauses[at + 1], graph);
    if (!more) break;
    check_order(query, at + 1);
  }
  if (at + 1 < query.clauses.size()) {
    graph.grouped_by = grouped_by(*query.clauses[at + 1]);
    graph.read_next = read_by(*query.clauses[at + 1]);
    graph.grouped_apart = groups_apart(*query.clauses[at + 1]);
    find_order(*query.clauses[at + 1], graph);
  }
  graph.may_stop_early = options_.subplan || stops_early(query, at + 1);
  const bool begins = !options_.subplan && !current_ && bound.empty();
  current_ = begins ? plan_match(context_, graph) : MatchPlanner(context_, graph, bound).plan(current_, options_.subplan);
  if (first) first_pattern_ = std::make_shared<ExistsPattern>(std::move(graph)), after_first_ = current_;
  return at;
}

std::shared_ptr<const ExistsPattern> ClausePlanner::pattern() const {
  const PhysicalNode* n = current_.get();
  while (n && n != after_first_.get() && (n->kind == NodeKind::kProject || n->kind == NodeKind::kDistinct))
    n = n->left.get();
  return n && n == after_first_.get() ? first_pattern_ : nullptr;
}

// For how many rows the OPTIONAL MATCH at `at` looks until a LIMIT behind it has enough: each row gives one at least.
double ClausePlanner::left_rows_taken(const cypher::SingleQuery& query, size_t at) const {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  while (at < query.clauses.size() && query.clauses[at]->optional && query.clauses[at]->kind == ClauseKind::kMatch) ++at;
  if (at == query.clauses.size()) return kAll;
  const Clause& next = *query.clauses[at];
  if (next.kind != ClauseKind::kWith && next.kind != ClauseKind::kReturn) return kAll;
  const cypher::Projection& p = next.projection;
  if (p.distinct || !p.order.empty() || !std::ranges::all_of(p.items, is_column)) return kAll;
  return number_or(p.limit, kAll) + (p.skip ? number_or(p.skip, kAll) : 0);
}

void ClausePlanner::optional_match(const cypher::SingleQuery& query, size_t at) {
  const Clause& c = *query.clauses[at];
  eager_before_read();
  PatternGraph graph;
  SlotSet bound = scope_.slots();
  bound.add(outer_slots_);
  size_t known = scope_.variables().size();
  std::vector<const cypher::PathPattern*> patterns;
  for (const auto& p : c.patterns) patterns.push_back(&p);
  bind_patterns(context_, scope_, patterns, c.where.get(), {.refine = false}, graph);
  NodePtr n = on_top(NodeKind::kOptional);
  n->right = plan_pattern(context_, bound, graph);
  for (size_t i = known; i < scope_.variables().size(); ++i) n->slots.push_back(scope_.variables()[i].slot);
  double in = n->left->estimated_rows, each = n->right->estimated_cost;
  double out = in * std::max(1.0, n->right->estimated_rows);
  const EachRow each_row{.input = *n->left, .plan = *n->right, .most = left_rows_taken(query, at)};
  if (HashSide side = hash_side(context_, graph, each_row); side.plan) {
    n->kind = NodeKind::kHashLeftJoin;
    each = side.cost / std::max(1.0, in * context_.runs);
    if (!side.by_nodes) out = std::max(in, side.plan->estimated_rows);
    set_hash_side(*n, std::move(side));
  }
  put(std::move(n), out, each);
}

void ClausePlanner::unwind(const Clause& c) {
  BoundPtr list = binder("UNWIND").bind(*c.expression, {Type::kAny});
  eager_before_expressions({list});
  if (!unknown(list->type) && list->type.type == Type::kMap) type_error(list->position, "LIST", list->type);
  NodePtr n = on_top(NodeKind::kUnwind);
  n->slot = context_.new_slot(list->type.type == Type::kList ? element_of(list->type) : StaticType{Type::kAny}, c.variable);
  n->expressions = {list};
  declare(c.variable, n->slot, c.variable_position);
  double each = CostModel(context_).list_length(*list);
  double in = n->left->estimated_rows;
  put(std::move(n), in * each, each);
}

}  // namespace elegraph::query::plan
