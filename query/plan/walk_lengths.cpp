// SPDX-License-Identifier: Apache-2.0
#include "query/plan/walk_lengths.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "query/plan/expression_tools.h"
#include "query/plan/liveness.h"
#include "query/plan/node_expressions.h"

namespace elegraph::query::plan {

namespace {

void for_each_node(PhysicalNode& n, const std::function<void(PhysicalNode&)>& f) {
  f(n);
  if (n.left) for_each_node(const_cast<PhysicalNode&>(*n.left), f);
  if (n.right) for_each_node(const_cast<PhysicalNode&>(*n.right), f);
}

// The list of a walk's relationships and the paths that are made with it, with how many relationships those have beside.
struct Walk {
  Slot list = kNoSlot;
  std::map<Slot, int64_t> paths;

  bool has(Slot slot) const { return slot == list || paths.contains(slot); }
  bool in(const std::vector<Slot>& slots) const {
    return std::ranges::any_of(slots, [&](Slot s) { return has(s); });
  }
};

bool is_call(const BoundExpression& e, std::string_view name) {
  return e.kind == BoundKind::kFunction && e.function->name == name && e.args.size() == 1 &&
         e.args[0]->kind == BoundKind::kSlot;
}

// The slot whose length it is: of the walk's list, or of one of its paths. kNoSlot: it is something else.
Slot measured(const BoundExpression& e, const Walk& walk) {
  if (is_call(e, "size") && e.args[0]->slot == walk.list) return walk.list;
  if (is_call(e, "length") && walk.paths.contains(e.args[0]->slot)) return e.args[0]->slot;
  return kNoSlot;
}

bool reads_more(const BoundExpression& e, const Walk& walk) {
  if (measured(e, walk) != kNoSlot) return false;
  if (e.kind == BoundKind::kSlot) return walk.has(e.slot);
  if (walk.in(e.path_slots)) return true;
  if (e.subplan && walk.in(outer_slots(*e.subplan).list())) return true;
  return std::ranges::any_of(e.args, [&](const BoundPtr& a) { return a && reads_more(*a, walk); });
}

bool is_definition(const PhysicalNode& n, const BoundPtr& e, const Walk& walk) {
  if (n.kind != NodeKind::kProject || e->kind != BoundKind::kPath) return false;
  const auto at = std::ranges::find(n.expressions, e);
  return at != n.expressions.end() && walk.paths.contains(n.slots[size_t(at - n.expressions.begin())]);
}

bool reads_more(const PhysicalNode& n, const Walk& walk) {
  bool more = walk.in(n.distinct_from) || walk.in(n.slots2) || walk.in(n.slots3);
  if (n.kind == NodeKind::kDistinct || n.kind == NodeKind::kUnion) more = more || walk.in(n.slots);
  for (const IntersectLeg& leg : n.legs) more = more || walk.in(leg.distinct_from);
  for_each_expression(n, [&](const BoundPtr& e) { more = more || (!is_definition(n, e, walk) && reads_more(*e, walk)); });
  return more;
}

// The paths with the walk's list among their parts.
void find_paths(PhysicalNode& root, Walk& walk) {
  for_each_node(root, [&](PhysicalNode& n) {
    for (size_t i = 0; n.kind == NodeKind::kProject && i < n.slots.size(); i++) {
      const BoundExpression& e = *n.expressions[i];
      if (e.kind == BoundKind::kPath && std::ranges::count(e.path_slots, walk.list) == 1)
        walk.paths.emplace(n.slots[i], int64_t(e.path_slots.size() / 2) - 1);
    }
  });
}

// A path with another walk in it has a length that this one does not tell.
bool has_other_walks(PhysicalNode& root, const Walk& walk, const std::vector<Slot>& lists) {
  bool found = false;
  for_each_node(root, [&](PhysicalNode& n) {
    for_each_expression(n, [&](const BoundPtr& e) {
      if (!is_definition(n, e, walk)) return;
      for (Slot s : e->path_slots) found = found || (s != walk.list && std::ranges::find(lists, s) != lists.end());
    });
  });
  return found;
}

bool is_measured_alone(PhysicalNode& root, const Walk& walk) {
  bool measured_somewhere = false, more = false;
  for_each_node(root, [&](PhysicalNode& n) {
    more = more || reads_more(n, walk);
    for_each_expression(n, [&](const BoundPtr& e) {
      measured_somewhere =
          measured_somewhere || any_part(*e, [&](const BoundExpression& p) { return measured(p, walk) != kNoSlot; });
    });
  });
  return measured_somewhere && !more;
}

void put_hops(StatementContext& context, PhysicalNode& root, PhysicalNode& found, const Walk& walk) {
  found.hops = context.new_slot({Type::kInt});
  const auto in_place = [&](const BoundPtr& e) -> BoundPtr {
    const Slot of = measured(*e, walk);
    if (of == kNoSlot) return nullptr;
    const BoundPtr hops = make_slot(found.hops, {Type::kInt}, e->position);
    const int64_t beside = of == walk.list ? 0 : walk.paths.at(of);
    if (beside == 0) return hops;
    return make_call(BoundKind::kAdd, {Type::kInt}, {hops, make_literal(Value::integer(beside), {Type::kInt})},
                     e->position);
  };
  for_each_node(root, [&](PhysicalNode& n) {
    for_each_expression(n, [&](BoundPtr& e) { e = rewrite(e, in_place); });
    const bool optional = n.kind == NodeKind::kOptional || n.kind == NodeKind::kHashLeftJoin;
    if (optional && walk.in(n.slots)) n.slots.push_back(found.hops);
  });
}

}  // namespace

bool count_hops(StatementContext& context, PhysicalNode& root, const SlotSet& needed) {
  std::vector<PhysicalNode*> walks;
  std::vector<Slot> lists;
  for_each_node(root, [&](PhysicalNode& n) {
    const bool walks_far = n.kind == NodeKind::kVarExpand || n.kind == NodeKind::kShortestPath;
    if (walks_far && n.rel != kNoSlot) walks.push_back(&n), lists.push_back(n.rel);
  });
  bool changed = false;
  for (PhysicalNode* n : walks) {
    Walk walk{n->rel, {}};
    find_paths(root, walk);
    bool returned = needed.contains(walk.list);
    for (const auto& [path, beside] : walk.paths) returned = returned || needed.contains(path);
    if (returned || has_other_walks(root, walk, lists) || !is_measured_alone(root, walk)) continue;
    put_hops(context, root, *n, walk);
    changed = true;
  }
  return changed;
}

}  // namespace elegraph::query::plan
