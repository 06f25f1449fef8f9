// SPDX-License-Identifier: Apache-2.0
#include "storage/transaction_state.h"

namespace elegraph::storage {

namespace {

void free_replaced(const UndoBuffer& undo) {
  for (UndoRecord* r = undo.last(); r; r = r->previous)
    if (r->kind == UndoKind::kProperty && !r->rolled_back) free_cell(r->cell());
}

void withdraw(TailEntry* e) {
  if (e) e->stamp.store(stamp::kNever, std::memory_order_release);
}

}  // namespace

TransactionState::~TransactionState() {
  free_replaced(undo);
  for (auto& part : bulk_undo) free_replaced(*part);
  for (const Cell& c : garbage) free_cell(c);
}

void TransactionState::observe(bool relationship, uint32_t owner, KeyId key, TypeMask types) {
  const Catalog& catalog = parts->catalog;
  TypeMask seen = relationship ? catalog.observed(RelTypeId(owner), key) : catalog.observed(LabelSetId(owner), key);
  if (seen.contains(types)) return;
  for (Observed& o : observed)
    if (o.relationship == relationship && o.owner == owner && o.key == key) return o.types.add(types);
  observed.push_back({relationship, owner, key, types});
}

void count_relationship(const Graph::Parts& parts, StatisticsDelta& delta, RelTypeId type, NodeId source, NodeId target,
                        int64_t change) {
  auto labels = [&](NodeId n) {
    const NodeChunk* c = parts.nodes.of(n.value);
    return c ? c->newest_labels(n.value % kChunkRows) : LabelSetId(0);
  };
  delta.relationships(type, change);
  delta.ends(labels(source), type, Direction::kOut, change);
  delta.ends(labels(target), type, Direction::kIn, change);
}

void count_relabelled(const Graph::Parts& parts, StatisticsDelta& delta, const Snapshot& snapshot, NodeId node,
                      LabelSetId from, LabelSetId to) {
  delta.nodes(from, -1), delta.nodes(to, 1);
  const Reader reader(parts.graph, snapshot);
  for (uint32_t t = 0; t < parts.catalog.rel_type_count(); ++t)
    for (Direction d : {Direction::kOut, Direction::kIn})
      if (const uint32_t degree = reader.degree(node, d, RelTypeId(t))) {
        delta.ends(from, RelTypeId(t), d, -int64_t(degree));
        delta.ends(to, RelTypeId(t), d, degree);
      }
}

namespace {

void restore_property(TransactionState& state, Chunk& chunk, UndoRecord& r) {
  std::lock_guard lock(chunk.latch);
  Cell written = chunk.put(chunk.column_for(KeyId(r.key)), r.entity % kChunkRows, r.cell(), false, state.garbage);
  if (written.type != CellType::kNone) state.garbage.push_back(written);
}

void restore_existence(Chunk& chunk, UndoRecord& r) {
  std::lock_guard lock(chunk.latch);
  uint32_t row = r.entity % kChunkRows;
  if (r.kind == UndoKind::kDelete) return set(chunk.live, row);
  uint32_t count = r.kind == UndoKind::kCreateRange ? r.key : 1;
  for (uint32_t i = 0; i < count; ++i) clear(chunk.live, row + i);
}

void count_existence(TransactionState& state, const Chunk& chunk, const UndoRecord& r) {
  int64_t change = r.kind == UndoKind::kDelete ? 1 : -1;
  uint32_t count = r.kind == UndoKind::kCreateRange ? r.key : 1;
  for (uint32_t row = r.entity % kChunkRows; count > 0; --count, ++row)
    if (r.relationship) {
      auto& c = static_cast<const RelChunk&>(chunk);
      count_relationship(*state.parts, state.statistics, c.type, c.source[row], c.target[row], change);
    } else {
      state.statistics.nodes(static_cast<const NodeChunk&>(chunk).newest_labels(row), change);
    }
}

void restore_labels(TransactionState& state, NodeChunk& chunk, UndoRecord& r, const Snapshot* own) {
  std::lock_guard lock(chunk.latch);
  std::atomic<uint32_t>& set = chunk.mixed.load(std::memory_order_relaxed)[r.entity % kChunkRows];
  const LabelSetId from(set.load(std::memory_order_relaxed)), to{uint32_t(r.bits)};
  if (own) count_relabelled(*state.parts, state.statistics, *own, NodeId(r.entity), from, to);
  set.store(to.value, std::memory_order_release);
}

}  // namespace

void TransactionState::restore(UndoRecord& r, const Snapshot* own) {
  if (r.rolled_back) return;
  if (r.kind == UndoKind::kBulkLists) {
    for (auto& [block, list] : static_cast<BulkListsRecord&>(r).blocks)
      if (block) block->stamp.store(stamp::kNever, std::memory_order_release);
    r.rolled_back = true;
    return;
  }
  Chunk& chunk =
      r.relationship ? static_cast<Chunk&>(*parts->rels.of(r.entity)) : static_cast<Chunk&>(*parts->nodes.of(r.entity));
  switch (r.kind) {
    case UndoKind::kProperty: restore_property(*this, chunk, r); break;
    case UndoKind::kLabels: restore_labels(*this, static_cast<NodeChunk&>(chunk), r, own); break;
    default:
      if (own) count_existence(*this, chunk, r);
      restore_existence(chunk, r);
      if (r.relationship && r.kind != UndoKind::kCreateRange) {
        auto& rel = static_cast<RelationshipRecord&>(r);
        withdraw(rel.out), withdraw(rel.in);
      }
  }
  r.rolled_back = true;
}

void TransactionState::restore_all() {
  for (UndoRecord* r = undo.last(); r; r = r->previous) restore(*r, nullptr);
  for (auto& part : bulk_undo)
    for (UndoRecord* r = part->last(); r; r = r->previous) restore(*r, nullptr);
}

void TransactionState::tell_types() {
  Catalog& catalog = parts->catalog;
  for (const Observed& o : observed)
    if (o.relationship)
      catalog.observe(RelTypeId(o.owner), o.key, o.types);
    else
      catalog.observe(LabelSetId(o.owner), o.key, o.types);
  observed.clear();
}

void TransactionState::publish(Timestamp at) {
  Catalog& catalog = parts->catalog;
  for (uint32_t kind = 0; kind < 4; ++kind)
    if (logged[kind]) catalog.mark_logged(NameKind(kind), logged[kind]);
  tell_types();
  if (parts->statistics.apply(statistics)) parts->catalog.bump_epoch();
  committed_at = at;
  status->state.store(at, std::memory_order_release);
}

void TransactionState::abort() {
  restore_all();
  late.roll_back(0);
  for (auto work = at_rollback.rbegin(); work != at_rollback.rend(); ++work) (*work)();
  at_rollback.clear();
  status->state.store(kAborted, std::memory_order_release);
}

}  // namespace elegraph::storage
