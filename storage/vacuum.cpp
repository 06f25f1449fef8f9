// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include "storage/graph_parts.h"
#include "storage/lists_ahead.h"
#include "storage/rcu.h"
#include "storage/transaction_state.h"

namespace elegraph::storage {

namespace {

// One pass over what finished transactions left. Row ids go back only at its end, when all late work has been done:
// an index must not remove an old entry of an id that has a new owner.
class VacuumPass {
 public:
  VacuumPass(Graph::Parts& parts, Timestamp horizon) : parts_(parts), horizon_(horizon) {}

  void process(TransactionState& state) {
    bool aborted = state.committed_at == 0;
    process(state, state.undo, aborted);
    for (auto& part : state.bulk_undo) process(state, *part, aborted);
    state.late.all_replaced();
  }
  void fold();
  void give_back();
  std::vector<Cell>& garbage() { return garbage_; }

 private:
  void process(TransactionState& state, UndoBuffer& undo, bool aborted);
  Chunk& chunk_of(const UndoRecord& r) const;
  void resolve_lists(const TransactionState& state, std::span<UndoRecord* const> records);
  size_t settle_rows(const TransactionState& state, std::span<UndoRecord* const> records, bool aborted);
  void settle_rows(const TransactionState& state, Chunk& chunk, const UndoRecord& r, bool aborted);
  void resolve(const TransactionState& state, const UndoRecord& r, const RelChunk& chunk);
  void queue(const ListId& list) {
    if (parts_.adjacency.queue(list)) parts_.fold_again.push_back(list);
  }
  void resolve(const TransactionState& state, BulkListsRecord& r);
  void free_row(Chunk& chunk, uint32_t id, bool relationship);

  Graph::Parts& parts_;
  Timestamp horizon_;
  std::vector<Cell> garbage_;
  std::vector<uint32_t> free_nodes_;

  static constexpr size_t kRetireTogether = 4096;  // lists
};

// Once there was much in it: a mass delete leaves each of its rows here for a while.
template <class T>
void give_room_back(std::vector<T>& all) {
  if (all.capacity() > 4096 && all.size() < all.capacity() / 4) all.shrink_to_fit();
}

// The relationship whose lists the record's transaction changed, if it is one.
RelId changes_lists(const UndoRecord& r) {
  const bool does = r.relationship && (r.kind == UndoKind::kCreate || r.kind == UndoKind::kDelete);
  return does ? RelId(r.entity) : RelId();
}

void VacuumPass::process(TransactionState& state, UndoBuffer& undo, bool aborted) {
  constexpr size_t kReadSection = 512;
  std::vector<UndoRecord*> section;
  for (UndoRecord* r = undo.last(); r;) {
    for (section.clear(); r && section.size() < kReadSection; r = r->previous) section.push_back(r);
    rcu::ReadGuard guard;
    resolve_lists(state, section);
    for (std::span<UndoRecord* const> left = section; !left.empty();)
      left = left.subspan(settle_rows(state, left, aborted));
  }
}

Chunk& VacuumPass::chunk_of(const UndoRecord& r) const {
  if (r.relationship) return *parts_.rels.of(r.entity);
  return *parts_.nodes.of(r.entity);
}

void VacuumPass::resolve_lists(const TransactionState& state, std::span<UndoRecord* const> records) {
  const ListsAhead ahead(parts_);
  for (size_t i = 0; i < records.size(); ++i) {
    ahead.ask([&](size_t n) { return i + n < records.size() ? changes_lists(*records[i + n]) : RelId(); });
    UndoRecord& r = *records[i];
    if (r.kind == UndoKind::kBulkLists) resolve(state, static_cast<BulkListsRecord&>(r));
    if (changes_lists(r).valid()) resolve(state, r, static_cast<RelChunk&>(chunk_of(r)));
  }
}

// The rows of the first records, as far as they are of one chunk, under one hold of its latch. -> how many records
size_t VacuumPass::settle_rows(const TransactionState& state, std::span<UndoRecord* const> records, bool aborted) {
  if (records[0]->kind == UndoKind::kBulkLists) return 1;
  Chunk& chunk = chunk_of(*records[0]);
  const auto same_chunk = [&](const UndoRecord& r) {
    return r.kind != UndoKind::kBulkLists && r.relationship == records[0]->relationship &&
           r.entity / kChunkRows == records[0]->entity / kChunkRows;
  };
  size_t n = 0;
  std::lock_guard lock(chunk.latch);
  for (; n < records.size() && same_chunk(*records[n]); ++n) settle_rows(state, chunk, *records[n], aborted);
  chunk.drop_versions_if_empty();
  return n;
}

void VacuumPass::settle_rows(const TransactionState& state, Chunk& chunk, const UndoRecord& r, bool aborted) {
  // A row that many wrote is settled once: a walk for each of them over what is newer would be quadratic.
  if (r.detached && r.kind != UndoKind::kCreateRange) return;
  uint32_t rows = r.kind == UndoKind::kCreateRange ? r.key : 1;
  for (uint32_t id = r.entity; id < r.entity + rows; ++id) {
    uint32_t row = id % kChunkRows;
    bool settled = chunk.unlink(row, horizon_, aborted ? state.status.get() : nullptr);
    if (settled && !test(chunk.live, row) && test(chunk.used, row)) free_row(chunk, id, r.relationship);
  }
}

void VacuumPass::resolve(const TransactionState& state, const UndoRecord& r, const RelChunk& chunk) {
  auto& rel = static_cast<const RelationshipRecord&>(r);
  uint32_t row = r.entity % kChunkRows;
  auto stamp_entry = [&](TailEntry* e, const ListId& list) {
    if (!e) return;
    if (!r.rolled_back) {
      uint64_t bit = r.kind == UndoKind::kDelete ? stamp::kDeleteBit : 0;
      e->stamp.store(state.committed_at | bit, std::memory_order_release);
    }
    queue(list);
  };
  stamp_entry(rel.out, {chunk.type, Direction::kOut, chunk.source[row]});
  stamp_entry(rel.in, {chunk.type, Direction::kIn, chunk.target[row]});
}

void VacuumPass::resolve(const TransactionState& state, BulkListsRecord& r) {
  for (auto& [block, list] : r.blocks) {
    if (!block) continue;
    if (!r.rolled_back) block->stamp.store(state.committed_at, std::memory_order_release);
    queue(list);
  }
}

void VacuumPass::free_row(Chunk& chunk, uint32_t id, bool relationship) {
  chunk.clear_row(id % kChunkRows, garbage_);
  if (!relationship) {
    free_nodes_.push_back(id);
    return;
  }
  auto& rels = static_cast<RelChunk&>(chunk);
  uint32_t row = id % kChunkRows;
  parts_.pending_rels.push_back({RelId(id),
                                 {rels.type, Direction::kOut, rels.source[row]},
                                 {rels.type, Direction::kIn, rels.target[row]},
                                 parts_.adjacency.last_sequence()});
}

void VacuumPass::fold() {
  const std::vector<ListId> lists = std::move(parts_.fold_again);
  parts_.fold_again.clear();
  // Also where an error ends this: readers may be in what is unlinked already.
  const auto later = [](FoldedAway* a) { a->lists() == 0 ? delete a : rcu::retire(a); };
  std::unique_ptr<FoldedAway, decltype(later)> away(new FoldedAway(parts_.adjacency), later);
  const auto retire = [&] { away.reset(new FoldedAway(parts_.adjacency)); };
  const auto with_list = [&](size_t i, auto&& f) {
    if (i < lists.size()) f(parts_.adjacency.at(lists[i].type, lists[i].direction), lists[i].node);
  };
  for (size_t i = 0; i < lists.size(); ++i) {
    rcu::ReadGuard guard;
    with_list(i + 24, [](const Adjacency& a, NodeId node) { a.prefetch_word(node); });
    with_list(i + 16, [](const Adjacency& a, NodeId node) { a.prefetch_tail(node); });
    with_list(i + 8, [](const Adjacency& a, NodeId node) { a.prefetch_newest_block(node); });
    if (!parts_.adjacency.fold(lists[i], horizon_, *away)) parts_.fold_again.push_back(lists[i]);
    if (away->lists() >= kRetireTogether) retire();
  }
}

void VacuumPass::give_back() {
  for (uint32_t id : free_nodes_) parts_.node_rows[parts_.nodes.of(id)->labels.value].give_back(id);
  rcu::ReadGuard guard;
  std::erase_if(parts_.pending_rels, [&](const PendingRelationship& p) {
    if (!parts_.adjacency.folded(p.out, p.sequence) || !parts_.adjacency.folded(p.in, p.sequence)) return false;
    parts_.rel_rows[p.out.type.value].give_back(p.rel.value);
    return true;
  });
  give_room_back(parts_.pending_rels);
}

using States = std::vector<std::shared_ptr<TransactionState>>;

States take_finished(VacuumQueue& queue, Timestamp horizon) {
  std::lock_guard lock(queue.mutex);
  States states = std::move(queue.aborted);
  queue.aborted.clear();
  while (!queue.committed.empty() && queue.committed.front()->committed_at <= horizon) {
    states.push_back(std::move(queue.committed.front()));
    queue.committed.pop_front();
  }
  return states;
}

struct Retired {
  States states;
  std::vector<Cell> cells;
  ~Retired() {
    for (const Cell& c : cells) free_cell(c);
  }
};

}  // namespace

bool Graph::vacuum() {
  Parts& p = *parts_;
  std::lock_guard lock(p.vacuum_mutex);
  // Of what a grace period after an earlier pass freed.
  for (Slab* slab : {&p.adjacency.slab(), &chunk_memory(), &value_memory(), &passing_memory()}) slab->trim();
  Timestamp horizon = p.slots.horizon(p.last_committed);
  States states = take_finished(p.finished, horizon);
  if (states.empty() && p.fold_again.empty() && p.pending_rels.empty() && p.late_garbage.empty()) return false;
  bool aborted = std::any_of(states.begin(), states.end(), [](auto& s) { return s->committed_at == 0; });
  // Readers that may have loaded an aborted value before it was restored still need its undo record.
  if (aborted) rcu::synchronize();

  VacuumPass pass(p, horizon);
  auto retired = std::make_unique<Retired>();
  bool worked = !states.empty();
  for (auto& state : states) {
    pass.process(*state);
    if (state->committed_at != 0) continue;
    // Strings that a change of a column's type replaced may be in use under any snapshot of now.
    Timestamp later = p.last_committed.load(std::memory_order_acquire) + 1;
    for (const Cell& c : state->garbage) p.late_garbage.emplace_back(later, c);
    state->garbage.clear();
  }
  pass.fold();
  pass.give_back();
  std::erase_if(p.late_garbage, [&](auto& late) {
    if (late.first > horizon) return false;
    retired->cells.push_back(late.second);
    return true;
  });
  give_room_back(p.late_garbage);
  retired->states = std::move(states);
  retired->cells.insert(retired->cells.end(), pass.garbage().begin(), pass.garbage().end());
  if (!retired->states.empty() || !retired->cells.empty()) rcu::retire(retired.release());
  return worked;
}

}  // namespace elegraph::storage
