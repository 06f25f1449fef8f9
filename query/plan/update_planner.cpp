// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/plan/clause_planner.h"
#include "query/plan/type_rules.h"

// SET, REMOVE, DELETE and FOREACH.
namespace elegraph::query::plan {

using cypher::Clause;
using cypher::Expression;
using cypher::ExprKind;

namespace {

void require_entity(const BoundExpression& e, std::string_view what) {
  if (unknown(e.type) || e.type.type == Type::kNode || e.type.type == Type::kRelationship) return;
  type_error(e.position, what, e.type);
}

}  // namespace

void ClausePlanner::written(const std::string& key, StaticType type) {
  context_.names.made(UnknownNames::Kind::kKey, {key});
  context_.written.writes.push_back({key, type.type == Type::kNull ? StaticType{Type::kNull} : type});
}

SetOperation ClausePlanner::set_property(const cypher::SetItem& item) {
  SetOperation out{};
  out.kind = SetOperation::Kind::kProperty;
  out.position = item.position;
  if (item.target->kind != ExprKind::kProperty)
    throw Error(sqlstate::kSyntaxError, "SET takes a property or a variable").at(item.position);
  out.target = binder("SET").bind(*item.target->args[0]);
  require_entity(*out.target, "NODE or RELATIONSHIP");
  out.key = item.target->name;
  bool seen = false;
  StaticType known = binder("SET").property_type(*out.target, out.key, &seen);
  out.value = binder("SET").bind(*item.value, known.type == Type::kAny && !seen ? StaticType{Type::kNull} : known);
  written(out.key, out.value->type);
  return out;
}

void ClausePlanner::set(const std::vector<cypher::SetItem>& items, std::vector<SetOperation>& out) {
  for (const cypher::SetItem& item : items) {
    if (item.kind == cypher::SetItem::Kind::kProperty) {
      out.push_back(set_property(item));
      continue;
    }
    SetOperation s{};
    s.position = item.position;
    s.target = binder("SET").bind(*item.target);
    if (item.kind == cypher::SetItem::Kind::kLabels) {
      if (!unknown(s.target->type) && s.target->type.type != Type::kNode)
        type_error(s.target->position, "NODE", s.target->type);
      s.kind = SetOperation::Kind::kAddLabels, s.labels = item.labels;
      context_.names.made(UnknownNames::Kind::kLabel, item.labels);
    } else {
      require_entity(*s.target, "NODE or RELATIONSHIP");
      s.kind = item.kind == cypher::SetItem::Kind::kReplace ? SetOperation::Kind::kReplace : SetOperation::Kind::kMerge;
      s.value = binder("SET").bind(*item.value, {Type::kAny});
      Type t = s.value->type.type;
      if (!unknown(s.value->type) && t != Type::kMap && t != Type::kNode && t != Type::kRelationship)
        type_error(s.value->position, "MAP, NODE or RELATIONSHIP", s.value->type);
      if (s.value->kind == BoundKind::kMap)
        for (size_t i = 0; i < s.value->names.size(); ++i) written(s.value->names[i], s.value->args[i]->type);
      else
        context_.written.any_key = true;
    }
    out.push_back(std::move(s));
  }
}

void ClausePlanner::set_clause(const Clause& c) {
  NodePtr n = on_top(NodeKind::kSet);
  set(c.set_items, n->sets);
  context_.sets = true;
  put_write(std::move(n));
}

void ClausePlanner::remove(const Clause& c) {
  NodePtr n = on_top(NodeKind::kSet);
  for (const cypher::RemoveItem& item : c.remove_items) {
    SetOperation s{};
    s.position = item.position;
    if (item.labels.empty()) {
      if (item.target->kind != ExprKind::kProperty)
        throw Error(sqlstate::kSyntaxError, "REMOVE takes a property or labels").at(item.position);
      s.kind = SetOperation::Kind::kRemoveProperty;
      s.target = binder("REMOVE").bind(*item.target->args[0]);
      s.key = item.target->name;
      require_entity(*s.target, "NODE or RELATIONSHIP");
    } else {
      s.kind = SetOperation::Kind::kRemoveLabels, s.labels = item.labels;
      s.target = binder("REMOVE").bind(*item.target);
      if (!unknown(s.target->type) && s.target->type.type != Type::kNode)
        type_error(s.target->position, "NODE", s.target->type);
    }
    n->sets.push_back(std::move(s));
  }
  context_.sets = true;
  put_write(std::move(n));
}

void ClausePlanner::delete_clause(const Clause& c) {
  NodePtr n = on_top(NodeKind::kDelete);
  n->detach = c.detach;
  for (const auto& e : c.expressions) {
    if (e->kind == ExprKind::kHasLabels)
      throw Error(sqlstate::kSyntaxError, "DELETE takes nodes, relationships and paths, not labels")
          .with_hint("REMOVE takes labels off a node.")
          .at(e->position);
    BoundPtr bound = binder("DELETE").bind(*e);
    if (bound->type.type != Type::kPath) require_entity(*bound, "NODE, RELATIONSHIP or PATH");
    n->expressions.push_back(bound);
  }
  context_.deletes = true;
  put_write(std::move(n));
}

void ClausePlanner::foreach_clause(const Clause& c) {
  NodePtr n = on_top(NodeKind::kForeach);
  BoundPtr list = binder("FOREACH").bind(*c.expression, {Type::kAny});
  if (!unknown(list->type) && list->type.type != Type::kList) type_error(list->position, "LIST", list->type);
  n->expressions = {list};
  n->slot = context_.new_slot(element_of(list->type), c.variable);
  if (scope_.find(c.variable))
    throw Error(sqlstate::kDuplicateAlias, "variable \"" + c.variable + "\" is already bound").at(c.variable_position);
  Scope inner = scope_;
  inner.add(c.variable, n->slot);
  ClausePlanner body(context_, inner, {.subplan = true});
  body.update_clauses(c.updates);
  n->right = body.result();
  put_write(std::move(n));
}

}  // namespace elegraph::query::plan
