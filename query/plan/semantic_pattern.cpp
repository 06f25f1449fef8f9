// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "query/plan/label_choice.h"
#include "query/plan/pattern_graph.h"
#include "query/plan/semantic.h"
#include "query/plan/step_group.h"
#include "query/plan/type_rules.h"
#include "query/plan/walk_predicates.h"

// Patterns of MATCH and of pattern expressions become pattern graphs.
namespace elegraph::query::plan {

namespace {

using cypher::Expression;
using cypher::ExprKind;
using cypher::PathPattern;

class PatternBinder {
 public:
  PatternBinder(StatementContext& context, Scope& scope, PatternRules rules, PatternGraph& graph)
      : context_(context), scope_(scope), rules_(rules), graph_(graph), group_(graph.groups++) {
    outer_ = scope.slots();
    for (const PatternNode& n : graph.nodes) own_.add(n.slot);
  }

  void bind(const std::vector<const PathPattern*>& patterns, const Expression* where);

 private:
  struct Step {  // a pattern's elements, kept for the second pass
    const PathPattern* pattern;
    std::vector<uint32_t> nodes;
    std::vector<uint32_t> relationships;
    std::vector<std::pair<size_t, uint32_t>>
        hidden;  // all but the last of those that one of the pattern's stands for, with its number
  };

  void declare(const PathPattern& p);
  void declare_path(const PathPattern& p);
  uint32_t node(const cypher::NodePattern& n);
  uint32_t relationship(const cypher::RelationshipPattern& r, uint32_t from, uint32_t to, const PathPattern& p);
  static int64_t steps_of(const cypher::RelationshipPattern& r, const PathPattern& p);
  Slot relationship_slot(const cypher::RelationshipPattern& r, PatternRelationship& out);
  void conditions(const Step& step);
  void node_conditions(const cypher::NodePattern& n, Slot slot);
  void relationship_conditions(const cypher::RelationshipPattern& r, PatternRelationship& rel);
  void step_conditions(const cypher::RelationshipPattern& r, PatternRelationship& rel);
  void end_conditions(const cypher::NodePattern& n, Slot slot, const Scope& scope, std::vector<BoundPtr>& out);
  void property_conditions(const Expression& map, Slot slot, const Scope& scope, std::vector<BoundPtr>& out);
  void declare_step_end(const cypher::NodePattern& n, StepEnd end, const PatternRelationship& rel);
  void refuse_new(const std::string& name, uint32_t position);
  [[noreturn]] void conflict(const std::string& name, uint32_t position, std::string_view wanted, StaticType is);

  StatementContext& context_;
  Scope& scope_;
  PatternRules rules_;
  PatternGraph& graph_;
  uint32_t group_;
  SlotSet outer_;  // bound before this clause
  SlotSet own_;
  std::vector<Step> steps_;
  std::vector<std::string> relationship_names_;  // used in this clause already
};

void PatternBinder::conflict(const std::string& name, uint32_t position, std::string_view wanted, StaticType is) {
  throw Error(sqlstate::kDatatypeMismatch, "variable \"" + name + "\" is already bound as " +
                                               std::string(type_name(is.type)) + " and cannot be a " + std::string(wanted))
      .at(position);
}

void PatternBinder::refuse_new(const std::string& name, uint32_t position) {
  if (rules_.may_declare) return;
  Error error = Error(sqlstate::kUndefinedColumn, "variable \"" + name + "\" is not defined").at(position);
  error.hint = "A pattern that stands as a condition cannot introduce variables; EXISTS { } can.";
  throw error;
}

uint32_t PatternBinder::node(const cypher::NodePattern& n) {
  PatternNode out;
  for (const std::string& l : n.labels) context_.names.looked_for(UnknownNames::Kind::kLabel, l, n.position);
  if (!n.variable.empty()) {
    if (const Variable* v = scope_.find(n.variable)) {
      StaticType type = context_.info(v->slot).type;
      if (type.type != Type::kNode && !unknown(type)) conflict(n.variable, n.variable_position, "NODE", type);
      out.slot = v->slot;
    }
  }
  bool fresh = out.slot == kNoSlot;
  if (fresh) {
    if (!n.variable.empty()) refuse_new(n.variable, n.variable_position);
    out.slot = context_.new_slot({Type::kNode}, n.variable);
    if (!n.variable.empty()) scope_.add(n.variable, out.slot);
  }
  bool refine = rules_.refine || !outer_.contains(out.slot);
  auto& known = context_.info(out.slot).labels;
  for (const std::string& l : n.labels)
    if (refine && std::find(known.begin(), known.end(), l) == known.end()) known.push_back(l);
  for (uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    if (graph_.nodes[i].slot != out.slot) continue;
    for (const std::string& l : n.labels) {
      auto& labels = graph_.nodes[i].labels;
      if (std::find(labels.begin(), labels.end(), l) == labels.end()) labels.push_back(l);
    }
    return i;
  }
  for (const std::string& l : n.labels)
    if (std::find(out.labels.begin(), out.labels.end(), l) == out.labels.end()) out.labels.push_back(l);
  graph_.nodes.push_back(std::move(out));
  return uint32_t(graph_.nodes.size() - 1);
}

// How many relationships a step such as -[:KNOWS*2]- stands for that may as well be written one by one, and so be planned,
// joined and counted as such. 0: none. Their list, and the path, have no name.
int64_t PatternBinder::steps_of(const cypher::RelationshipPattern& r, const PathPattern& p) {
  constexpr int64_t kMost = 4;
  if (!r.variable_length || !r.variable.empty() || !p.variable.empty() || p.kind != cypher::PathKind::kPlain) return 0;
  if (r.group) return 0;
  const int64_t hops = r.min_hops.value_or(1);
  return r.max_hops == hops && hops <= kMost ? hops : 0;
}

Slot PatternBinder::relationship_slot(const cypher::RelationshipPattern& r, PatternRelationship& rel) {
  StaticType type = rel.variable_length ? StaticType{Type::kList, Type::kRelationship} : StaticType{Type::kRelationship};
  if (r.variable.empty()) return context_.new_slot(type);
  if (std::find(relationship_names_.begin(), relationship_names_.end(), r.variable) != relationship_names_.end())
    throw Error(sqlstate::kDuplicateAlias,
                "relationship variable \"" + r.variable + "\" is used more than once in one pattern")
        .at(r.variable_position);
  relationship_names_.push_back(r.variable);
  const Variable* v = scope_.find(r.variable);
  if (!v) {
    refuse_new(r.variable, r.variable_position);
    Slot slot = context_.new_slot(type, r.variable);
    scope_.add(r.variable, slot);
    return slot;
  }
  StaticType is = context_.info(v->slot).type;
  if (is.type != type.type && !unknown(is))
    conflict(r.variable, r.variable_position, r.variable_length ? "LIST of RELATIONSHIP" : "RELATIONSHIP", is);
  if (is.type == Type::kList && is.element != Type::kRelationship && is.element != Type::kAny)
    conflict(r.variable, r.variable_position, "LIST of RELATIONSHIP", is);
  if (!rel.variable_length) {
    rel.bound = true;
    return v->slot;
  }
  // A list that is bound already: walk the pattern with a fresh one and keep where they are the same.
  Slot walked = context_.new_slot(type);
  graph_.predicates.push_back(make_call(BoundKind::kEqual, {Type::kBool},
                                        {make_slot(walked, type, r.position), make_slot(v->slot, type, r.position)},
                                        r.position));
  return walked;
}

uint32_t PatternBinder::relationship(const cypher::RelationshipPattern& r, uint32_t from, uint32_t to,
                                     const PathPattern& p) {
  PatternRelationship out;
  for (const std::string& t : r.types) context_.names.looked_for(UnknownNames::Kind::kType, t, r.position);
  const bool walk = r.variable_length && steps_of(r, p) == 0;
  out.variable_length = walk;
  out.slot = relationship_slot(r, out);
  out.from = from, out.to = to, out.types = r.types, out.direction = r.direction;
  out.variable_length = walk || p.kind != cypher::PathKind::kPlain;
  out.path_kind = p.kind, out.group = group_, out.position = r.position;
  if (walk) {
    out.min_hops = r.min_hops.value_or(1), out.max_hops = r.max_hops.value_or(-1);
  } else {
    out.min_hops = out.max_hops = 1;
  }
  if (p.kind != cypher::PathKind::kPlain && !walk) context_.info(out.slot).type = {Type::kList, Type::kRelationship};
  auto& known = context_.info(out.slot).types;
  if (known.empty() && (rules_.refine || !out.bound)) known = r.types;
  graph_.relationships.push_back(std::move(out));
  return uint32_t(graph_.relationships.size() - 1);
}

void PatternBinder::declare(const PathPattern& p) {
  if (p.kind != cypher::PathKind::kPlain && p.relationships.size() != 1)
    throw Error(sqlstate::kSyntaxError, "shortestPath takes a pattern of exactly one relationship").at(p.position);
  Step step{&p, {}, {}, {}};
  step.nodes.push_back(node(p.nodes[0]));
  for (size_t i = 0; i < p.relationships.size(); ++i) {
    uint32_t from = step.nodes.back();
    for (int64_t hops = steps_of(p.relationships[i], p); hops > 1; hops--) {
      graph_.nodes.push_back({context_.new_slot({Type::kNode}), {}});
      const auto between = uint32_t(graph_.nodes.size() - 1);
      step.hidden.emplace_back(i, relationship(p.relationships[i], from, between, p));
      from = between;
    }
    // The variable of a relationship is declared before the node after it, as the text has it.
    step.relationships.push_back(relationship(p.relationships[i], from, 0, p));
    if (const auto& group = p.relationships[i].group) {
      declare_step_end(group->first, StepEnd::kFirst, graph_.relationships[step.relationships.back()]);
      declare_step_end(group->last, StepEnd::kLast, graph_.relationships[step.relationships.back()]);
    }
    step.nodes.push_back(node(p.nodes[i + 1]));
    graph_.relationships[step.relationships.back()].to = step.nodes.back();
  }
  steps_.push_back(std::move(step));
}

void PatternBinder::declare_path(const PathPattern& p) {
  if (p.variable.empty()) return;
  if (scope_.find(p.variable))
    throw Error(sqlstate::kDuplicateAlias, "variable \"" + p.variable + "\" is already bound").at(p.variable_position);
  refuse_new(p.variable, p.variable_position);
  Slot slot = context_.new_slot({Type::kPath}, p.variable);
  scope_.add(p.variable, slot);
  PatternPathBinding path{slot, {}, nullptr};
  for (const Step& step : steps_) {
    if (step.pattern != &p) continue;
    for (size_t i = 0; i < step.nodes.size(); ++i) {
      if (i) path.parts.push_back(graph_.relationships[step.relationships[i - 1]].slot);
      path.parts.push_back(graph_.nodes[step.nodes[i]].slot);
    }
  }
  graph_.paths.push_back(std::move(path));
}

// Outside of the group its variable is the list of such nodes of all steps.
void PatternBinder::declare_step_end(const cypher::NodePattern& n, StepEnd end, const PatternRelationship& rel) {
  for (const std::string& l : n.labels) context_.names.looked_for(UnknownNames::Kind::kLabel, l, n.position);
  if (n.variable.empty()) return;
  if (rel.direction == Direction::kBoth)
    throw Error(sqlstate::kFeatureNotSupported, "nodes of a quantified path pattern without a direction cannot be named")
        .at(n.variable_position);
  if (scope_.find(n.variable))
    throw Error(sqlstate::kDuplicateAlias, "variable \"" + n.variable + "\" is already bound")
        .with_hint("In a quantified path pattern it would be another node in each step: give it another name.")
        .at(n.variable_position);
  refuse_new(n.variable, n.variable_position);
  const Slot slot = context_.new_slot({Type::kList, Type::kNode}, n.variable);
  scope_.add(n.variable, slot);
  graph_.paths.push_back({slot, {rel.slot}, ends_of_steps(context_, end, rel.direction, rel.slot)});
}

void PatternBinder::property_conditions(const Expression& map, Slot slot, const Scope& scope, std::vector<BoundPtr>& out) {
  if (map.kind != ExprKind::kMap)
    throw Error(sqlstate::kSyntaxError, "a parameter cannot stand for the properties in MATCH")
        .with_hint("Name the properties: {key: $1}.")
        .at(map.position);
  for (size_t i = 0; i < map.names.size(); ++i) {
    Binder binder(context_, scope);
    binder.place("a pattern");
    auto property = std::make_shared<BoundExpression>();
    property->kind = BoundKind::kProperty, property->position = map.args[i]->position, property->name = map.names[i];
    property->key_id = context_.planning.catalog->find_key(map.names[i]).value_or(KeyId());
    context_.names.looked_for(UnknownNames::Kind::kKey, map.names[i], map.position);
    property->args = {context_.slot_expression(slot)};
    bool seen = false;
    property->type = binder.property_type(*property->args[0], map.names[i], &seen);
    StaticType hint = property->type;
    if (hint.type == Type::kAny && !seen) hint = {Type::kNull};
    BoundPtr value = binder.bind(*map.args[i], hint);
    uint32_t position = value->position;
    out.push_back(make_call(BoundKind::kEqual, {Type::kBool}, {property, value}, position));
  }
}

void PatternBinder::node_conditions(const cypher::NodePattern& n, Slot slot) {
  if (n.label_expression) {
    graph_.predicates.push_back(Binder(context_, scope_).bind_label_expression(*n.label_expression, slot));
    if (rules_.refine || !outer_.contains(slot))
      context_.info(slot).any_label = label_choice(*graph_.predicates.back(), slot);
  }
  if (n.properties) property_conditions(*n.properties, slot, scope_, graph_.predicates);
  if (n.where) split_conjuncts(Binder(context_, scope_).place("WHERE").bind_condition(*n.where), graph_.predicates);
}

void PatternBinder::relationship_conditions(const cypher::RelationshipPattern& r, PatternRelationship& rel) {
  if (r.group) return step_conditions(r, rel);
  if (!r.properties && !r.where && !r.type_expression) return;
  if (!rel.variable_length) {
    if (r.type_expression)
      graph_.predicates.push_back(Binder(context_, scope_).bind_label_expression(*r.type_expression, rel.slot));
    if (r.properties) property_conditions(*r.properties, rel.slot, scope_, graph_.predicates);
    if (r.where) split_conjuncts(Binder(context_, scope_).place("WHERE").bind_condition(*r.where), graph_.predicates);
    return;
  }
  rel.element = context_.new_slot({Type::kRelationship});
  context_.info(rel.element).types = rel.types;
  if (r.type_expression)
    rel.element_predicates.push_back(Binder(context_, scope_).bind_label_expression(*r.type_expression, rel.element));
  if (r.properties) property_conditions(*r.properties, rel.element, scope_, rel.element_predicates);
  if (r.where) {
    // Inside of the brackets the variable is the single relationship.
    Scope single;
    if (!r.variable.empty()) single.add(r.variable, rel.element);
    for (const Variable& v : scope_.variables())
      if (v.name != r.variable) single.add(v.name, v.slot);
    split_conjuncts(Binder(context_, single).place("WHERE").bind_condition(*r.where), rel.element_predicates);
  }
}

void PatternBinder::end_conditions(const cypher::NodePattern& n, Slot slot, const Scope& scope,
                                   std::vector<BoundPtr>& out) {
  Binder binder(context_, scope);
  if (!n.labels.empty()) {
    Expression labels{};
    labels.kind = ExprKind::kHasLabels, labels.position = n.position, labels.names = n.labels;
    out.push_back(binder.bind_label_expression(labels, slot));
  }
  if (n.label_expression) out.push_back(binder.bind_label_expression(*n.label_expression, slot));
  if (n.properties) property_conditions(*n.properties, slot, scope, out);
  if (n.where) split_conjuncts(binder.place("WHERE").bind_condition(*n.where), out);
}

// Inside of the group its variables are of a single step: the relationship and its ends.
void PatternBinder::step_conditions(const cypher::RelationshipPattern& r, PatternRelationship& rel) {
  const cypher::StepGroup& group = *r.group;
  rel.element = context_.new_slot({Type::kRelationship}, r.variable);
  context_.info(rel.element).types = rel.types;
  const Slot first = context_.new_slot({Type::kNode}, group.first.variable);
  const Slot last = context_.new_slot({Type::kNode}, group.last.variable);
  context_.info(first).labels = group.first.labels, context_.info(last).labels = group.last.labels;
  Scope inner;
  const std::pair<const std::string&, Slot> own[] = {
      {r.variable, rel.element}, {group.first.variable, first}, {group.last.variable, last}};
  for (const auto& [name, slot] : own)
    if (!name.empty()) inner.add(name, slot);
  for (const Variable& v : scope_.variables())
    if (!inner.find(v.name)) inner.add(v.name, v.slot);

  std::vector<BoundPtr> conditions;
  Binder binder(context_, inner);
  if (r.type_expression) conditions.push_back(binder.bind_label_expression(*r.type_expression, rel.element));
  if (r.properties) property_conditions(*r.properties, rel.element, inner, conditions);
  if (r.where) split_conjuncts(binder.place("WHERE").bind_condition(*r.where), conditions);
  end_conditions(group.first, first, inner, conditions);
  end_conditions(group.last, last, inner, conditions);
  if (group.where) split_conjuncts(binder.place("WHERE").bind_condition(*group.where), conditions);

  SlotSet ends;
  ends.add(first), ends.add(last);
  for (const BoundPtr& c : conditions) {
    if (rel.direction == Direction::kBoth && slots_of(c).intersects(ends))
      throw Error(sqlstate::kFeatureNotSupported, "conditions on nodes of a quantified path pattern need a direction")
          .at(c->position);
    rel.element_predicates.push_back(rewrite(c, [&](const BoundPtr& e) -> BoundPtr {
      if (e->kind != BoundKind::kSlot || !ends.contains(e->slot)) return nullptr;
      const BoundPtr relationship = context_.slot_expression(rel.element, e->position);
      return end_of_step(e->slot == first ? StepEnd::kFirst : StepEnd::kLast, rel.direction, relationship);
    }));
    if (slots_of(rel.element_predicates.back()).intersects(ends))
      throw Error(sqlstate::kFeatureNotSupported, "subqueries over nodes of a quantified path pattern are not supported")
          .at(c->position);
  }
}

void PatternBinder::conditions(const Step& step) {
  const PathPattern& p = *step.pattern;
  for (size_t i = 0; i < p.nodes.size(); ++i) node_conditions(p.nodes[i], graph_.nodes[step.nodes[i]].slot);
  for (size_t i = 0; i < p.relationships.size(); ++i)
    relationship_conditions(p.relationships[i], graph_.relationships[step.relationships[i]]);
  for (const auto& [i, hidden] : step.hidden) relationship_conditions(p.relationships[i], graph_.relationships[hidden]);
}

void PatternBinder::bind(const std::vector<const PathPattern*>& patterns, const Expression* where) {
  for (const PathPattern* p : patterns) {
    declare(*p);
    declare_path(*p);
  }
  for (const Step& step : steps_) conditions(step);
  if (where) split_conjuncts(Binder(context_, scope_).place("WHERE").bind_condition(*where), graph_.predicates);
}

}  // namespace

void bind_patterns(StatementContext& context, Scope& scope, const std::vector<const cypher::PathPattern*>& patterns,
                   const cypher::Expression* where, PatternRules rules, PatternGraph& graph) {
  const BeforeClause before{graph.relationships.size(), graph.nodes.size(), context.slots.size()};
  PatternBinder(context, scope, rules, graph).bind(patterns, where);
  move_into_walks(context, graph, before);
}

}  // namespace elegraph::query::plan
