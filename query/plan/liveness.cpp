// SPDX-License-Identifier: Apache-2.0
#include "query/plan/liveness.h"

#include "query/plan/expression_tools.h"
#include "query/plan/node_expressions.h"
#include "query/plan/step_group.h"

namespace elegraph::query::plan {

namespace {

void add_all(SlotSet& out, const std::vector<Slot>& slots) {
  for (Slot s : slots) out.add(s);
}

void read_created(const PhysicalNode& n, SlotSet& out) {
  for (const CreateItem& c : n.creates) out.add(c.source), out.add(c.target);
  // What an earlier item of the same clause made is not read from the row.
  for (const CreateItem& c : n.creates) out.remove(c.slot);
}

// Of a side that gives the row nothing.
bool only_tests(NodeKind k) {
  return k == NodeKind::kSemiApply || k == NodeKind::kNodeSemiJoin || k == NodeKind::kHashSemiJoin ||
         k == NodeKind::kHashCount || k == NodeKind::kForeach;
}

// Of those whose right side reads nothing of the left row.
bool joins_by_hash(NodeKind k) {
  return k == NodeKind::kHashJoin || k == NodeKind::kHashLeftJoin || k == NodeKind::kHashSemiJoin ||
         k == NodeKind::kHashCount;
}

// Of a side that gives the same rows as the other one, and runs in its place.
bool stands_in(NodeKind k) { return k == NodeKind::kSort; }

bool starts_new_row(const PhysicalNode& n) {
  return n.kind == NodeKind::kAggregate || (n.kind == NodeKind::kUnion && !keeps_slots(n));
}

}  // namespace

SlotSet produced_by(const PhysicalNode& n) {
  SlotSet out;
  switch (n.kind) {
    case NodeKind::kRelationshipScan:
    case NodeKind::kRelationshipIndexSeek: out.add(n.slot2), out.add(n.slot3), out.add(n.rel); break;
    case NodeKind::kExpand:
    case NodeKind::kVarExpand:
      out.add(n.rel);
      if (!n.into) out.add(n.slot2);
      if (n.hops != kNoSlot) out.add(n.hops);
      if (n.walk != kNoSlot) out.add(n.walk);
      break;
    case NodeKind::kIntersect:
      out.add(n.slot2);
      for (const IntersectLeg& l : n.legs) out.add(l.rel);
      break;
    case NodeKind::kShortestPath:
      out.add(n.rel);
      if (n.hops != kNoSlot) out.add(n.hops);
      break;
    case NodeKind::kNodeSemiJoin:
    case NodeKind::kHashSemiJoin:
    case NodeKind::kHashCount:
      if (n.slot2 != kNoSlot) out.add(n.slot2);
      break;
    case NodeKind::kAllNodesScan:
    case NodeKind::kLabelScan:
    case NodeKind::kAnyLabelScan:
    case NodeKind::kNodeIndexSeek:
    case NodeKind::kNodeById:
    case NodeKind::kUnwind: out.add(n.slot); break;
    case NodeKind::kProject:
    case NodeKind::kUnion:
    case NodeKind::kProcedure:
    case NodeKind::kVirtualTable: add_all(out, n.slots); break;
    case NodeKind::kAggregate:
      add_all(out, n.slots);
      for (const AggregateCall& a : n.aggregates) out.add(a.slot);
      break;
    case NodeKind::kCreate:
    case NodeKind::kMerge:
      for (const CreateItem& c : n.creates) out.add(c.slot);
      break;
    default: break;
  }
  return out;
}

SlotSet read_by(const PhysicalNode& n) {
  SlotSet out;
  for_each_expression(n, [&](const BoundPtr& e) { collect_slots(*e, out); });
  switch (n.kind) {
    case NodeKind::kExpand:
    case NodeKind::kVarExpand:
      out.add(n.slot);
      if (n.into) out.add(n.slot2);
      add_all(out, n.distinct_from);
      for (Slot s : n.distinct_at)
        if (s != kNoSlot) out.add(s);
      out.remove(n.slot3), out.remove(n.hop_node);
      for (Slot s : n.slots) out.remove(s);
      break;
    case NodeKind::kIntersect:
      for (const IntersectLeg& l : n.legs) out.add(l.slot);
      add_all(out, n.distinct_from), add_all(out, n.ends);
      break;
    case NodeKind::kShortestPath:
      out.add(n.slot), out.add(n.slot2);
      out.remove(n.slot3), out.remove(n.hop_node);
      break;
    case NodeKind::kDistinct: add_all(out, n.slots); break;
    case NodeKind::kAggregate:
      if (n.by_node) out.add(n.slot);
      break;
    case NodeKind::kNodeSemiJoin: out.add(n.slot); break;
    case NodeKind::kCreate:
    case NodeKind::kMerge: read_created(n, out); break;
    default: break;
  }
  if (n.kind == NodeKind::kCreate)
    for (const CreateItem& c : n.creates) out.remove(c.slot);
  return out;
}

SlotSet produced_in(const PhysicalNode& root) {
  SlotSet out = produced_by(root);
  if (root.left) out.add(produced_in(*root.left));
  if (root.right && !only_tests(root.kind)) out.add(produced_in(*root.right));
  return out;
}

bool always_bound(const PhysicalNode& n, Slot slot) {
  auto in = [&](const PhysicalPtr& child) { return child && always_bound(*child, slot); };
  switch (n.kind) {
    case NodeKind::kAllNodesScan:
    case NodeKind::kLabelScan:
    case NodeKind::kAnyLabelScan:
    case NodeKind::kNodeIndexSeek:
    case NodeKind::kNodeById:
    case NodeKind::kRelationshipScan:
    case NodeKind::kRelationshipIndexSeek:
    case NodeKind::kExpand:
    case NodeKind::kVarExpand:
    case NodeKind::kIntersect:
    case NodeKind::kShortestPath: return produced_by(n).contains(slot) || in(n.left);
    case NodeKind::kFilter:
    case NodeKind::kSemiApply:
    case NodeKind::kNodeSemiJoin:
    case NodeKind::kHashLeftJoin:
    case NodeKind::kHashSemiJoin:
    case NodeKind::kHashCount:
    case NodeKind::kSort:
    case NodeKind::kSkip:
    case NodeKind::kLimit:
    case NodeKind::kDistinct:
    case NodeKind::kEager:
    case NodeKind::kOptional: return in(n.left);
    case NodeKind::kApply:
    case NodeKind::kHashJoin: return in(n.left) || in(n.right);
    case NodeKind::kUnion: return keeps_slots(n) && in(n.left) && in(n.right);
    default: return false;
  }
}

namespace {

// Adds to `outer` what the tree reads of the row that it runs for, and to `made` what its rows have of its own.
void add_outer(const PhysicalNode& n, SlotSet& outer, SlotSet& made) {
  SlotSet left, right, read_on_right;
  if (n.left) add_outer(*n.left, outer, left);
  if (n.right) add_outer(*n.right, read_on_right, right);
  SlotSet read = read_by(n);
  if (n.kind == NodeKind::kUnion) add_all(read, n.slots2), add_all(read, n.slots3);
  // A semi-join's right side has the nodes in the slot that is looked for among them: that it makes it says nothing of the
  // row's.
  if (n.kind != NodeKind::kNodeSemiJoin) read_on_right.remove(left), read.remove(right);
  if (n.kind == NodeKind::kForeach) read_on_right.remove(n.slot);
  read.remove(left);
  const SlotSet own = produced_by(n);
  if (n.kind != NodeKind::kAggregate) read.remove(own);  // a key that is a variable keeps its slot
  outer.add(read), outer.add(read_on_right);
  made.add(left), made.add(own);
  if (!only_tests(n.kind)) made.add(right);
}

}  // namespace

SlotSet outer_slots(const PhysicalNode& root) {
  SlotSet outer, made;
  add_outer(root, outer, made);
  return outer;
}

namespace {

PhysicalNode& mutable_node(const PhysicalPtr& p) { return const_cast<PhysicalNode&>(*p); }

// Paths, and nodes on the way, that nobody reads: building one cannot fail, so leaving it out changes nothing.
bool only_dead_paths(const PhysicalNode& n, const SlotSet& needed) {
  if (n.kind != NodeKind::kProject) return false;
  for (size_t i = 0; i < n.slots.size(); ++i)
    if (needed.contains(n.slots[i]) || !(n.expressions[i]->kind == BoundKind::kPath || is_ends_of_steps(*n.expressions[i])))
      return false;
  return true;
}

void fill_subplans(const BoundExpression& e) {
  if (e.subplan) {
    SlotSet needed;
    if (e.kind == BoundKind::kCollect) needed.add(e.slot);
    auto& subplan = const_cast<BoundExpression&>(e).subplan;
    while (only_dead_paths(*subplan, needed)) subplan = subplan->left;
    fill_live(mutable_node(subplan), needed);
  }
  for (const BoundPtr& a : e.args)
    if (a) fill_subplans(*a);
}

// Those of a union's branch that are read above it.
SlotSet branch_slots(const PhysicalNode& n, const std::vector<Slot>& branch, const SlotSet& needed) {
  SlotSet out;
  for (size_t i = 0; i < branch.size(); ++i)
    if (needed.contains(n.slots[i])) out.add(branch[i]);
  return out;
}

// Of MERGE: what it matched is read by ON MATCH, though it be in nobody's row before.
SlotSet read_on_match(const PhysicalNode& n) {
  SlotSet out;
  for (const SetOperation& s : n.on_match) {
    collect_slots(*s.target, out);
    if (s.value) collect_slots(*s.value, out);
  }
  return out;
}

void fill_right(PhysicalNode& n, const SlotSet& needed) {
  SlotSet right;
  if (joins_by_hash(n.kind)) {
    if (!only_tests(n.kind)) right = needed;
    for (const BoundPtr& e : n.expressions2) collect_slots(*e, right);
    for (const BoundPtr& e : n.residual) collect_slots(*e, right);
    right.keep(produced_in(*n.right));
  } else if (n.kind == NodeKind::kUnion) {
    right = keeps_slots(n) ? needed : branch_slots(n, n.slots3, needed);
  } else if (n.kind == NodeKind::kNodeSemiJoin) {
    right.add(n.slot);
  } else if (stands_in(n.kind)) {
    right = needed;
  } else if (!only_tests(n.kind)) {
    right = needed;
    if (n.kind == NodeKind::kMerge) right.add(read_on_match(n));
    right.keep(produced_in(*n.right));
  }
  fill_live(mutable_node(n.right), right);
}

}  // namespace

void fill_live(PhysicalNode& n, const SlotSet& needed) {
  n.live = needed.list();
  for_each_expression(n, [](const BoundPtr& e) { fill_subplans(*e); });
  if (n.right) fill_right(n, needed);
  SlotSet left;
  if (!starts_new_row(n)) left = needed, left.remove(produced_by(n));
  if (n.kind == NodeKind::kUnion) left.add(branch_slots(n, n.slots2, needed));
  if (joins_by_hash(n.kind)) {
    for (const BoundPtr& e : n.expressions) collect_slots(*e, left);
    for (const BoundPtr& e : n.residual) collect_slots(*e, left);
    left.remove(produced_in(*n.right));
  } else {
    left.add(read_by(n));
    if (n.right && n.kind != NodeKind::kUnion && !stands_in(n.kind)) {
      if (!only_tests(n.kind)) left.remove(produced_in(*n.right));
      SlotSet outer = outer_slots(*n.right);
      if (n.kind == NodeKind::kForeach) outer.remove(n.slot);
      left.add(outer);
    }
  }
  while (n.left && only_dead_paths(*n.left, left)) n.left = n.left->left;
  if (n.left) fill_live(mutable_node(n.left), left);
  if (n.kind == NodeKind::kArgument) n.live = needed.list();
}

namespace {

uint32_t number_subplans(const BoundExpression& e, uint32_t next) {
  if (e.subplan) next = number_nodes(const_cast<PhysicalNode&>(*e.subplan), next);
  for (const BoundPtr& a : e.args)
    if (a) next = number_subplans(*a, next);
  return next;
}

}  // namespace

uint32_t number_nodes(PhysicalNode& n, uint32_t next) {
  n.id = next++;
  for_each_expression(n, [&](const BoundPtr& e) { next = number_subplans(*e, next); });
  if (n.left) next = number_nodes(mutable_node(n.left), next);
  if (n.right) next = number_nodes(mutable_node(n.right), next);
  return next;
}

}  // namespace elegraph::query::plan
