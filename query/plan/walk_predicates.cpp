// SPDX-License-Identifier: Apache-2.0
#include "query/plan/walk_predicates.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "query/plan/expression_tools.h"
#include "storage/error.h"

namespace elegraph::query::plan {

namespace {

bool is_slot(const BoundExpression& e, Slot slot) { return e.kind == BoundKind::kSlot && e.slot == slot; }

// What a walk is asked for each of its relationships, or for each of its nodes.
struct WalkPredicate {
  PatternRelationship* walk = nullptr;
  bool of_nodes = false;
  bool of_first = true, of_last = true;  // of the pattern's ends, where it is of nodes
  Slot element = kNoSlot;
  BoundPtr holds;
};

bool is_number(const BoundExpression& e, int64_t number) {
  return e.kind == BoundKind::kLiteral && e.literal.type() == Type::kInt && e.literal.as_int() == number;
}

bool is_minus_one(const BoundExpression& e) {
  return is_number(e, -1) || (e.kind == BoundKind::kNegate && is_number(*e.args[0], 1));
}

bool is_call(const BoundExpression& e, std::string_view name, size_t args) {
  return e.kind == BoundKind::kFunction && e.args.size() == args && e.function->name == name;
}

// Two relationships of a walk that follow each other: the walk, and how far from a place i in it the first of them is.
struct Neighbours {
  PatternRelationship* walk = nullptr;
  Slot place = kNoSlot;
  int64_t first = 0;  // i or i - 1
};

class Mover {
 public:
  Mover(StatementContext& context, PatternGraph& graph, BeforeClause before)
      : context_(context), graph_(graph), before_(before) {
    for (const PatternNode& n : graph.nodes) own_.add(n.slot);
    for (const PatternRelationship& r : graph.relationships) own_.add(r.slot);
    for (const PatternPathBinding& p : graph.paths) own_.add(p.slot);
  }

  void move_all() {
    std::vector<BoundPtr> kept, of_ends;
    for (const BoundPtr& p : graph_.predicates) {
      WalkPredicate found;
      if (move_pair(*p)) continue;
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
    if (!find_part(*p.args[0], out) || !is_decided_there(*p.args[1], p.slot, *out.walk)) return false;
    out.element = p.slot;
    out.holds = p.kind == BoundKind::kAll ? p.args[1] : make_call(BoundKind::kNot, {Type::kBool}, {p.args[1]}, p.position);
    return true;
  }

  // all(i IN range(0, size(r) - 2) WHERE r[i].at < r[i + 1].at), or range(1, size(r) - 1) with r[i - 1] and r[i].
  bool move_pair(const BoundExpression& p) {
    Neighbours pair;
    if (p.kind != BoundKind::kAll && p.kind != BoundKind::kNone) return false;
    if (!find_neighbours(*p.args[0], pair)) return false;
    pair.place = p.slot;
    PatternRelationship& r = *pair.walk;
    const Slot first = r.first == kNoSlot ? context_.new_slot({Type::kRelationship}, "first") : r.first;
    const Slot second = r.second == kNoSlot ? context_.new_slot({Type::kRelationship}, "second") : r.second;
    context_.info(first).types = context_.info(second).types = r.types;
    const BoundPtr holds = rewrite(p.args[1], [&](const BoundPtr& e) -> BoundPtr {
      if (const auto at = place_of(*e, pair))
        return context_.slot_expression(*at == pair.first ? first : second, e->position);
      return nullptr;
    });
    if (slots_of(holds).contains(pair.place) || !is_decided_there(*holds, kNoSlot, r)) return false;
    r.first = first, r.second = second;
    const bool all = p.kind == BoundKind::kAll;
    split_conjuncts(all ? holds : make_call(BoundKind::kNot, {Type::kBool}, {holds}, p.position), r.pair_predicates);
    return true;
  }

  // range(0, n - 2) or range(1, n - 1) with n the number of a walk's relationships.
  bool find_neighbours(const BoundExpression& list, Neighbours& out) const {
    if (!is_call(list, "range", 2) || list.args[1]->kind != BoundKind::kSubtract) return false;
    const BoundExpression &begin = *list.args[0], &last = *list.args[1]->args[1];
    const bool forwards = is_number(begin, 0) && is_number(last, 2);
    if (!forwards && !(is_number(begin, 1) && is_number(last, 1))) return false;
    out.first = forwards ? 0 : -1;
    const BoundExpression& number = *list.args[1]->args[0];
    WalkPredicate found;
    const bool known = is_call(number, "length", 1)
                           ? number.args[0]->kind == BoundKind::kSlot && walk_of_path(number.args[0]->slot, found)
                           : is_call(number, "size", 1) && find_walk(*number.args[0], found) && !found.of_nodes;
    out.walk = found.walk;
    return known && found.walk->path_kind == cypher::PathKind::kPlain;
  }

  // How far from the place i in the walk's list it is: r[i - 1], r[i] or r[i + 1], as far as both are neighbours there.
  std::optional<int64_t> place_of(const BoundExpression& e, const Neighbours& pair) const {
    if (e.kind != BoundKind::kIndex) return std::nullopt;
    WalkPredicate found;
    if (!find_walk(*e.args[0], found) || found.of_nodes || found.walk != pair.walk) return std::nullopt;
    const BoundExpression& at = *e.args[1];
    int64_t distance = 0;
    if (!is_slot(at, pair.place)) {
      if (at.args.size() != 2 || !is_slot(*at.args[0], pair.place) || !is_number(*at.args[1], 1)) return std::nullopt;
      if (at.kind != BoundKind::kAdd && at.kind != BoundKind::kSubtract) return std::nullopt;
      distance = at.kind == BoundKind::kAdd ? 1 : -1;
    }
    return distance == pair.first || distance == pair.first + 1 ? std::optional(distance) : std::nullopt;
  }

  // The same of nodes without the first, the last or both: tail(nodes(p)), nodes(p)[1..], [..-1] and [1..-1].
  bool find_part(const BoundExpression& list, WalkPredicate& out) const {
    const bool slice = list.kind == BoundKind::kSlice;
    if (!slice && !is_call(list, "tail", 1)) return find_walk(list, out);
    if (!find_walk(*list.args[0], out) || !out.of_nodes) return false;
    const BoundPtr from = slice ? list.args[1] : nullptr, to = slice ? list.args[2] : nullptr;
    if (from && !is_number(*from, 0) && !is_number(*from, 1)) return false;
    if (to && !is_minus_one(*to)) return false;
    out.of_first = slice && (!from || is_number(*from, 0)), out.of_last = !to;
    // Of a walk of no relationship its one node is the last as well, and is in none of these.
    return out.of_first == out.of_last || out.walk->min_hops > 0;
  }

  // The walk whose list of relationships it is, or of nodes.
  bool find_walk(const BoundExpression& list, WalkPredicate& out) const {
    if (list.kind == BoundKind::kSlot) return (out.walk = walk_of(list.slot)) != nullptr;
    if (list.kind != BoundKind::kFunction || list.args.size() != 1 || list.args[0]->kind != BoundKind::kSlot) return false;
    const std::string_view name = list.function->name;
    out.of_nodes = name == "nodes";
    if (!out.of_nodes && name != "relationships") return false;
    return walk_of_path(list.args[0]->slot, out);
  }
  bool walk_of_path(Slot slot, WalkPredicate& out) const {
    const auto path = std::ranges::find(graph_.paths, slot, &PatternPathBinding::slot);
    if (path == graph_.paths.end() || path->parts.size() != 3) return false;
    return (out.walk = walk_of(path->parts[1])) != nullptr;
  }
  PatternRelationship* walk_of(Slot list) const {
    const auto r = std::ranges::find(graph_.relationships, list, &PatternRelationship::slot);
    if (r == graph_.relationships.end() || !r->variable_length || r->bound) return nullptr;
    const bool of_this_clause = size_t(r - graph_.relationships.begin()) >= before_.relationships;
    return of_this_clause || r->path_kind == cypher::PathKind::kPlain ? &*r : nullptr;
  }

  // By the element, what was bound before the pattern and where the walk begins, always with the same result.
  bool is_decided_there(const BoundExpression& condition, Slot element, const PatternRelationship& walk) const {
    SlotSet read;
    collect_slots(condition, read);
    read.remove(element);
    const Slot from = graph_.nodes[walk.from].slot, to = graph_.nodes[walk.to].slot;
    if (may_read_ends(walk, read.contains(from), read.contains(to))) read.remove(from), read.remove(to);
    return !read.intersects(own_) && !any_part(condition, [](const BoundExpression& e) {
      return e.subplan || (e.function && !e.function->deterministic);
    });
  }

  // What conditions read on the way is known before the walk begins: whether that keeps from no better beginning.
  bool may_read_ends(const PatternRelationship& walk, bool from, bool to) const {
    if (walk.path_kind != cypher::PathKind::kPlain || walk.from == walk.to) return true;
    if (from && to) return is_known(walk.from) && is_known(walk.to);
    return from ? is_known(walk.from) || !is_known(walk.to) : is_known(walk.to) || !is_known(walk.from);
  }
  bool is_known(uint32_t node) const {
    const Slot slot = graph_.nodes[node].slot;
    if (node >= before_.nodes && slot < before_.slots) return true;  // it is what the pattern is planned on top of
    return std::ranges::any_of(graph_.predicates, [&](const BoundPtr& p) {
      if (p->kind != BoundKind::kEqual && p->kind != BoundKind::kIn) return false;
      return std::ranges::any_of(
          p->args, [&](const BoundPtr& a) { return a->kind == BoundKind::kProperty && is_slot(*a->args[0], slot); });
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
    BoundPtr holds = with_slot(p.holds, p.element, r.hop_node);
    if (!p.of_first || !p.of_last) holds = for_inner_nodes(r, std::move(holds));
    split_conjuncts(holds, r.hop_predicates);
    const auto add_end = [&](uint32_t end) {
      split_conjuncts(with_slot(p.holds, p.element, graph_.nodes[end].slot), of_ends);
    };
    if (p.of_first) add_end(r.from);
    if (p.of_last) add_end(r.to);
  }
  // A shortest path has its ends at its ends only.
  BoundPtr for_inner_nodes(PatternRelationship& r, BoundPtr holds) const {
    if (r.path_kind == cypher::PathKind::kPlain) return r.inner_nodes = true, holds;
    return or_is_end(std::move(holds), r.hop_node, graph_.nodes[r.from].slot, graph_.nodes[r.to].slot);
  }

  StatementContext& context_;
  PatternGraph& graph_;
  BeforeClause before_;
  SlotSet own_;
};

// The lists of the walks from the one of this number on, and what is made of them.
SlotSet found_from(const PatternGraph& graph, size_t number) {
  SlotSet lists;
  for (size_t i = number; i < graph.relationships.size(); ++i)
    if (graph.relationships[i].variable_length) lists.add(graph.relationships[i].slot);
  SlotSet out = lists;
  for (const PatternPathBinding& p : graph.paths)
    if (std::ranges::any_of(p.parts, [&](Slot s) { return lists.contains(s); })) out.add(p.slot);
  return out;
}

// all(element IN list WHERE condition), of a walk's list.
BoundPtr holds_for_all(StatementContext& context, const PatternRelationship& walk, const BoundPtr& condition) {
  if (walk.path_kind != cypher::PathKind::kPlain)
    throw Error(sqlstate::kFeatureNotSupported,
                "conditions within a shortest path cannot read its list or path, nor those of patterns behind it")
        .at(condition->position);
  const Slot element = context.new_slot({Type::kRelationship});
  context.info(element).types = walk.types;
  const BoundPtr holds = rewrite(condition, [&](const BoundPtr& e) {
    return is_slot(*e, walk.element) ? context.slot_expression(element, e->position) : nullptr;
  });
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kAll, out->type = {Type::kBool}, out->position = condition->position, out->slot = element;
  out->args = {context.slot_expression(walk.slot), holds};
  return out;
}

// A condition in a walk's brackets may read the walk's own list or path, or those of walks behind it, which may read this
// one's: it is asked when all of them are there.
void ask_late(StatementContext& context, PatternGraph& graph) {
  for (size_t i = 0; i < graph.relationships.size(); ++i) {
    PatternRelationship& r = graph.relationships[i];
    if (!r.variable_length || r.element_predicates.empty()) continue;
    const SlotSet late = found_from(graph, i);
    std::vector<BoundPtr> early;
    for (const BoundPtr& c : r.element_predicates) {
      if (slots_of(c).intersects(late))
        graph.predicates.push_back(holds_for_all(context, r, c));
      else
        early.push_back(c);
    }
    r.element_predicates = std::move(early);
  }
}

}  // namespace

void move_into_walks(StatementContext& context, PatternGraph& graph, BeforeClause before) {
  if (std::ranges::none_of(graph.relationships, &PatternRelationship::variable_length)) return;
  ask_late(context, graph);
  Mover(context, graph, before).move_all();
}

}  // namespace elegraph::query::plan
