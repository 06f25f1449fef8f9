// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/plan/semantic.h"
#include "query/plan/subplan.h"
#include "query/plan/type_rules.h"

// Expressions with variables or plans of their own: comprehensions, quantifiers, reduce, patterns, subqueries.
namespace elegraph::query::plan {

using cypher::Expression;
using cypher::ExprKind;

namespace {

void require_list(const BoundExpression& list) {
  if (!unknown(list.type) && list.type.type != Type::kList) type_error(list.position, "LIST", list.type);
}

std::shared_ptr<BoundExpression> with_subplan(BoundKind kind, StaticType type, PhysicalPtr plan, uint32_t position) {
  auto out = std::make_shared<BoundExpression>();
  out->kind = kind, out->type = type, out->subplan = std::move(plan), out->position = position;
  return out;
}

// Adds expression -> slot on top of a subplan, for kCollect.
PhysicalPtr project_column(PhysicalPtr input, BoundPtr e, Slot slot) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = NodeKind::kProject;
  node->estimated_rows = input->estimated_rows, node->estimated_cost = input->estimated_cost;
  node->left = std::move(input);
  node->slots = {slot}, node->expressions = {std::move(e)};
  return node;
}

// Whether RETURN DISTINCT makes fewer of them.
bool has_distinct_rows(const PhysicalNode& root) {
  const PhysicalNode* n = &root;
  while (n->kind == NodeKind::kProject && n->left) n = n->left.get();
  return n->kind == NodeKind::kDistinct;
}

bool is_pattern(const cypher::Query& query) {
  if (query.parts.size() != 1) return false;
  const auto is_match = [](const auto& c) { return c->kind == cypher::ClauseKind::kMatch && !c->optional; };
  const auto& clauses = query.parts[0].clauses;
  if (clauses.empty() || !std::all_of(clauses.begin(), clauses.end() - 1, is_match)) return false;
  const cypher::Projection& p = clauses.back()->projection;
  const bool hands_on = !p.distinct && p.order.empty() && !p.skip && !p.limit;
  return is_match(clauses.back()) || (clauses.back()->kind == cypher::ClauseKind::kReturn && hands_on);
}

bool is_constant(const BoundExpression& e) {
  const bool value = e.kind == BoundKind::kLiteral || e.kind == BoundKind::kParameter;
  return value && e.type.type != Type::kNull && e.type.type != Type::kAny && e.type.type != Type::kList;
}

// As they stand in the text; none of a list that does not.
std::vector<BoundPtr> elements_of(const BoundExpression& list) {
  if (list.kind != BoundKind::kLiteral) return list.kind == BoundKind::kList ? list.args : std::vector<BoundPtr>();
  std::vector<BoundPtr> out;
  if (list.literal.type() == Type::kList)
    for (const Value& v : list.literal.as_list()) out.push_back(make_literal(v, {v.type()}, list.position));
  return out;
}

bool has_subquery(const Expression& e) {
  if (e.subquery || e.pattern) return true;
  return std::ranges::any_of(e.args, [](const auto& a) { return a && has_subquery(*a); });
}

}  // namespace

BoundPtr Binder::bind_comprehension(const Expression& e) {
  BoundPtr list = bind(*e.args[0], {Type::kAny});
  require_list(*list);
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kListComprehension, out->position = e.position;
  out->slot = open_local(e.name, element_of(list->type));
  out->args = {list, e.args[1] ? condition(*e.args[1]) : nullptr, nullptr};
  StaticType element = element_of(list->type);
  if (e.args.size() > 2 && e.args[2]) out->args[2] = bind(*e.args[2]), element = out->args[2]->type;
  close_local();
  if (element.type == Type::kList || element.type == Type::kNull) element = {Type::kAny};
  out->type = list_of(element);
  return out;
}

// all(x IN [a, b] WHERE c) is c of a AND c of b. As such each part is decided as soon as its variable is bound, by an index
// where there is one, and not row by row when all variables are. So is each part of a few constants that has a subquery,
// which is then a join of its own.
BoundPtr Binder::bind_each_of(const Expression& e, BoundKind kind, const BoundExpression& list) {
  constexpr size_t kMost = 8;
  const bool none = kind == BoundKind::kNone;
  if (kind == BoundKind::kSingle || aggregates_ || !locals_.empty()) return nullptr;
  const std::vector<BoundPtr> elements = elements_of(list);
  if (elements.size() < 2 || elements.size() > kMost) return nullptr;
  const auto is_variable = [&](const BoundPtr& a) { return a->kind == BoundKind::kSlot && a->type == elements[0]->type; };
  const auto is_value = [&](const BoundPtr& a) { return is_constant(*a) && a->type == elements[0]->type; };
  const bool values = std::ranges::all_of(elements, is_value);
  if (values ? !has_subquery(*e.args[1]) : none || !std::ranges::all_of(elements, is_variable)) return nullptr;
  std::vector<BoundPtr> parts;
  for (const BoundPtr& element : elements) {
    if (values)
      context_.info(open_local(e.name, element->type)).constant = element;
    else
      locals_.push_back({e.name, element->slot});
    BoundPtr part = condition(*e.args[1]);
    parts.push_back(none ? make_call(BoundKind::kNot, {Type::kBool}, {std::move(part)}, e.position) : std::move(part));
    close_local();
  }
  const BoundKind junction = kind == BoundKind::kAny ? BoundKind::kOr : BoundKind::kAnd;
  return make_call(junction, {Type::kBool}, std::move(parts), e.position);
}

BoundPtr Binder::bind_quantifier(const Expression& e, BoundKind kind) {
  BoundPtr list = bind(*e.args[0], {Type::kAny});
  require_list(*list);
  if (BoundPtr each = bind_each_of(e, kind, *list)) return each;
  auto out = std::make_shared<BoundExpression>();
  out->kind = kind, out->type = {Type::kBool}, out->position = e.position;
  out->slot = open_local(e.name, element_of(list->type));
  out->args = {list, condition(*e.args[1])};
  close_local();
  return out;
}

BoundPtr Binder::bind_reduce(const Expression& e) {
  BoundPtr initial = bind(*e.args[0]);
  BoundPtr list = bind(*e.args[1], {Type::kAny});
  require_list(*list);
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kReduce, out->position = e.position;
  // The accumulator may change its type as it goes; only numbers of one kind are known to stay.
  StaticType accumulator = initial->type;
  if (accumulator.type == Type::kList || accumulator.type == Type::kNull) accumulator = {Type::kAny};
  size_t locals = locals_.size();
  out->slot = open_local(e.names[0], accumulator);
  out->slot2 = open_local(e.names[1], element_of(list->type));
  BoundPtr step = bind(*e.args[2]);
  if (!(step->type == accumulator)) {
    context_.info(out->slot).type = accumulator = {Type::kAny};
    step = bind(*e.args[2]);
  }
  locals_.resize(locals);
  out->args = {initial, list, step};
  out->type = step->type == initial->type ? initial->type : StaticType{Type::kAny};
  return out;
}

BoundPtr Binder::bind_pattern_comprehension(const Expression& e) {
  Scope scope = inner_scope();
  SlotSet bound = scope.slots();
  PatternGraph graph;
  cypher::PathPattern& pattern = *e.pattern;
  if (!e.names.empty() && !e.names[0].empty() && pattern.variable.empty()) pattern.variable = e.names[0];
  bind_patterns(context_, scope, {&pattern}, e.args[0].get(), {.refine = false}, graph);
  BoundPtr value = Binder(context_, scope).place("a pattern comprehension").bind(*e.args[1]);
  PhysicalPtr plan = plan_pattern(context_, bound, graph, context_.evaluations);
  Slot slot = context_.new_slot(value->type);
  StaticType element = value->type.type == Type::kList ? StaticType{Type::kAny} : value->type;
  auto out = with_subplan(BoundKind::kCollect, list_of(element), project_column(plan, value, slot), e.position);
  out->slot = slot;
  out->pattern = std::make_shared<ExistsPattern>(std::move(graph));
  return out;
}

BoundPtr Binder::bind_pattern_predicate(const Expression& e) {
  if (!patterns_allowed_)
    throw Error(sqlstate::kSyntaxError, "a pattern stands only as a condition here")
        .with_hint("Write [pattern | value] for a list of what it matches, or COUNT { pattern } for how many.")
        .at(e.position);
  Scope scope = inner_scope();
  SlotSet bound = scope.slots();
  PatternGraph graph;
  bind_patterns(context_, scope, {e.pattern.get()}, nullptr, {.may_declare = false, .refine = false}, graph);
  auto out = with_subplan(BoundKind::kExists, {Type::kBool}, plan_pattern(context_, bound, graph), e.position);
  out->pattern = std::make_shared<ExistsPattern>(std::move(graph));
  return out;
}

BoundPtr Binder::bind_subquery(const Expression& e) {
  Scope scope = inner_scope();
  // A pattern alone, of which it is asked whether or how often it is there, is joined as a whole (semi_join.h).
  const bool tested = e.kind != ExprKind::kCollectSubquery && is_pattern(*e.subquery);
  Subplan plan = plan_subquery(context_, scope, *e.subquery, false, tested ? 1 : context_.evaluations);
  if (e.kind == ExprKind::kExists) {
    auto out = with_subplan(BoundKind::kExists, {Type::kBool}, plan.root, e.position);
    out->pattern = plan.pattern;
    return out;
  }
  if (e.kind == ExprKind::kCountSubquery) {
    auto out = with_subplan(BoundKind::kCount, {Type::kInt}, plan.root, e.position);
    if (!has_distinct_rows(*plan.root)) out->pattern = plan.pattern;
    return out;
  }
  if (!plan.returns || plan.columns.variables().size() != 1)
    throw Error(sqlstate::kSyntaxError, "COLLECT { } must return exactly one column").at(e.position);
  Slot column = plan.columns.variables()[0].slot;
  StaticType element = context_.info(column).type;
  if (element.type == Type::kList || element.type == Type::kNull) element = {Type::kAny};
  Slot slot = context_.new_slot(element);
  PhysicalPtr root = project_column(plan.root, make_slot(column, element, e.position), slot);
  auto out = with_subplan(BoundKind::kCollect, list_of(element), root, e.position);
  out->slot = slot;
  return out;
}

BoundPtr Binder::bind_shortest_path(const Expression& e) {
  Scope scope = inner_scope();
  SlotSet bound = scope.slots();
  PatternGraph graph;
  bind_patterns(context_, scope, {e.pattern.get()}, nullptr, {.may_declare = false, .refine = false}, graph);
  const PatternRelationship& rel = graph.relationships.at(0);
  auto path = std::make_shared<BoundExpression>();
  path->kind = BoundKind::kPath, path->type = {Type::kPath}, path->position = e.position;
  path->path_slots = {graph.nodes[rel.from].slot, rel.slot, graph.nodes[rel.to].slot};
  bool all = rel.path_kind == cypher::PathKind::kAllShortest;
  PhysicalPtr plan = plan_pattern(context_, bound, graph);
  Slot slot = context_.new_slot({Type::kPath});
  auto list = with_subplan(BoundKind::kCollect, {Type::kList, Type::kPath}, project_column(plan, path, slot), e.position);
  list->slot = slot;
  if (all) return list;
  return make_call(BoundKind::kIndex, {Type::kPath}, {list, make_literal(Value::integer(0), {Type::kInt})}, e.position);
}

}  // namespace elegraph::query::plan
