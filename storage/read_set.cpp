// SPDX-License-Identifier: Apache-2.0
#include "storage/read_set.h"

#include <xxhash.h>

#include <algorithm>

#include "storage/graph.h"
#include "storage/transaction_state.h"

namespace elegraph::storage {

namespace {

// Integers hash as the floating-point numbers that they may be equal to; types without a case here all alike, which is
// coarse but never wrong.
uint64_t hash_of(const Value& v) {
  switch (v.type()) {
    case Type::kInt:
    case Type::kFloat: {
      double number = v.type() == Type::kInt ? double(v.as_int()) : v.as_float();
      if (number == 0) number = 0;  // -0
      return XXH3_64bits(&number, sizeof number);
    }
    case Type::kString: return XXH3_64bits(v.as_string().data(), v.as_string().size());
    case Type::kBool: return v.as_bool() ? 1 : 2;
    default: return 3;
  }
}

uint64_t combine(uint64_t hash, const Value& v) { return (hash ^ hash_of(v)) * 0x9E3779B97F4A7C15u; }

}  // namespace

struct ReadSet::Change {
  const UndoRecord& record;
  const Reader& before;
  const Reader& after;
};

void ReadSet::point(LabelId label, std::span<const KeyId> keys, std::span<const Value> values) {
  uint64_t hash = 0;
  for (const Value& v : values) hash = combine(hash, v);
  for (Point& p : points_)
    if (p.label == label && std::equal(p.keys.begin(), p.keys.end(), keys.begin(), keys.end())) {
      if (p.hashes.size() >= kMostEntities) everything_ = true;
      p.hashes.insert(hash);
      return;
    }
  points_.push_back({label, {keys.begin(), keys.end()}, {hash}});
}

bool ReadSet::touched_by(const TransactionState& writer, const Reader& before, const Reader& after) const {
  if (everything_) return true;
  auto any = [&](const UndoBuffer& undo) {
    for (const UndoRecord* r = undo.last(); r; r = r->previous)
      if (!r->rolled_back && r->kind != UndoKind::kBulkLists && touched({*r, before, after})) return true;
    return false;
  };
  return any(writer.undo) ||
         std::any_of(writer.bulk_undo.begin(), writer.bulk_undo.end(), [&](auto& u) { return any(*u); });
}

bool ReadSet::touched(const Change& change) const {
  const UndoRecord& r = change.record;
  const uint32_t rows = r.kind == UndoKind::kCreateRange ? r.key : 1;
  for (uint32_t id = r.entity; id < r.entity + rows; ++id)
    if (r.relationship ? relationship_touched(change, RelId(id)) : node_touched(change, NodeId(id))) return true;
  return false;
}

bool ReadSet::node_touched(const Change& change, NodeId node) const {
  const UndoRecord& r = change.record;
  if (all_nodes_ || nodes_.contains(node.value) || (relabels_ && r.kind == UndoKind::kLabels)) return true;
  if (labels_.empty() && points_.empty()) return false;
  const Catalog& catalog = change.after.graph().catalog();
  const LabelSetId old_set = change.before.label_set(node), new_set = change.after.label_set(node);
  auto has = [&](LabelId label) { return catalog.has_label(old_set, label) || catalog.has_label(new_set, label); };
  for (uint32_t label : labels_)
    if (has(LabelId(label))) return true;
  for (const Point& p : points_) {
    if (r.kind == UndoKind::kProperty && std::find(p.keys.begin(), p.keys.end(), KeyId(r.key)) == p.keys.end()) continue;
    if (has(p.label) && (has_point(p, change.before, node) || has_point(p, change.after, node))) return true;
  }
  return false;
}

// Properties do not go with existence, so a node that is not there yet or any more may answer too: coarse.
bool ReadSet::has_point(const Point& point, const Reader& reader, NodeId node) const {
  uint64_t hash = 0;
  for (KeyId key : point.keys) hash = combine(hash, reader.property(node, key));
  return point.hashes.contains(hash);
}

bool ReadSet::relationship_touched(const Change& change, RelId rel) const {
  if (rels_.contains(rel.value)) return true;
  if (change.record.kind == UndoKind::kProperty) return false;
  return nodes_.contains(change.after.source(rel).value) || nodes_.contains(change.after.target(rel).value);
}

}  // namespace elegraph::storage
