// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/plan/clause_planner.h"
#include "query/plan/liveness.h"
#include "query/plan/type_rules.h"

// CREATE and MERGE.
namespace elegraph::query::plan {

using cypher::Clause;
using cypher::Expression;
using cypher::ExprKind;
using cypher::PathPattern;

namespace {

[[noreturn]] void already_bound(const std::string& name, uint32_t position) {
  throw Error(sqlstate::kDuplicateAlias, "variable \"" + name + "\" is already bound").at(position);
}

}  // namespace

void ClausePlanner::check_created_relationship(const cypher::RelationshipPattern& r, std::string_view clause,
                                               bool directed) const {
  std::string in = " in " + std::string(clause);
  if (r.variable_length)
    throw Error(sqlstate::kSyntaxError, "a relationship" + in + " cannot be of variable length").at(r.position);
  if (r.types.size() != 1 || r.type_expression)
    throw Error(sqlstate::kSyntaxError, "a relationship" + in + " needs exactly one type").at(r.position);
  if (directed && r.direction == Direction::kBoth)
    throw Error(sqlstate::kSyntaxError, "a relationship" + in + " needs a direction").at(r.position);
  if (r.where) throw Error(sqlstate::kSyntaxError, "WHERE cannot stand in a pattern" + in).at(r.where->position);
  if (!r.variable.empty() && scope_.find(r.variable)) already_bound(r.variable, r.variable_position);
}

BoundPtr ClausePlanner::properties(const Expression* e, Slot slot) {
  if (!e) return nullptr;
  if (e->kind != ExprKind::kMap) {
    BoundPtr map = binder("CREATE").bind(*e, {Type::kAny});
    if (!unknown(map->type) && map->type.type != Type::kMap) type_error(map->position, "MAP", map->type);
    context_.written.any_key = true;
    return map;
  }
  if (e->names.empty()) return nullptr;
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kMap, out->type = {Type::kMap}, out->position = e->position, out->names = e->names;
  BoundPtr entity = make_slot(slot, context_.info(slot).type);
  for (size_t i = 0; i < e->names.size(); ++i) {
    bool seen = false;
    StaticType known = binder("CREATE").property_type(*entity, e->names[i], &seen);
    if (known.type == Type::kAny && !seen) known = {Type::kNull};
    out->args.push_back(binder("CREATE").bind(*e->args[i], known));
  }
  for (size_t i = 0; i < e->names.size(); ++i) written(e->names[i], out->args[i]->type);
  return out;
}

Slot ClausePlanner::create_node(const cypher::NodePattern& n, bool alone, std::vector<CreateItem>& items) {
  if (n.label_expression)
    throw Error(sqlstate::kSyntaxError, "a node that is created takes labels joined by ':' only").at(n.position);
  if (n.where) throw Error(sqlstate::kSyntaxError, "WHERE cannot stand in a pattern in CREATE").at(n.where->position);
  if (const Variable* v = n.variable.empty() ? nullptr : scope_.find(n.variable)) {
    if (alone || !n.labels.empty() || n.properties) already_bound(n.variable, n.variable_position);
    StaticType t = context_.info(v->slot).type;
    if (!unknown(t) && t.type != Type::kNode) type_error(n.variable_position, "NODE", t);
    return v->slot;
  }
  CreateItem item;
  item.slot = context_.new_slot({Type::kNode}, n.variable);
  item.labels = n.labels;
  context_.names.made(UnknownNames::Kind::kLabel, n.labels);
  context_.info(item.slot).labels = n.labels;
  item.properties = properties(n.properties.get(), item.slot);
  if (!n.variable.empty()) scope_.add(n.variable, item.slot);
  items.push_back(item);
  return item.slot;
}

void ClausePlanner::create_path(const PathPattern& p, std::vector<CreateItem>& items) {
  if (p.kind != cypher::PathKind::kPlain)
    throw Error(sqlstate::kSyntaxError, "shortestPath cannot be created").at(p.position);
  if (!p.variable.empty() && scope_.find(p.variable)) already_bound(p.variable, p.variable_position);
  std::vector<Slot> parts = {create_node(p.nodes[0], p.relationships.empty(), items)};
  for (size_t i = 0; i < p.relationships.size(); ++i) {
    const cypher::RelationshipPattern& r = p.relationships[i];
    check_created_relationship(r, "CREATE", true);
    CreateItem item;
    item.relationship = true;
    item.slot = context_.new_slot({Type::kRelationship}, r.variable);
    item.labels = r.types;
    context_.names.made(UnknownNames::Kind::kType, r.types);
    context_.info(item.slot).types = r.types;
    item.properties = properties(r.properties.get(), item.slot);
    // It is made once both its ends are there: neither may read it.
    Slot next = create_node(p.nodes[i + 1], false, items);
    if (!r.variable.empty() && scope_.find(r.variable)) already_bound(r.variable, r.variable_position);
    if (!r.variable.empty()) scope_.add(r.variable, item.slot);
    bool in = r.direction == Direction::kIn;
    item.source = in ? next : parts.back(), item.target = in ? parts.back() : next;
    parts.push_back(item.slot), parts.push_back(next);
    items.push_back(std::move(item));
  }
  if (!p.variable.empty()) created_paths(p, std::move(parts));
}

void ClausePlanner::created_paths(const PathPattern& p, std::vector<Slot> parts) {
  Slot slot = context_.new_slot({Type::kPath}, p.variable);
  scope_.add(p.variable, slot);
  paths_.emplace_back(slot, std::move(parts));
}

void ClausePlanner::add_created_paths() {
  for (auto& [slot, parts] : paths_) {
    auto e = std::make_shared<BoundExpression>();
    e->kind = BoundKind::kPath, e->type = {Type::kPath}, e->path_slots = std::move(parts);
    NodePtr n = on_top(NodeKind::kProject);
    n->slots = {slot}, n->expressions = {e};
    double in = n->left->estimated_rows;
    put(std::move(n), in, 0);
  }
  paths_.clear();
}

void ClausePlanner::create(const Clause& c) {
  std::vector<CreateItem> items;
  for (const PathPattern& p : c.patterns) create_path(p, items);
  context_.creates = true;
  // Properties that read what this clause makes wait for it: the clause is cut in front of them.
  NodePtr n = on_top(NodeKind::kCreate);
  SlotSet made;
  for (CreateItem& item : items) {
    if (item.properties && slots_of(item.properties).intersects(made)) {
      put_write(std::move(n));
      n = on_top(NodeKind::kCreate), made = SlotSet();
    }
    made.add(item.slot);
    n->creates.push_back(std::move(item));
  }
  if (!n->creates.empty()) put_write(std::move(n));
  add_created_paths();
}

void ClausePlanner::check_merge(const PathPattern& p) const {
  if (p.kind != cypher::PathKind::kPlain)
    throw Error(sqlstate::kSyntaxError, "shortestPath cannot be merged").at(p.position);
  for (const cypher::RelationshipPattern& r : p.relationships) {
    check_created_relationship(r, "MERGE", false);
    if (r.properties && r.properties->kind != ExprKind::kMap)
      throw Error(sqlstate::kSyntaxError, "a parameter cannot stand for the properties in MERGE")
          .at(r.properties->position);
  }
  for (const cypher::NodePattern& n : p.nodes) {
    if (n.label_expression)
      throw Error(sqlstate::kSyntaxError, "a node that is merged takes labels joined by ':' only").at(n.position);
    if (n.where) throw Error(sqlstate::kSyntaxError, "WHERE cannot stand in a pattern in MERGE").at(n.where->position);
    bool bound = !n.variable.empty() && scope_.find(n.variable);
    if (bound && (p.relationships.empty() || !n.labels.empty() || n.properties))
      already_bound(n.variable, n.variable_position);
  }
}

void ClausePlanner::merge(const Clause& c) {
  const PathPattern& p = c.patterns.at(0);
  check_merge(p);
  Scope before = scope_;
  SlotSet bound = scope_.slots();
  bound.add(outer_slots_);
  PatternGraph graph;
  bind_patterns(context_, scope_, {&p}, nullptr, {}, graph);
  for (PatternPathBinding& path : graph.paths) paths_.emplace_back(path.slot, std::move(path.parts));
  graph.paths.clear();  // a path is built of what was found or made
  graph.grows = true;
  NodePtr n = on_top(NodeKind::kMerge);
  n->right = MatchPlanner(context_, graph, bound).plan(nullptr, true);

  // What is made where nothing matches: the same slots. Properties are read in the scope before.
  Scope after = std::exchange(scope_, before);
  SlotSet made = bound;
  auto node_slot = [&](size_t i) {
    if (graph.relationships.empty()) return graph.nodes[0].slot;
    return graph.nodes[i == 0 ? graph.relationships[0].from : graph.relationships[i - 1].to].slot;
  };
  auto add = [&](Slot slot, const std::vector<std::string>& labels, const Expression* map) -> CreateItem* {
    if (made.contains(slot)) return nullptr;
    made.add(slot);
    CreateItem item;
    item.slot = slot, item.labels = labels, item.properties = properties(map, slot);
    n->creates.push_back(std::move(item));
    return &n->creates.back();
  };
  for (const cypher::NodePattern& node : p.nodes) context_.names.made(UnknownNames::Kind::kLabel, node.labels);
  for (const cypher::RelationshipPattern& r : p.relationships) context_.names.made(UnknownNames::Kind::kType, r.types);
  for (size_t i = 0; i < p.nodes.size(); ++i) add(node_slot(i), p.nodes[i].labels, p.nodes[i].properties.get());
  for (size_t i = 0; i < p.relationships.size(); ++i) {
    CreateItem* item = add(graph.relationships[i].slot, p.relationships[i].types, p.relationships[i].properties.get());
    bool in = p.relationships[i].direction == Direction::kIn;
    item->relationship = true;
    item->source = node_slot(in ? i + 1 : i), item->target = node_slot(in ? i : i + 1);
    item->only = bound.contains(item->source) || bound.contains(item->target);
    item->undirected = p.relationships[i].direction == Direction::kBoth;
  }
  scope_ = std::move(after);
  set(c.set_items, n->on_create);
  set(c.on_match, n->on_match);
  context_.merges = true;
  put_write(std::move(n));
  add_created_paths();
}

}  // namespace elegraph::query::plan
