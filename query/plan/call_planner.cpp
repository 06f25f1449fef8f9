// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/plan/clause_planner.h"
#include "query/plan/semi_join.h"
#include "query/plan/type_rules.h"

// CALL { } and CALL of procedures.
namespace elegraph::query::plan {

using cypher::Clause;
using cypher::ClauseKind;
using cypher::ExprKind;

// ---- CALL { }

// The variables that the subquery sees: named in CALL (a, b), or by a first WITH of plain variables.
Scope ClausePlanner::imported(const Clause& c, const cypher::Query*& query) {
  Scope out;
  if (c.imports_all) return scope_;
  if (c.has_imports) {
    for (const std::string& name : c.imports) {
      const Variable* v = scope_.find(name);
      if (!v) throw Error(sqlstate::kUndefinedColumn, "variable \"" + name + "\" is not defined").at(c.position);
      out.add(name, v->slot);
    }
    return out;
  }
  for (const cypher::SingleQuery& part : query->parts) {
    if (part.clauses.empty() || part.clauses[0]->kind != ClauseKind::kWith) continue;
    const cypher::Projection& with = part.clauses[0]->projection;
    if (with.star) return scope_;
    for (const cypher::ProjectionItem& i : with.items) {
      if (i.expression->kind != ExprKind::kVariable) continue;
      const Variable* v = scope_.find(i.expression->name);
      if (v && !out.find(v->name)) out.add(v->name, v->slot);
    }
  }
  return out;
}

namespace {

bool may_write(const cypher::Query& query) {
  return std::ranges::any_of(query.parts, [](const cypher::SingleQuery& part) {
    return std::ranges::any_of(part.clauses, [](const auto& c) {
      using enum ClauseKind;
      const bool reads = c->kind == kMatch || c->kind == kUnwind || c->kind == kWith || c->kind == kReturn;
      return c->kind == kSubquery ? may_write(*c->subquery) : !reads;
    });
  });
}

}  // namespace

// Columns of OPTIONAL CALL that are variables of the row that it runs for are to be null where it finds nothing, though the
// variables are not.
void ClausePlanner::copy_outer_columns(const Scope& inner, Subplan& plan) {
  const SlotSet outer = inner.slots();
  auto copies = std::make_shared<PhysicalNode>();
  Scope columns;
  for (const Variable& v : plan.columns.variables()) {
    if (!outer.contains(v.slot)) {
      columns.add(v.name, v.slot);
      continue;
    }
    columns.add(v.name, context_.copy_of(v.slot));
    copies->slots.push_back(columns.variables().back().slot),
        copies->expressions.push_back(context_.slot_expression(v.slot));
  }
  if (copies->slots.empty()) return;
  copies->kind = NodeKind::kProject;
  copies->estimated_rows = plan.root->estimated_rows, copies->estimated_cost = plan.root->estimated_cost;
  copies->left = plan.root;
  plan.root = std::move(copies), plan.columns = std::move(columns);
}

void ClausePlanner::subquery(const cypher::SingleQuery& clauses, size_t at) {
  const Clause& c = *clauses.clauses[at];
  eager_before_read();
  const cypher::Query* query = c.subquery.get();
  Scope inner = imported(c, query);
  const double runs = may_write(*query) ? 1 : context_.runs * std::min(rows(), left_rows_taken(clauses, at + 1));
  Subplan plan = plan_subquery(context_, inner, *query, options_.may_write, runs);
  if (c.optional && plan.returns) copy_outer_columns(inner, plan);
  PhysicalPtr right = plan.root;
  eager_before_write(effects_of_subplan(*right, *context_.planning.indexes));
  bool unit = !plan.returns;
  if (unit) {  // runs to its end; the row goes on once
    auto end = std::make_shared<PhysicalNode>();
    end->kind = NodeKind::kEmptyResult;
    end->estimated_cost = right->estimated_cost;
    end->left = std::move(right);
    right = end;
  }
  bool first = !current_ && !options_.subplan && !unit && !c.optional;
  NodePtr n = on_top(unit || c.optional ? NodeKind::kOptional : NodeKind::kApply);
  n->right = right;
  for (const Variable& v : plan.columns.variables()) {
    if (unit) break;
    if (const Variable* same = scope_.find(v.name); same && same->slot == v.slot) continue;
    declare(v.name, v.slot, c.position);
    if (c.optional) n->slots.push_back(v.slot);
  }
  if (first) {  // there is one row, and nothing in it
    current_ = std::const_pointer_cast<PhysicalNode>(n->right);
    return;
  }
  double in = n->left->estimated_rows, each = n->right->estimated_cost;
  double out = in * (unit ? 1 : std::max(0.0, n->right->estimated_rows));
  put(std::move(n), out, each);
}

// ---- CALL procedure

namespace {

bool fits(StaticType actual, StaticType wanted) {
  if (unknown(actual) || unknown(wanted) || actual.type == wanted.type) return true;
  bool numbers = is_numeric(actual) && is_numeric(wanted);
  return numbers && !(actual.type == Type::kFloat && wanted.type == Type::kInt);
}

[[noreturn]] void wrong_count(const ProcedureSignature& s, size_t given, uint32_t position) {
  throw Error(sqlstate::kUndefinedFunction, "wrong number of arguments for procedure " + s.name)
      .with_detail("It takes " + std::to_string(s.inputs.size()) + ", not " + std::to_string(given) + ".")
      .at(position);
}

}  // namespace

// CALL name: each argument is the parameter of its name.
void ClausePlanner::implicit_arguments(const Clause& c, const ProcedureSignature& s, PhysicalNode& node) {
  if (s.inputs.empty()) return;
  if (!context_.parameters.empty())
    throw Error(sqlstate::kUndefinedParameter,
                "there is no parameter for the argument \"" + s.inputs[0].name + "\" of " + s.name)
        .with_hint("Pass the arguments in parentheses.")
        .at(c.position);
  const auto& declared = context_.planning.declared_parameters;
  for (uint32_t i = 0; i < s.inputs.size(); ++i) {
    bool given = i < declared.size() && declared[i].type != Type::kNull;
    context_.parameters.push_back(given ? declared[i] : s.inputs[i].type);
    context_.implicit_arguments.push_back(s.inputs[i].name);
    auto e = std::make_shared<BoundExpression>();
    e->kind = BoundKind::kParameter, e->parameter = i, e->type = *context_.parameters.back(), e->position = c.position;
    node.expressions.push_back(std::move(e));
  }
  context_.user_parameters = uint32_t(s.inputs.size());
}

void ClausePlanner::procedure_arguments(const Clause& c, const ProcedureSignature& s, bool standalone, PhysicalNode& node) {
  if (!c.has_arguments) {
    if (!standalone)
      throw Error(sqlstate::kSyntaxError, "a procedure that is called inside of a query needs its arguments in parentheses")
          .at(c.position);
    implicit_arguments(c, s, node);
    return;
  }
  if (c.expressions.size() != s.inputs.size()) wrong_count(s, c.expressions.size(), c.position);
  for (size_t i = 0; i < s.inputs.size(); ++i) {
    BoundPtr e = binder("CALL").bind(*c.expressions[i], s.inputs[i].type);
    if (!fits(e->type, s.inputs[i].type)) type_error(e->position, type_name(s.inputs[i].type.type), e->type);
    node.expressions.push_back(e);
  }
}

void ClausePlanner::procedure_columns(const Clause& c, const ProcedureSignature& s, bool standalone, PhysicalNode& node) {
  for (const auto& field : s.outputs) node.slots.push_back(context_.new_slot(field.type, field.name));
  auto yield = [&](size_t i, const std::string& name, uint32_t position) {
    declare(name, node.slots[i], position);
    if (standalone) columns_.emplace_back(name, node.slots[i]);
  };
  if (c.yield_star && !standalone)
    throw Error(sqlstate::kSyntaxError, "YIELD * stands only where the call is the whole statement").at(c.position);
  if (!c.has_yield || c.yield_star) {
    for (size_t i = 0; standalone && i < s.outputs.size(); ++i) yield(i, s.outputs[i].name, c.position);
    return;
  }
  for (const Clause::Yield& y : c.yields) {
    auto at = std::find_if(s.outputs.begin(), s.outputs.end(), [&](auto& o) { return o.name == y.field; });
    if (at == s.outputs.end())
      throw Error(sqlstate::kUndefinedColumn, "procedure " + s.name + " has no column \"" + y.field + "\"").at(y.position);
    yield(size_t(at - s.outputs.begin()), y.alias.empty() ? y.field : y.alias, y.position);
  }
}

void ClausePlanner::procedure(const Clause& c, bool standalone) {
  const ProcedureCatalog* catalog = context_.planning.procedures;
  std::shared_ptr<const ProcedureSignature> s = catalog ? catalog->find(c.procedure) : nullptr;
  if (!s) {
    Error error = Error(sqlstate::kUndefinedFunction, "procedure " + c.procedure + " does not exist").at(c.position);
    std::string near = catalog ? catalog->nearest(c.procedure) : std::string();
    if (!near.empty()) error.hint = "Did you mean " + near + "?";
    throw error;
  }
  if (s->writes && !options_.may_write)
    throw Error(sqlstate::kSyntaxError, "a subquery expression cannot change the graph").at(c.position);
  eager_before_read();
  NodePtr n = on_top(NodeKind::kProcedure);
  n->procedure = s->name;
  n->writes = s->writes;
  procedure_arguments(c, *s, standalone, *n);
  context_.deterministic &= s->deterministic;
  context_.merges |= s->writes;
  procedure_columns(c, *s, standalone, *n);
  if (standalone && !s->outputs.empty()) returns_ = true;
  double in = n->left->estimated_rows;
  if (s->writes)
    put_write(std::move(n));
  else
    put(std::move(n), in * 10, 100);
  if (!c.yield_where) return;
  BoundPtr condition = binder("WHERE").bind_condition(*c.yield_where);
  std::vector<BoundPtr> conjuncts;
  split_conjuncts(condition, conjuncts);
  current_ = add_condition(context_, current_, conjuncts, CostModel(context_).selectivity(*condition));
}

}  // namespace elegraph::query::plan
