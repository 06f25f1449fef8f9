// SPDX-License-Identifier: Apache-2.0
#include "query/plan/walk_predicates.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "query/plan/expression_tools.h"

namespace elegraph::query::plan {

namespace {

bool is_slot(const BoundExpression& e, Slot slot) { return e.kind == BoundKind::kSlot && e.slot == slot; }

// What a walk is asked for each of its relationships, or for each of its nodes.
struct WalkPredicate {
  PatternRelationship* walk = nullptr;
  bool of_nodes = false;
  Slot element = kNoSlot;
  BoundPtr holds;
};

class Mover {
 public:
  Mover(StatementContext& context, PatternGraph& graph, size_t relationships)
      : context_(context), graph_(graph), before_(relationships) {
    for (const PatternNode& n : graph.nodes) own_.add(n.slot);
    for (const PatternRelationship& r : graph.relationships) own_.add(r.slot);
    for (const PatternPathBinding& p : graph.paths) own_.add(p.slot);
  }

  void move_all() {
    std::vector<BoundPtr> kept, of_ends;
    for (const BoundPtr& p : graph_.predicates) {
      WalkPredicate found;
      if (!read(*p, found))
        kept.push_back(p);
      else if (found.of_nodes)
        move_to_nodes(found, of_ends);
      else
        move_to_relationships(found);
    }
    kept.insert(kept.end(), of_ends.begin(), of_ends.end());
    graph_.predicates = std::move(kept);
  }

 private:
  // all(x IN list WHERE c) is true where c is for each x, none() where c is false for each: so that NOT c is true.
  bool read(const BoundExpression& p, WalkPredicate& out) const {
    if (p.kind != BoundKind::kAll && p.kind != BoundKind::kNone) return false;
    if (!find_walk(*p.args[0], out) || !is_decided_there(*p.args[1], p.slot)) return false;
    out.element = p.slot;
    out.holds = p.kind == BoundKind::kAll ? p.args[1] : make_call(BoundKind::kNot, {Type::kBool}, {p.args[1]}, p.position);
    return true;
  }

  // The walk whose list of relationships it is, or of nodes.
  bool find_walk(const BoundExpression& list, WalkPredicate& out) const {
    if (list.kind == BoundKind::kSlot) return (out.walk = walk_of(list.slot)) != nullptr;
    if (list.kind != BoundKind::kFunction || list.args.size() != 1 || list.args[0]->kind != BoundKind::kSlot) return false;
    const std::string_view name = list.function->name;
    out.of_nodes = name == "nodes";
    if (!out.of_nodes && name != "relationships") return false;
    const auto path = std::ranges::find(graph_.paths, list.args[0]->slot, &PatternPathBinding::slot);
    if (path == graph_.paths.end() || path->parts.size() != 3) return false;
    return (out.walk = walk_of(path->parts[1])) != nullptr;
  }
  PatternRelationship* walk_of(Slot list) const {
    const auto r = std::ranges::find(graph_.relationships, list, &PatternRelationship::slot);
    if (r == graph_.relationships.end() || !r->variable_length || r->bound) return nullptr;
    const bool of_this_clause = size_t(r - graph_.relationships.begin()) >= before_;
    return of_this_clause || r->path_kind == cypher::PathKind::kPlain ? &*r : nullptr;
  }

  // By the element and what was bound before the pattern, always with the same result.
  bool is_decided_there(const BoundExpression& condition, Slot element) const {
    SlotSet read;
    collect_slots(condition, read);
    read.remove(element);
    return !read.intersects(own_) && !any_part(condition, [](const BoundExpression& e) {
      return e.subplan || (e.function && !e.function->deterministic);
    });
  }

  BoundPtr with_slot(const BoundPtr& condition, Slot from, Slot to) const {
    return rewrite(condition, [&](const BoundPtr& e) {
      return is_slot(*e, from) ? context_.slot_expression(to, e->position) : nullptr;
    });
  }
  void move_to_relationships(const WalkPredicate& p) {
    PatternRelationship& r = *p.walk;
    if (r.element == kNoSlot) r.element = context_.new_slot({Type::kRelationship}, context_.info(p.element).name);
    context_.info(r.element).types = r.types;
    split_conjuncts(with_slot(p.holds, p.element, r.element), r.element_predicates);
  }
  // Of the nodes of a walk one is where it begins, which no relationship leads to: either end of the pattern.
  void move_to_nodes(const WalkPredicate& p, std::vector<BoundPtr>& of_ends) {
    PatternRelationship& r = *p.walk;
    if (r.hop_node == kNoSlot) r.hop_node = context_.new_slot({Type::kNode}, context_.info(p.element).name);
    split_conjuncts(with_slot(p.holds, p.element, r.hop_node), r.hop_predicates);
    for (uint32_t end : {r.from, r.to}) split_conjuncts(with_slot(p.holds, p.element, graph_.nodes[end].slot), of_ends);
  }

  StatementContext& context_;
  PatternGraph& graph_;
  size_t before_;  // relationships of earlier clauses
  SlotSet own_;
};

}  // namespace

void move_into_walks(StatementContext& context, PatternGraph& graph, size_t relationships) {
  const bool any = std::ranges::any_of(graph.relationships, &PatternRelationship::variable_length);
  if (any) Mover(context, graph, relationships).move_all();
}

}  // namespace elegraph::query::plan
