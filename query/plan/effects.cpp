// SPDX-License-Identifier: Apache-2.0
#include "query/plan/effects.h"

#include <algorithm>

#include "query/plan/node_expressions.h"

namespace elegraph::query::plan {

bool NameSet::meets(const NameSet& o) const {
  if (empty() || o.empty()) return false;
  if (all || o.all) return true;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& n) { return std::find(o.names.begin(), o.names.end(), n) != o.names.end(); });
}

namespace {

void read_everything(Effects& out) {
  out.reads_labels.all = out.checks_labels.all = out.reads_types.all = out.reads_keys.all = true;
}

void write_everything(Effects& out) {
  out.writes_labels.all = out.changes_labels.all = out.writes_types.all = out.writes_keys.all = out.makes_nodes =
      out.deletes = true;
}

void add_all(const std::vector<std::string>& names, NameSet& out) {
  for (const std::string& n : names) out.add(n);
}

// A node that is made is found if it has the first of them, among others.
void add_labels(const std::vector<std::string>& labels, Effects& out) {
  if (labels.empty())
    out.reads_labels.all = true;
  else
    out.reads_labels.add(labels.front());
  add_all(labels, out.checks_labels);
}

void add_types(const std::vector<std::string>& types, NameSet& out) {
  if (types.empty()) out.all = true;
  add_all(types, out);
}

void add_creates(const PhysicalNode& n, Effects& out) {
  for (const CreateItem& c : n.creates) {
    if (c.relationship) {
      add_all(c.labels, out.writes_types);
    } else {
      out.makes_nodes = true;
      add_all(c.labels, out.writes_labels);
    }
  }
}

void add_sets(const std::vector<SetOperation>& sets, Effects& out) {
  for (const SetOperation& s : sets) {
    switch (s.kind) {
      case SetOperation::Kind::kProperty:
      case SetOperation::Kind::kRemoveProperty: out.writes_keys.add(s.key); break;
      case SetOperation::Kind::kReplace:
      case SetOperation::Kind::kMerge: out.writes_keys.all = true; break;
      case SetOperation::Kind::kAddLabels:
      case SetOperation::Kind::kRemoveLabels:
        add_all(s.labels, out.writes_labels), add_all(s.labels, out.changes_labels);
        break;
    }
  }
}

void add_index_keys(IndexId id, const index::IndexSet& indexes, Effects& out) {
  const index::PropertyIndex* i = indexes.get(id);
  if (!i) return;
  for (const std::string& k : i->definition().keys) out.reads_keys.add(k);
}

void add_own(const PhysicalNode& n, const index::IndexSet& indexes, Effects& out) {
  for_each_expression(n, [&](const BoundPtr& e) { add_reads(*e, out); });
  add_all(n.target_labels, out.checks_labels);
  switch (n.kind) {
    case NodeKind::kAllNodesScan: out.reads_labels.all = true; break;
    case NodeKind::kNodeIndexSeek: add_index_keys(n.index, indexes, out); [[fallthrough]];
    case NodeKind::kLabelScan: add_labels(n.labels, out); break;
    case NodeKind::kAnyLabelScan: add_all(n.labels, out.reads_labels); break;
    // A list of nodes stays, but not all of it may be there when it is asked for again.
    case NodeKind::kNodeById:
      if (n.expressions[0]->type.element == Type::kNode) out.reads_labels.all = true;
      break;
    case NodeKind::kExpand:
      for (const KnownEnds& k : n.known_ends)
        if (k.adjacent) add_types(k.types, out.reads_types);
      add_types(n.types, out.reads_types);
      break;
    case NodeKind::kRelationshipIndexSeek: add_index_keys(n.index, indexes, out); [[fallthrough]];
    case NodeKind::kRelationshipScan:
    case NodeKind::kVarExpand:
    case NodeKind::kShortestPath: add_types(n.types, out.reads_types); break;
    case NodeKind::kIntersect:
      for (const IntersectLeg& l : n.legs) add_types(l.types, out.reads_types);
      break;
    case NodeKind::kCreate: add_creates(n, out); break;
    case NodeKind::kMerge:
      add_creates(n, out);
      add_sets(n.on_create, out), add_sets(n.on_match, out);
      break;
    case NodeKind::kSet: add_sets(n.sets, out); break;
    case NodeKind::kDelete: out.deletes = true; break;
    case NodeKind::kProcedure:
      read_everything(out);
      if (n.writes) write_everything(out);
      break;
    default: break;
  }
}

bool blocks(const PhysicalNode& n) {
  return n.kind == NodeKind::kEager || n.kind == NodeKind::kSort ||
         (n.kind == NodeKind::kAggregate && !n.index_ordered && !n.by_node);
}

// A right side runs again for each row of the left: nothing in it is ever done. `whole`: nor is anything here. That of a
// sort runs in place of the left, and reads the same.
void add_tree(const PhysicalNode& n, const index::IndexSet& indexes, bool whole, Effects& out) {
  add_own(n, indexes, out);
  if (n.right && n.kind != NodeKind::kSort) add_tree(*n.right, indexes, true, out);
  if (n.left && (whole || !blocks(n))) add_tree(*n.left, indexes, whole, out);
}

}  // namespace

void add_reads(const BoundExpression& e, Effects& out) {
  if (e.kind == BoundKind::kProperty) out.reads_keys.add(e.name);
  if (e.kind == BoundKind::kIndex || e.kind == BoundKind::kMapMerge) out.reads_keys.all = true;
  if (e.kind == BoundKind::kHasLabels)
    for (const std::string& l : e.names) out.reads_labels.add(l);
  if (e.kind == BoundKind::kFunction && (e.name == "properties" || e.name == "keys")) out.reads_keys.all = true;
  if (e.kind == BoundKind::kFunction && e.name == "labels") out.reads_labels.all = true;
  if (e.subplan) read_everything(out);
  for (const BoundPtr& a : e.args)
    if (a) add_reads(*a, out);
}

Effects effects_of(const PhysicalNode& root, const index::IndexSet& indexes) {
  Effects out;
  add_tree(root, indexes, false, out);
  return out;
}

Effects effects_of_subplan(const PhysicalNode& root, const index::IndexSet& indexes) {
  Effects out;
  add_tree(root, indexes, true, out);
  return out;
}

bool interferes(const Effects& reader, const Effects& writer) {
  if (writer.deletes && reader.reads()) return true;
  if (writer.makes_nodes && reader.reads_labels.all) return true;
  return reader.reads_labels.meets(writer.writes_labels) || reader.checks_labels.meets(writer.changes_labels) ||
         reader.reads_types.meets(writer.writes_types) || reader.reads_keys.meets(writer.writes_keys);
}

bool at_most_one_row(const PhysicalNode& n, const index::IndexSet& indexes) {
  auto left = [&] { return !n.left || at_most_one_row(*n.left, indexes); };
  switch (n.kind) {
    case NodeKind::kArgument: return true;
    case NodeKind::kNodeIndexSeek: {
      const index::PropertyIndex* i = indexes.get(n.index);
      return i && i->unique() && n.equal.size() == i->keys().size();
    }
    case NodeKind::kNodeById: return n.expressions[0]->type.type == Type::kInt;
    case NodeKind::kAggregate: return n.expressions.empty() || left();
    case NodeKind::kFilter:
    case NodeKind::kProject:
    case NodeKind::kDistinct:
    case NodeKind::kSort:
    case NodeKind::kSkip:
    case NodeKind::kLimit:
    case NodeKind::kSemiApply:
    case NodeKind::kNodeSemiJoin:
    case NodeKind::kHashSemiJoin:
    case NodeKind::kHashCount:
    case NodeKind::kEager:
    case NodeKind::kCreate:
    case NodeKind::kSet:
    case NodeKind::kDelete:
    case NodeKind::kForeach: return left();
    case NodeKind::kApply:
    case NodeKind::kOptional:
    case NodeKind::kMerge: return left() && at_most_one_row(*n.right, indexes);
    default: return false;
  }
}

}  // namespace elegraph::query::plan
