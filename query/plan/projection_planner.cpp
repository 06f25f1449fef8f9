// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "query/plan/clause_planner.h"
#include "query/plan/component_groups.h"
#include "query/plan/effects.h"
#include "query/plan/index_order.h"
#include "query/plan/liveness.h"
#include "query/plan/node_groups.h"
#include "query/plan/semi_join.h"
#include "query/plan/type_rules.h"

// WITH and RETURN: projection, grouping, DISTINCT, ORDER BY, SKIP, LIMIT and the WHERE after WITH.
namespace elegraph::query::plan {

using cypher::Expression;
using cypher::ExprKind;
using cypher::Projection;

namespace {

// Also of a sum of them: SKIP and LIMIT together.
double literal_or(const BoundExpression& e, double otherwise) {
  if (e.kind == BoundKind::kAdd) return literal_or(*e.args[0], otherwise) + literal_or(*e.args[1], otherwise);
  return e.kind == BoundKind::kLiteral && e.literal.type() == Type::kInt ? double(e.literal.as_int()) : otherwise;
}

// What is spent before the first row comes, where that is known; else all of it. Not known below a filter: which rows pass
// is a guess, and whether they come early is none. Who begins in a hurry there may search for long on a single thread.
double cost_before_first_row(const PhysicalNode& n) {
  using enum NodeKind;
  switch (n.kind) {
    case kArgument:
    case kAllNodesScan:
    case kLabelScan:
    case kAnyLabelScan:
    case kRelationshipScan:
    case kNodeIndexSeek:
    case kRelationshipIndexSeek:
    case kNodeById: return 0;
    case kExpand:
    case kProject:
    case kUnwind:
    case kSkip:
    case kLimit: return n.left ? cost_before_first_row(*n.left) : 0;
    default: return n.estimated_cost;
  }
}

// What the first `rows` of a node's rows cost: they come in batches, and at an even pace, as far as one can tell.
double cost_of_first_rows(const PhysicalNode& n, double rows) {
  constexpr double kBatch = 2048;
  const double share = std::min(1.0, (rows + kBatch) / std::max(1.0, n.estimated_rows));
  const double before = cost_before_first_row(n);
  return before + (n.estimated_cost - before) * share;
}

// Variables and properties of variables: what may stand beside an aggregate when it is a grouping key.
bool simple(const BoundExpression& e) {
  return e.kind == BoundKind::kSlot || (e.kind == BoundKind::kProperty && simple(*e.args[0]));
}

bool mentions_variable(const Expression& e) {
  if (e.kind == ExprKind::kVariable || e.kind == ExprKind::kPatternPredicate || e.subquery || e.pattern) return true;
  for (const auto& a : e.args)
    if (a && mentions_variable(*a)) return true;
  return false;
}

bool mentions_aggregate(const Expression& e) {
  std::string name = e.name;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  if (e.kind == ExprKind::kFunction && find_aggregate(name)) return true;
  return std::ranges::any_of(e.args, [](const auto& a) { return a && mentions_aggregate(*a); });
}

// For how many rows its items are likely to be computed: those that a LIMIT drops are not projected.
double rows_projected(const Projection& p, double rows) {
  const auto number = [&](const cypher::ExpressionPtr& e) {
    const bool known = e->kind == ExprKind::kLiteral && e->literal.type() == Type::kInt;
    return known ? double(e->literal.as_int()) : rows;
  };
  const bool aggregates = std::ranges::any_of(p.items, [](auto& i) { return mentions_aggregate(*i.expression); });
  if (!p.limit || p.distinct || aggregates) return rows;
  return std::min(rows, number(p.limit) + (p.skip ? number(p.skip) : 0));
}

}  // namespace

void ClausePlanner::bind_items(const Projection& p, bool with, ProjectionState& s) {
  if (p.star) {
    if (scope_.empty() && !with)
      throw Error(sqlstate::kSyntaxError, "RETURN * needs at least one variable in scope").at(p.position);
    std::vector<Variable> all = scope_.variables();
    if (!with) std::ranges::sort(all, {}, &Variable::name);  // a plan may bind them in any order
    for (const Variable& v : all)
      s.items.push_back({v.name, context_.slot_expression(v.slot, p.position), kNoSlot, p.position, false});
  }
  for (const cypher::ProjectionItem& i : p.items) {
    if (with && !i.has_alias && i.expression->kind != ExprKind::kVariable)
      throw Error(sqlstate::kSyntaxError, "an expression in WITH needs a name")
          .with_hint("Write expression AS name.")
          .at(i.position);
    Item item;
    item.name = i.has_alias ? i.alias : i.expression->kind == ExprKind::kVariable ? i.expression->name : i.name;
    item.position = i.has_alias && i.alias_position ? i.alias_position : i.position;
    item.expression = Binder(context_, scope_).place("this clause").allow_aggregates(&s.aggregates).bind(*i.expression);
    s.items.push_back(std::move(item));
  }
  SlotSet aggregated;
  for (const AggregateCall& c : s.aggregates.calls) aggregated.add(c.slot);
  for (Item& i : s.items) i.aggregates = slots_of(i.expression).intersects(aggregated);
}

void ClausePlanner::check_columns(const ProjectionState& s, bool with) const {
  constexpr size_t kMostColumns = 1664;  // PostgreSQL's; a row of the protocol holds 32,767
  if (s.items.size() > kMostColumns)
    throw Error("54011", fmt::format("a projection can have at most {} columns", kMostColumns))
        .with_hint("Return a list or a map.")
        .at(s.items[kMostColumns].position);
  for (size_t i = 0; i < s.items.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (s.items[i].name == s.items[j].name)
        throw Error(sqlstate::kDuplicateColumn, "column name \"" + s.items[i].name + "\" appears more than once")
            .with_hint(with ? "" : "Give one of them another name with AS.")
            .at(s.items[i].position);
}

// Rewrites an expression over the input into one over groups: grouping keys become their slots.
BoundPtr ClausePlanner::over_groups(const BoundPtr& e, const ProjectionState& s, bool simple_only) const {
  return rewrite(e, [&](const BoundPtr& part) -> BoundPtr {
    for (const Item& i : s.items) {
      if (i.slot == kNoSlot || !i.expression) continue;
      if (simple_only && !simple(*part)) continue;
      if (same_expression(*part, *i.expression)) return make_slot(i.slot, part->type, part->position);
    }
    return nullptr;
  });
}

void ClausePlanner::require_visible(const BoundExpression& e, const ProjectionState& s, bool aggregated) const {
  SlotSet used;
  collect_slots(e, used);
  if (s.visible.contains_all(used)) return;
  used.remove(s.visible);
  std::string name = context_.info(used.list()[0]).name;
  if (aggregated)
    throw Error(sqlstate::kGroupingError, "variable \"" + name + "\" is used beside an aggregate and is no grouping key")
        .with_hint("Project it in an expression of its own first, as a column or with WITH.")
        .at(e.position);
  throw Error(sqlstate::kUndefinedColumn, "variable \"" + name + "\" is not defined here")
      .with_hint("After DISTINCT or an aggregate only the projected columns are left.")
      .at(e.position);
}

// How long a list collect() makes of so many rows. Of distinct nodes there are not more than the graph has.
double ClausePlanner::collected(const AggregateCall& call, double rows) const {
  if (call.distinct && call.arg->kind == BoundKind::kSlot && call.arg->type.type == Type::kNode)
    rows = std::min(rows, CostModel(context_).nodes(context_.info(call.arg->slot).labels));
  return std::max(1.0, rows);
}

// A variable stays in its slot, unless that belongs to the row that the subquery runs for: what the subquery makes is no
// longer taken from there.
Slot ClausePlanner::key_slot(const Item& key) const {
  const BoundExpression& e = *key.expression;
  if (e.kind != BoundKind::kSlot) return context_.new_slot(e.type, key.name);
  return outer_slots_.contains(e.slot) ? context_.copy_of(e.slot) : e.slot;
}

// count(DISTINCT [a, b]) alone counts the rows of DISTINCT a, b, so that no lists are made. False where it is not that;
// else these are the rows now, and `keys` are columns of them.
bool ClausePlanner::rows_of_lists(const ProjectionState& s, std::vector<BoundPtr>& keys) {
  if (!current_ || s.aggregates.calls.size() != 1) return false;
  const AggregateCall& call = s.aggregates.calls[0];
  const bool counts = call.def->kind == AggregateKind::kCount && call.distinct && call.arg;
  if (!counts || call.arg->kind != BoundKind::kList) return false;
  auto columns = std::make_shared<PhysicalNode>();
  columns->kind = NodeKind::kProject;
  SlotSet slots;
  const auto as_column = [&](const BoundPtr& e) {
    if (e->kind == BoundKind::kSlot && !outer_slots_.contains(e->slot)) return slots.add(e->slot), e;
    BoundPtr column = make_slot(context_.new_slot(e->type), e->type, e->position);
    columns->slots.push_back(column->slot), columns->expressions.push_back(with_marks(context_, current_, e));
    slots.add(column->slot);
    return column;
  };
  for (BoundPtr& key : keys) key = as_column(key);
  for (const BoundPtr& element : call.arg->args) as_column(element);
  const double in = current_->estimated_rows;
  if (!columns->slots.empty()) {
    columns->left = current_;
    put(std::move(columns), in, CostModel::kCheck);
  }
  NodePtr n = on_top(NodeKind::kDistinct);
  n->slots = slots.list();
  put(std::move(n), std::max(1.0, in / 2), 1);
  return true;
}

void ClausePlanner::aggregate(ProjectionState& s) {
  std::vector<BoundPtr> keys;
  for (const Item& i : s.items)
    if (!i.aggregates) keys.push_back(i.expression);
  const bool counts_rows = rows_of_lists(s, keys);
  if (current_)
    if (NodePtr grouped = by_scanned_nodes(context_, current_)) current_ = std::move(grouped);
  NodePtr n = on_top(NodeKind::kAggregate);
  double in = n->left->estimated_rows;
  size_t key = 0;
  for (Item& i : s.items) {
    if (i.aggregates) continue;
    i.slot = key_slot(i);
    s.visible.add(i.slot);
    const BoundPtr& expression = keys[key++];
    if (std::find(n->slots.begin(), n->slots.end(), i.slot) != n->slots.end()) continue;
    n->slots.push_back(i.slot), n->expressions.push_back(expression);
  }
  n->aggregates = s.aggregates.calls;
  if (counts_rows) n->aggregates[0].arg = nullptr, n->aggregates[0].distinct = false;
  // Of what is never null it counts rows, and nobody has to carry it.
  for (AggregateCall& c : n->aggregates)
    if (c.def->kind == AggregateKind::kCount && c.arg && !c.distinct && c.arg->kind == BoundKind::kSlot &&
        always_bound(*n->left, c.arg->slot))
      c.arg = nullptr;
  if (current_) {
    for (BoundPtr& e : n->expressions) e = with_marks(context_, current_, e);
    for (AggregateCall& c : n->aggregates)
      if (c.arg) c.arg = with_marks(context_, current_, c.arg);
    n->left = current_;
  }
  for (const AggregateCall& c : s.aggregates.calls) s.visible.add(c.slot);
  bool grouped = !n->slots.empty();
  const double groups = grouped ? CostModel(context_).groups(n->expressions, in) : 1;
  for (const AggregateCall& c : n->aggregates)
    if (c.def->kind == AggregateKind::kCollect) context_.info(c.slot).list_length = collected(c, in / groups);
  const bool distinct = std::ranges::any_of(n->aggregates, &AggregateCall::distinct);
  put(std::move(n), groups, 1);
  if (NodePtr apart = by_components(context_, current_)) current_ = std::move(apart);
  // The values of one group at a time are few; those of all groups would be one large table.
  if (distinct)
    if (NodePtr by_node = by_scanned_nodes(context_, current_)) current_ = std::move(by_node);
  s.narrowed = true;
  for (Item& i : s.items) {
    if (!i.aggregates) continue;
    BoundPtr over = over_groups(i.expression, s, true);
    require_visible(*over, s, true);
    i.expression = over;
  }
}

namespace {

// Whether no node comes twice, as from a scan without expansions.
bool gives_once(const PhysicalNode& n, Slot node) {
  using enum NodeKind;
  switch (n.kind) {
    case kAllNodesScan:
    case kLabelScan:
    case kAnyLabelScan:
    case kNodeIndexSeek:
    case kNodeById: return !n.left && n.slot == node;
    case kFilter:
    case kProject:
    case kSemiApply:
    case kNodeSemiJoin:
    case kHashSemiJoin:
    case kHashCount: return n.left && gives_once(*n.left, node);
    default: return false;
  }
}

}  // namespace

// Before DISTINCT of what is read of one node alone: each node once, so that properties are read and compared for fewer
// rows. `sorted`: all rows have to be there before the first one goes on.
void ClausePlanner::distinct_nodes(const ProjectionState& s, bool sorted) {
  if (!current_) return;
  SlotSet read;
  for (const Item& i : s.items) {
    if (!simple(*i.expression)) return;
    collect_slots(*i.expression, read);
  }
  const std::vector<Slot> slots = read.list();
  if (slots.size() != 1 || context_.info(slots[0]).type.type != Type::kNode) return;
  const bool only_node = s.items.size() == 1 && s.items[0].expression->kind == BoundKind::kSlot;
  if (only_node && !sorted) return;  // what DISTINCT itself does
  if (gives_once(*current_, slots[0])) return;
  NodePtr n = on_top(NodeKind::kDistinct);
  n->slots = slots;
  n->all_at_once = sorted && always_bound(*n->left, slots[0]);
  const double in = n->left->estimated_rows;
  put(std::move(n), std::max(1.0, in / 2), 1);
}

// `all`: of all rows, not of a few that a LIMIT leaves.
void ClausePlanner::project(ProjectionState& s, bool all) {
  std::vector<BoundPtr> expressions;
  std::vector<Slot> slots;
  for (Item& i : s.items) {
    if (i.slot != kNoSlot) continue;
    if (i.expression->kind == BoundKind::kSlot) {
      i.slot = i.expression->slot;
      if (std::string& name = context_.info(i.slot).name; name.empty()) name = i.name;  // of an aggregate
      continue;
    }
    i.slot = context_.new_slot(i.expression->type, i.name);
    slots.push_back(i.slot), expressions.push_back(i.expression);
  }
  if (slots.empty()) return;
  if (current_ && all)
    for (BoundPtr& e : expressions) e = with_marks(context_, current_, e);
  NodePtr n = on_top(NodeKind::kProject);
  n->slots = std::move(slots), n->expressions = std::move(expressions);
  double in = n->left->estimated_rows;
  put(std::move(n), in, CostModel::kCheck);
}

BoundPtr ClausePlanner::count_of_rows(const Expression& e, std::string_view clause) {
  if (mentions_variable(e))
    throw Error(sqlstate::kSyntaxError, std::string(clause) + " cannot read variables").at(e.position);
  BoundPtr n = binder(clause).bind(e, {Type::kInt});
  if (!unknown(n->type) && n->type.type != Type::kInt)
    throw Error(sqlstate::kSyntaxError,
                std::string(clause) + " must be an integer, not " + std::string(type_name(n->type.type)))
        .at(e.position);
  bool negated = n->kind == BoundKind::kNegate && n->args[0]->kind == BoundKind::kParameter &&
                 n->args[0]->parameter >= context_.user_parameters;
  if (negated || literal_or(*n, 0) < 0)
    throw Error(sqlstate::kSyntaxError, std::string(clause) + " must not be negative").at(e.position);
  return n;
}

void ClausePlanner::sort(const Projection& p, ProjectionState& s, BoundPtr top) {
  NodePtr n = on_top(NodeKind::kSort);
  std::vector<BoundPtr> keys;
  size_t calls = s.aggregates.calls.size();
  s.aggregates.frozen = true;
  for (const cypher::SortItem& item : p.order) {
    Binder binder(context_, s.sees);
    binder.place("ORDER BY");
    if (calls) binder.allow_aggregates(&s.aggregates);
    BoundPtr key = binder.bind(*item.expression);
    if (s.narrowed) {
      SlotSet aggregated;
      for (const AggregateCall& c : s.aggregates.calls) aggregated.add(c.slot);
      bool with_aggregate = slots_of(key).intersects(aggregated);
      BoundPtr whole;
      for (const Item& i : s.items)
        if (same_expression(*i.expression, *key)) whole = make_slot(i.slot, key->type, key->position);
      key = whole ? whole : over_groups(key, s, with_aggregate);
      require_visible(*key, s, with_aggregate);
    }
    SortKey k;
    k.expression = key, k.descending = item.descending;
    k.nulls_first = item.nulls_first.value_or(item.descending);
    n->sort.push_back(std::move(k));
    keys.push_back(key);
  }
  eager_before_expressions(keys);
  n->left = current_ ? current_ : argument();
  n->limit = std::move(top);
  const auto taken = n->limit ? std::optional(literal_or(*n->limit, 100)) : std::nullopt;
  if (NodePtr ordered = in_index_order(context_, n->left, n->sort, taken)) {
    current_ = std::move(ordered);
    return;
  }
  if (n->limit)
    if (NodePtr grouped = by_scanned_nodes(context_, n->left)) n->left = std::move(grouped);
  auto input = std::const_pointer_cast<PhysicalNode>(n->left);
  for (SortKey& k : n->sort) k.expression = with_marks(context_, input, k.expression);
  n->left = std::move(input);
  double in = n->left->estimated_rows;
  double out = n->limit ? std::min(in, literal_or(*n->limit, 100)) : in;
  put(std::move(n), out, 2);
}

// The rows that a top-k drops need not be projected: takes what its keys do not read out of the projection below it. The
// rest is computed of all rows.
NodePtr ClausePlanner::defer_projection() {
  PhysicalNode& top = *current_;
  auto below = std::const_pointer_cast<PhysicalNode>(top.left);
  SlotSet keys;
  for (const SortKey& k : top.sort) collect_slots(*k.expression, keys);
  auto now = std::make_shared<PhysicalNode>(*below), later = std::make_shared<PhysicalNode>(*below);
  for (PhysicalNode* n : {now.get(), later.get()}) n->slots.clear(), n->expressions.clear();
  for (size_t i = 0; i < below->slots.size(); ++i) {
    PhysicalNode& to = keys.contains(below->slots[i]) ? *now : *later;
    to.slots.push_back(below->slots[i]), to.expressions.push_back(below->expressions[i]);
  }
  auto input = std::const_pointer_cast<PhysicalNode>(below->left);
  for (BoundPtr& e : now->expressions) e = with_marks(context_, input, e);
  const double marks = input->estimated_cost - below->left->estimated_cost;
  now->left = input;
  now->estimated_cost += marks, top.estimated_cost += marks;
  top.left = now->slots.empty() ? input : now;
  return later->slots.empty() ? nullptr : later;
}

void ClausePlanner::projection(const Projection& p, bool with) {
  ProjectionState s;
  expect_evaluations(rows_projected(p, rows()));
  bind_items(p, with, s);
  expect_evaluations(rows());
  check_columns(s, with);
  std::vector<BoundPtr> reads;
  for (const Item& i : s.items) reads.push_back(i.expression);
  for (const AggregateCall& c : s.aggregates.calls) reads.push_back(c.arg);
  eager_before_expressions(reads, !with);
  if (!s.aggregates.calls.empty()) aggregate(s);
  if (p.distinct && s.aggregates.calls.empty()) distinct_nodes(s, !p.order.empty());
  const PhysicalNode* input = current_.get();
  project(s, !p.limit);
  bool made = current_.get() != input;
  if (p.distinct) {
    NodePtr n = on_top(NodeKind::kDistinct);
    SlotSet slots;
    for (const Item& i : s.items) slots.add(i.slot);
    n->slots = slots.list();
    if (!s.narrowed) s.visible = SlotSet();
    s.narrowed = true;
    double in = n->left->estimated_rows;
    put(std::move(n), std::max(1.0, in / 2), 1);
  }
  for (const Item& i : s.items) s.sees.add(i.name, i.slot), s.visible.add(i.slot);
  for (const Variable& v : scope_.variables())
    if (!s.sees.find(v.name)) s.sees.add(v.name, v.slot);

  NodePtr projected;
  BoundPtr skip = p.skip ? count_of_rows(*p.skip, "SKIP") : nullptr;
  BoundPtr limit = p.limit ? count_of_rows(*p.limit, "LIMIT") : nullptr;
  if (!p.order.empty()) {
    BoundPtr top = limit;
    if (limit && skip) top = make_call(BoundKind::kAdd, {Type::kInt}, {skip, limit}, limit->position);
    sort(p, s, top);
    if (current_->kind == NodeKind::kSort && top && made && !p.distinct && current_->left->kind == NodeKind::kProject)
      projected = defer_projection();
    if (current_->kind == NodeKind::kSort && top)
      if (NodePtr n = partly_in_index_order(context_, current_, literal_or(*top, 100))) current_ = std::move(n);
  } else if (limit && !s.aggregates.calls.empty() && !p.distinct) {
    const double taken = literal_or(*limit, 100) + (skip ? literal_or(*skip, 100) : 0);
    if (NodePtr grouped = in_groups(context_, current_, taken)) current_ = std::move(grouped);
  }
  // Nor those that SKIP and LIMIT alone drop.
  if ((skip || limit) && current_ && current_->kind == NodeKind::kProject) {
    projected = current_;
    current_ = std::const_pointer_cast<PhysicalNode>(projected->left);
  }
  if (skip) {
    NodePtr n = on_top(NodeKind::kSkip);
    n->expressions = {skip};
    double in = n->left->estimated_rows;
    put(std::move(n), std::max(0.0, in - literal_or(*skip, 0)), 0);
  }
  if (limit) {
    NodePtr n = on_top(NodeKind::kLimit);
    n->expressions = {limit};
    const double taken = std::min(n->left->estimated_rows, literal_or(*limit, 10));
    const PhysicalNode& below = skip ? *n->left->left : *n->left;
    const double cost = cost_of_first_rows(below, taken + (skip ? literal_or(*skip, 0) : 0));
    put(std::move(n), taken, 0);
    current_->estimated_cost = cost;
  }
  if (projected) {
    projected->left = current_;
    double in = current_->estimated_rows;
    put(std::move(projected), in, CostModel::kCheck);
  }
  if (p.where) {
    BoundPtr condition = Binder(context_, s.sees).place("WHERE").bind_condition(*p.where);
    if (s.narrowed) condition = over_groups(condition, s, false), require_visible(*condition, s, false);
    std::vector<BoundPtr> conjuncts;
    split_conjuncts(condition, conjuncts);
    CostModel costs(context_);
    if (!current_) current_ = argument();
    eager_before_expressions(conjuncts);
    current_ = add_condition(context_, current_, conjuncts, costs.selectivity(*condition));
  }
  Scope after;
  for (const Item& i : s.items) after.add(i.name, i.slot);
  scope_ = std::move(after);
  if (with) return;
  for (const Item& i : s.items) columns_.emplace_back(i.name, i.slot);
}

}  // namespace elegraph::query::plan
