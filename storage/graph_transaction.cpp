// SPDX-License-Identifier: Apache-2.0
#include "storage/graph_transaction.h"

#include <algorithm>

#include "storage/bulk_links.h"
#include "storage/conflict.h"
#include "storage/lists_ahead.h"
#include "storage/new_rows.h"
#include "storage/rcu.h"
#include "storage/redo.h"
#include "storage/relationship_ends.h"
#include "storage/serializable.h"

namespace elegraph::storage {

void GraphTransaction::throw_gone(const char* what, uint32_t id) {
  throw Error(sqlstate::kInvalidParameterValue,
              std::string(what) + " with id " + std::to_string(id) + " does not exist or has been deleted");
}

GraphTransaction::GraphTransaction(Graph::Parts& parts, Graph::SnapshotSlot* slot) : parts_(parts), slot_(slot) {
  status_ = slot->spare ? std::move(slot->spare) : std::make_shared<TransactionStatus>();
  snapshot_ = {SnapshotSlots::begin(*slot, parts.last_committed), status_.get()};
}

GraphTransaction::~GraphTransaction() {
  if (!ended_) rollback();
}

// The slot holds the older timestamp until the newer is in it, so no horizon passes either.
void GraphTransaction::move_snapshot(Timestamp to) {
  if (to <= snapshot_.at) return;
  snapshot_.at = to;
  slot_->at.store(to, std::memory_order_release);
}

TransactionState& GraphTransaction::state() {
  if (!state_) {
    check_open();
    state_ = std::make_shared<TransactionState>(parts_);
    state_->status = status_;
  }
  return *state_;
}

void GraphTransaction::check_open() const {
  if (ended_) throw Error(sqlstate::kNoActiveTransaction, "the transaction has ended");
}

// Names. A name that no committed transaction has logged yet is logged here, with all before it, so that ids
// have no gaps at recovery whichever transaction commits first.
void GraphTransaction::log_names(NameKind kind, uint32_t id) {
  Catalog& catalog = parts_.catalog;
  uint32_t from = std::max(catalog.logged(kind), state_ ? state_->logged[size_t(kind)] : 0);
  if (id < from) return;
  if (kind == NameKind::kLabelSet)
    for (uint32_t set = from; set <= id; ++set)
      for (LabelId l : catalog.labels(LabelSetId(set))) log_names(NameKind::kLabel, l.value);
  TransactionState& s = state();
  Logged mark{redo_.size(), {}};
  std::copy(std::begin(s.logged), std::end(s.logged), mark.before);
  logged_.push_back(mark);
  for (; from <= id; ++from) switch (kind) {
      case NameKind::kLabel: redo::name(redo_, kind, from, catalog.name(LabelId(from))); break;
      case NameKind::kRelType: redo::name(redo_, kind, from, catalog.name(RelTypeId(from))); break;
      case NameKind::kKey: redo::name(redo_, kind, from, catalog.name(KeyId(from))); break;
      case NameKind::kLabelSet: redo::label_set(redo_, LabelSetId(from), catalog.labels(LabelSetId(from))); break;
    }
  s.logged[size_t(kind)] = id + 1;
}

// Interned at once and logged with the first change that uses it.
LabelId GraphTransaction::label(std::string_view name) { return parts_.catalog.intern_label(name); }
RelTypeId GraphTransaction::rel_type(std::string_view name) { return parts_.catalog.intern_rel_type(name); }
KeyId GraphTransaction::key(std::string_view name) { return parts_.catalog.intern_key(name); }

template <class IdT>
UndoRecord* GraphTransaction::check_write(const Chunk& chunk, IdT id, bool* deleted) {
  constexpr bool kNode = std::is_same_v<IdT, NodeId>;
  const uint32_t row = id.value % kChunkRows;
  UndoRecord* head = chunk.head(row);
  for (UndoRecord* r = head; r; r = r->next.load(std::memory_order_acquire)) {
    Timestamp state = r->status->state.load(std::memory_order_acquire);
    if (r->status == status_.get() || state <= snapshot_.at) break;
    if (state == kAborted) continue;
    throw Conflict("could not serialize access due to concurrent update", r->status->shared_from_this(),
                   Waiters::Record{id.value} * 2 + kNode + 1);
  }
  if (!test(chunk.live, row)) {
    bool own = head && head->status == status_.get();
    if (!own || !deleted) throw_gone(kNode ? "node" : "relationship", id.value);
    *deleted = true;
  }
  return head;
}
template UndoRecord* GraphTransaction::check_write(const Chunk& chunk, NodeId id, bool* deleted);

NodeId GraphTransaction::create_node(LabelSetId labels) {
  log_names(NameKind::kLabelSet, labels.value);
  Savepoint before = position();
  TransactionState& s = state();
  NodeId node(parts_.node_rows[labels.value].take([&] { return parts_.open_node_chunk(labels); }));
  rcu::ReadGuard guard;
  NodeChunk& chunk = *parts_.nodes.of(node.value);
  uint32_t row = node.value % kChunkRows;
  {
    std::lock_guard lock(chunk.latch);
    chunk.take_row(row);
    if (auto* mixed = chunk.mixed.load(std::memory_order_relaxed))
      mixed[row].store(labels.value, std::memory_order_release);
    chunk.push(row, s.undo.add<UndoRecord>(status_.get(), UndoKind::kCreate, false, node.value));
    set(chunk.live, row);
  }
  s.statistics.nodes(labels, 1);
  redo::create_node(redo_, node, labels);
  notify(before, [&](ChangeObserver& o) { o.node_created(*this, node, labels); });
  return node;
}

RelId GraphTransaction::create_relationship(RelTypeId type, NodeId source, NodeId target) {
  check_open();
  rcu::ReadGuard guard;
  check_end(parts_, source, snapshot_), check_end(parts_, target, snapshot_);
  log_names(NameKind::kRelType, type.value);
  Savepoint before = position();
  TransactionState& s = state();
  RelId rel(parts_.rel_rows[type.value].take([&] { return parts_.open_rel_chunk(type); }));
  RelChunk& chunk = *parts_.rels.of(rel.value);
  uint32_t row = rel.value % kChunkRows;
  auto* record = s.undo.add<RelationshipRecord>(status_.get(), UndoKind::kCreate, true, rel.value);
  {
    std::lock_guard lock(chunk.latch);
    chunk.take_row(row);
    chunk.source[row] = source, chunk.target[row] = target;
    chunk.push(row, record);
    set(chunk.live, row);
  }
  count_relationship(parts_, s.statistics, type, source, target, 1);
  try {
    uint64_t stamp = stamp::of(status_.get());
    record->out = parts_.adjacency.append({type, Direction::kOut, source}, target, rel, stamp);
    record->in = parts_.adjacency.append({type, Direction::kIn, target}, source, rel, stamp);
    fence_ends();
    check_end(parts_, source, snapshot_), check_end(parts_, target, snapshot_);
  } catch (...) {
    restore_to(before);
    throw;
  }
  redo::create_relationship(redo_, rel, type, source, target);
  notify(before, [&](ChangeObserver& o) { o.relationship_created(*this, rel, type); });
  return rel;
}

// Of two transactions that add the same relationship, each has its entries in both lists before it looks at either of
// them: the second one to look sees the other, whichever list it takes. It takes the one with less in its tail, which is
// not the hub's.
void GraphTransaction::check_only_relationship(RelTypeId type, NodeId source, NodeId target, bool undirected) {
  auto check = [&](NodeId from, NodeId to) {
    const ListId out{type, Direction::kOut, from}, in{type, Direction::kIn, to};
    if (parts_.adjacency.tail_entries(out) <= parts_.adjacency.tail_entries(in))
      parts_.adjacency.check_no_concurrent_insert(out, snapshot_, to);
    else
      parts_.adjacency.check_no_concurrent_insert(in, snapshot_, from);
  };
  rcu::ReadGuard guard;
  check(source, target);
  if (undirected) check(target, source);
}

// As above each has its entry in the list, and its node complete, before it looks.
void GraphTransaction::check_only_neighbor(RelTypeId type, Direction direction, NodeId node,
                                           const std::function<bool(NodeId)>& alike) {
  rcu::ReadGuard guard;
  for (Direction d : {Direction::kOut, Direction::kIn}) {
    if (direction != Direction::kBoth && d != direction) continue;
    for (const AdjacencyStore::Insert& i : parts_.adjacency.concurrent_inserts({type, d, node}, snapshot_))
      if (alike(i.neighbor)) throw added_concurrently(i.writer);
  }
}

namespace {

// By the transaction itself: the ordinals of bulk writers' records count for themselves.
bool creates_row(const UndoRecord& r) {
  return r.kind == UndoKind::kCreate || (r.kind == UndoKind::kCreateRange && r.bits == kOwnRange);
}

}  // namespace

template <class IdT>
bool GraphTransaction::set_in(Chunk& chunk, IdT id, KeyId key, const Value& value, Value* before) {
  constexpr bool kRel = std::is_same_v<IdT, RelId>;
  uint32_t row = id.value % kChunkRows;
  Cell cell = make_cell(value);
  std::unique_lock lock(chunk.latch);
  UndoRecord* head;
  try {
    head = check_write(chunk, id);
  } catch (...) {
    free_cell(cell);
    throw;
  }
  if (cell.type == CellType::kNone && !chunk.column(key)) return false;
  Column& column = chunk.column_for(key);
  Cell old = column.get(row);
  if (cell.type == CellType::kNone && old.type == CellType::kNone) return false;
  TransactionState& s = state();
  const bool fresh = head && head->status == status_.get() && creates_row(*head) && head->ordinal >= floor_;
  if (!fresh) {
    auto* record = s.undo.add<UndoRecord>(status_.get(), UndoKind::kProperty, kRel, id.value);
    record->key = key.value;
    record->cell_type = old.type, record->bits = old.bits;
    chunk.push(row, record);
  }
  chunk.put(column, row, cell, fresh, s.garbage);
  if (fresh && old.type != CellType::kNone) s.garbage.push_back(old);
  lock.unlock();
  if (before) *before = cell_value(old);
  return true;
}

namespace {

bool watched(const Graph::Parts& parts, KeyId key) {
  for (const ChangeObserver* o : parts.observers)
    if (o->watches(key)) return true;
  return false;
}

}  // namespace

bool GraphTransaction::set_property(NodeId node, KeyId key, const Value& value) {
  check_open();
  rcu::ReadGuard guard;
  NodeChunk& chunk = need(parts_.nodes.of(node.value), "node", node.value);
  log_names(NameKind::kKey, key.value);
  Savepoint before = position();
  bool watch = watched(parts_, key);
  Value old;
  if (!set_in(chunk, node, key, value, watch ? &old : nullptr)) return false;
  LabelSetId labels = chunk.newest_labels(node.value % kChunkRows);
  redo::set_property(redo_, node, key, value);
  state_->observe(false, labels.value, key, type_mask_of(value));
  if (watch)
    notify(before, [&](ChangeObserver& o) {
      if (o.watches(key)) o.node_property_set(*this, node, labels, key, old, value);
    });
  return true;
}

bool GraphTransaction::set_property(RelId rel, KeyId key, const Value& value) {
  check_open();
  rcu::ReadGuard guard;
  RelChunk& chunk = need(parts_.rels.of(rel.value), "relationship", rel.value);
  log_names(NameKind::kKey, key.value);
  Savepoint before = position();
  bool watch = watched(parts_, key);
  Value old;
  if (!set_in(chunk, rel, key, value, watch ? &old : nullptr)) return false;
  redo::set_property(redo_, rel, key, value);
  state_->observe(true, chunk.type.value, key, type_mask_of(value));
  if (watch)
    notify(before, [&](ChangeObserver& o) {
      if (o.watches(key)) o.relationship_property_set(*this, rel, chunk.type, key, old, value);
    });
  return true;
}

bool GraphTransaction::add_label(NodeId node, LabelId label) { return relabel(node, label, true); }
bool GraphTransaction::remove_label(NodeId node, LabelId label) { return relabel(node, label, false); }

bool GraphTransaction::relabel(NodeId node, LabelId label, bool add) {
  check_open();
  rcu::ReadGuard guard;
  NodeChunk& chunk = need(parts_.nodes.of(node.value), "node", node.value);
  uint32_t row = node.value % kChunkRows;
  Savepoint before = position();
  LabelSetId old, next;
  {
    std::lock_guard lock(chunk.latch);
    check_write(chunk, node);
    old = chunk.newest_labels(row);
    next = add ? parts_.catalog.with_label(old, label) : parts_.catalog.without_label(old, label);
    if (next == old) return false;
    auto& told = chunk.other_sets;
    if (next != chunk.labels && std::find(told.begin(), told.end(), next) == told.end()) {
      told.push_back(next);
      for (ChangeObserver* o : parts_.observers) o->node_chunk_opened(ChunkId(node.value / kChunkRows), next);
    }
    auto* record = state().undo.add<UndoRecord>(status_.get(), UndoKind::kLabels, false, node.value);
    record->bits = old.value;
    chunk.push(row, record);
    chunk.make_mixed()[row].store(next.value, std::memory_order_release);
  }
  log_names(NameKind::kLabelSet, next.value);
  count_relabelled(parts_, state_->statistics, snapshot_, node, old, next);
  for (auto& column :
       chunk.columns.load(std::memory_order_acquire) ? chunk.columns.load()->columns : std::vector<Column*>())
    if (Cell c = column->get(row); c.type != CellType::kNone)
      state_->observe(false, next.value, column->key, type_mask_of(cell_value(c)));
  redo::set_labels(redo_, node, next);
  notify(before, [&](ChangeObserver& o) { o.node_labels_changed(*this, node, old, next); });
  return true;
}

bool GraphTransaction::delete_relationship(RelId rel) {
  check_open();
  rcu::ReadGuard guard;
  RelChunk& chunk = need(parts_.rels.of(rel.value), "relationship", rel.value);
  uint32_t row = rel.value % kChunkRows;
  Savepoint before = position();
  RelationshipRecord* record;
  {
    std::lock_guard lock(chunk.latch);
    bool deleted = false;
    check_write(chunk, rel, &deleted);
    if (deleted) return false;
    record = state().undo.add<RelationshipRecord>(status_.get(), UndoKind::kDelete, true, rel.value);
    chunk.push(row, record);
    clear(chunk.live, row);
  }
  NodeId source = chunk.source[row], target = chunk.target[row];
  uint64_t stamp = stamp::of(status_.get()) | stamp::kDeleteBit;
  record->out = parts_.adjacency.append({chunk.type, Direction::kOut, source}, target, rel, stamp);
  record->in = parts_.adjacency.append({chunk.type, Direction::kIn, target}, source, rel, stamp);
  count_relationship(parts_, state_->statistics, chunk.type, source, target, -1);
  redo::delete_relationship(redo_, rel);
  notify(before, [&](ChangeObserver& o) { o.relationship_deleted(*this, rel, chunk.type); });
  return true;
}

uint64_t GraphTransaction::delete_relationships(std::span<const RelId> rels) {
  constexpr size_t kReadSection = 512;  // relationships
  const ListsAhead ahead(parts_);
  uint64_t deleted = 0;
  for (size_t begin = 0; begin < rels.size(); begin += kReadSection) {
    rcu::ReadGuard guard;
    const std::span<const RelId> section = rels.subspan(begin, std::min(kReadSection, rels.size() - begin));
    for (size_t i = 0; i < section.size(); ++i) {
      ahead.ask([&](size_t further) { return i + further < section.size() ? section[i + further] : RelId(); });
      deleted += delete_relationship(section[i]);
    }
  }
  return deleted;
}

namespace {

void check_no_degree(const Reader& reader, const Adjacency& lists, Direction direction, RelTypeId type,
                     std::span<const NodeId> deleted) {
  constexpr size_t kAhead = 8;
  const auto ahead = [&](size_t i, auto&& prefetch) {
    if (i < deleted.size()) prefetch(deleted[i]);
  };
  for (size_t i = 0; i < deleted.size(); ++i) {
    ahead(i + kAhead * 3, [&](NodeId n) { lists.prefetch_word(n); });
    ahead(i + kAhead * 2, [&](NodeId n) { lists.prefetch_tail(n); });
    ahead(i + kAhead, [&](NodeId n) { lists.prefetch_newest_block(n); });
    if (reader.degree(deleted[i], direction, type))
      throw Error(sqlstate::kForeignKeyViolation,
                  "cannot delete node with id " + std::to_string(deleted[i].value) + " because it still has relationships")
          .with_hint("Delete the relationships first, or use DETACH DELETE.");
  }
}

}  // namespace

void GraphTransaction::check_deletes() {
  if (deleted_.empty()) return;
  std::vector<NodeId> deleted = std::move(deleted_);
  deleted_.clear();
  rcu::ReadGuard guard;
  Reader reader(parts_.graph, snapshot_);
  std::erase_if(deleted, [&](NodeId node) { return reader.visible(node); });  // the delete was rolled back
  for (uint32_t t = 0; t < parts_.catalog.rel_type_count(); ++t)
    for (Direction d : {Direction::kOut, Direction::kIn})
      if (const Adjacency* lists = parts_.adjacency.find(RelTypeId(t), d))
        check_no_degree(reader, *lists, d, RelTypeId(t), deleted);
}

BulkLinks& GraphTransaction::bulk_links() {
  if (!bulk_links_) bulk_links_ = std::make_unique<BulkLinks>(*this);
  return *bulk_links_;
}

void GraphTransaction::link_bulk(const RunParallel& run) {
  if (bulk_links_) bulk_links_->link(run);
}

Transaction::Savepoint GraphTransaction::position() const {
  if (!state_) return {0, redo_.size(), 0, 0, 0};
  return {state_->undo.count(), redo_.size(), state_->late.count(), state_->at_rollback.size(), state_->bulk_undo.size()};
}

Transaction::Savepoint GraphTransaction::savepoint() const {
  floor_ = state_ ? state_->undo.count() : 0;
  return position();
}

void GraphTransaction::rollback_to(const Savepoint& to) {
  check_open();
  rcu::ReadGuard guard;
  restore_to(to);
  floor_ = state_ ? state_->undo.count() : 0;
}

void GraphTransaction::restore_to(const Savepoint& to) {
  redo_.resize(to.redo);
  if (!state_) return;
  while (!logged_.empty() && logged_.back().redo >= to.redo) {
    std::copy(std::begin(logged_.back().before), std::end(logged_.back().before), state_->logged);
    logged_.pop_back();
  }
  for (UndoRecord* r = state_->undo.last(); r && r->ordinal >= to.undo; r = r->previous) state_->restore(*r, &snapshot_);
  for (size_t part = to.bulk; part < state_->bulk_undo.size(); ++part)
    for (UndoRecord* r = state_->bulk_undo[part]->last(); r; r = r->previous) state_->restore(*r, &snapshot_);
  state_->bulk_failed = nullptr;
  if (bulk_links_) bulk_links_->clear();
  state_->late.roll_back(to.late);
  while (state_->at_rollback.size() > to.rollbacks) {
    auto work = std::move(state_->at_rollback.back());
    state_->at_rollback.pop_back();
    work();
  }
}

void GraphTransaction::leave_record(LateWork& work, std::initializer_list<std::string_view> parts) {
  TransactionState& s = state();
  s.late.add(s.undo.memory(), work, parts);
}

void GraphTransaction::at_rollback(std::function<void()> work) {
  std::lock_guard lock(bulk_mutex_);
  state().at_rollback.push_back(std::move(work));
}

void GraphTransaction::log_definition(std::string_view payload) {
  state();
  redo::definition(redo_, payload);
}

namespace {

// Hands the aborted state to the vacuum: its records stay in the chains until readers have gone by.
void finish_aborted(const std::shared_ptr<TransactionState>& state) {
  {
    rcu::ReadGuard guard;
    state->abort();
  }
  Graph::Parts& parts = *state->parts;
  {
    std::lock_guard lock(parts.finished.mutex);
    parts.finished.aborted.push_back(state);
  }
  state->status->ended();
}

void finish(const std::shared_ptr<TransactionState>& state, Timestamp at, std::exception_ptr error,
            const Transaction::Done& done) {
  if (error) {
    finish_aborted(state);
    return done(error);
  }
  Graph::Parts& parts = *state->parts;
  state->publish(at);
  {
    std::lock_guard lock(parts.finished.mutex);
    parts.finished.committed.push_back(state);
  }
  // One store makes the whole transaction visible. seq_cst for SnapshotSlots' argument.
  parts.last_committed.store(at, std::memory_order_seq_cst);
  state->status->ended();
  done(nullptr);
}

}  // namespace

void GraphTransaction::commit(Durability durability, Done done) {
  check_open();
  ended_ = true;
  if (!state_) {
    SnapshotSlots::end(*slot_);
    slot_->spare = std::move(status_);
    return done(nullptr);
  }
  if (bulk_links_ && !bulk_links_->empty() && !state_->bulk_failed)
    state_->bulk_failed =
        std::make_exception_ptr(Error(sqlstate::kInternalError, "a bulk load ended before its relationships were linked"));
  std::shared_ptr<TransactionState> state = std::move(state_);
  if (reads_ && !state->bulk_failed && !redo_.empty())
    return commit_serializable(std::move(state), durability, std::move(done));
  SnapshotSlots::end(*slot_);
  if (state->bulk_failed) return finish(state, 0, state->bulk_failed, done);
  if (redo_.empty()) {  // everything was rolled back
    finish_aborted(state);
    return done(nullptr);
  }
  const void* writer = state.get();
  auto publish = [state = std::move(state), done = std::move(done)](Timestamp at, std::exception_ptr e) {
    finish(state, at, e, done);
  };
  parts_.log->submit({std::move(redo_), durability, std::move(publish), nullptr, writer});
}

// Compares here with what there is, so that the log's thread is left with what was committed since.
void GraphTransaction::commit_serializable(std::shared_ptr<TransactionState> state, Durability durability, Done done) {
  auto check = std::make_shared<SerializableCommit>(parts_, slot_, snapshot_.at, std::move(reads_));
  if (std::exception_ptr refused = check->check({})) {
    check->end();
    return finish(state, 0, refused, done);
  }
  const void* writer = state.get();
  auto publish = [state = std::move(state), check, done = std::move(done)](Timestamp at, std::exception_ptr e) {
    check->end();  // before the session may take up its slot again
    finish(state, at, e, done);
  };
  auto admit = [check](std::span<const void* const> waiting) { return check->check(waiting); };
  parts_.log->submit({std::move(redo_), durability, std::move(publish), std::move(admit), writer});
}

void GraphTransaction::rollback() {
  if (ended_) return;
  ended_ = true;
  if (state_) {
    finish_aborted(state_);
    state_.reset();
  } else {
    slot_->spare = std::move(status_);
  }
  SnapshotSlots::end(*slot_);
}

void GraphTransaction::tell_types() {
  if (has_writes()) state().tell_types();
}

}  // namespace elegraph::storage
