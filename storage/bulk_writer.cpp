// SPDX-License-Identifier: Apache-2.0
#include "storage/bulk_writer.h"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include "storage/bulk_links.h"
#include "storage/error.h"
#include "storage/new_rows.h"
#include "storage/page_allocator.h"
#include "storage/rcu.h"
#include "storage/redo.h"
#include "storage/relationship_ends.h"

namespace elegraph::storage {

namespace {

// Where so many relationships wait that a writer links its own before the end, it does so with so many at least: later
// rounds take as many as were linked before. A list gets one run for each round, so a number of rounds in proportion to the
// load would cost more than in proportion to it.
constexpr size_t kLeastBatch = size_t{4} << 20;
constexpr size_t kLargestBatch = size_t{32} << 20;

// The first writer makes the transaction's state; writers are opened by several threads at once.
TransactionState& state_of(GraphTransaction& t) {
  std::lock_guard lock(t.bulk_mutex());
  return t.state();
}

BulkLinks& links_of(GraphTransaction& t) {
  std::lock_guard lock(t.bulk_mutex());
  return t.bulk_links();
}

class ChunkBulkWriter final : public BulkWriter {
 public:
  explicit ChunkBulkWriter(GraphTransaction& t) : t_(t), state_(state_of(t)), links_(links_of(t)), parts_(*state_.parts) {
    std::lock_guard lock(t_.bulk_mutex());
    state_.bulk_undo.push_back(std::make_unique<UndoBuffer>());
    undo_ = state_.bulk_undo.back().get();
  }
  ~ChunkBulkWriter() override {
    try {
      if (std::uncaught_exceptions() > 0)
        throw Error(sqlstate::kInternalError, "a bulk load ended before its relationships were linked");
      finish();
    } catch (...) {
      std::lock_guard lock(t_.bulk_mutex());
      state_.bulk_failed = std::current_exception();
      merge();
    }
  }

  void create_nodes(LabelSetId labels, uint32_t count, std::span<const Column> columns, NodeId* out) override;
  void create_relationships(RelTypeId type, std::span<const NodeId> sources, std::span<const NodeId> targets,
                            std::span<const Column> columns) override;
  void finish() override;
  void hand_over() override;

 private:
  struct Open {
    uint32_t next = 0, end = 0;  // row ids
  };
  // Before they are filled: rows of which that fails come back through the undo record alone.
  static uint32_t take(Open& open, uint32_t count) { return std::exchange(open.next, open.next + count); }
  void log(NameKind kind, uint32_t id, std::span<const Column> columns, std::string&& redo);
  void observe(bool relationship, uint32_t owner, uint32_t count, std::span<const Column> columns);
  void create(Chunk& chunk, const NewRows& rows, std::span<const Column> columns);
  void link_all();
  void merge();

  GraphTransaction& t_;
  TransactionState& state_;
  BulkLinks& links_;
  Graph::Parts& parts_;
  UndoBuffer* undo_;
  std::vector<Cell> garbage_;
  StatisticsDelta statistics_;
  std::map<uint32_t, Open> open_nodes_, open_rels_;
  std::map<uint32_t, BulkLinks::Relationships> unlinked_;  // by type
  size_t unlinked_count_ = 0, linked_count_ = 0;
};

void ChunkBulkWriter::log(NameKind kind, uint32_t id, std::span<const Column> columns, std::string&& redo) {
  std::lock_guard lock(t_.bulk_mutex());
  t_.log_names(kind, id);
  for (const Column& c : columns) t_.log_names(NameKind::kKey, c.key.value);
  t_.redo() += redo;
}

void ChunkBulkWriter::observe(bool relationship, uint32_t owner, uint32_t count, std::span<const Column> columns) {
  std::lock_guard lock(t_.bulk_mutex());
  for (const Column& c : columns) state_.observe(relationship, owner, c.key, types_of(*c.values, count));
}

// The rows are counted before: taking the record back counts them off again, wherever an error came between.
void ChunkBulkWriter::create(Chunk& chunk, const NewRows& rows, std::span<const Column> columns) {
  auto* record = undo_->add<UndoRecord>(state_.status.get(), UndoKind::kCreateRange, rows.relationships, rows.first);
  create_rows(chunk, rows, columns, record, garbage_);
}

void ChunkBulkWriter::create_nodes(LabelSetId labels, uint32_t count, std::span<const Column> columns, NodeId* out) {
  rcu::ReadGuard guard;
  Open& open = open_nodes_[labels.value];
  std::vector<NodeId> ids;
  ids.reserve(count);
  std::string redo;
  for (uint32_t done = 0; done < count;) {
    if (open.next == open.end) {
      open.next = parts_.node_rows[labels.value].take_chunk([&] { return parts_.open_node_chunk(labels); }) * kChunkRows;
      open.end = open.next + kChunkRows;
    }
    uint32_t n = std::min(count - done, open.end - open.next);
    const uint32_t first = take(open, n);
    statistics_.nodes(labels, n);
    NodeChunk& chunk = *parts_.nodes.of(first);
    const NewRows rows{first, n, done, false};
    set_labels(chunk, rows, labels);
    create(chunk, rows, columns);
    redo::bulk_nodes(redo, labels, NodeId(first), done, n, columns);
    for (uint32_t i = 0; i < n; ++i) ids.push_back(NodeId(first + i));
    done += n;
  }
  log(NameKind::kLabelSet, labels.value, columns, std::move(redo));
  observe(false, labels.value, count, columns);
  for (ChangeObserver* o : parts_.observers) o->nodes_created(t_, ids, labels, columns);
  if (out) std::copy(ids.begin(), ids.end(), out);
}

void ChunkBulkWriter::create_relationships(RelTypeId type, std::span<const NodeId> sources, std::span<const NodeId> targets,
                                           std::span<const Column> columns) {
  rcu::ReadGuard guard;
  for (const std::span<const NodeId> ends : {sources, targets})
    for (NodeId node : ends) check_end(parts_, node, t_.snapshot());
  uint32_t count = uint32_t(sources.size());
  Open& open = open_rels_[type.value];
  BulkLinks::Relationships& unlinked = unlinked_[type.value];
  std::vector<RelId> ids;
  ids.reserve(count);
  std::string redo;
  for (uint32_t done = 0; done < count;) {
    if (open.next == open.end) {
      open.next = parts_.rel_rows[type.value].take_chunk([&] { return parts_.open_rel_chunk(type); }) * kChunkRows;
      open.end = open.next + kChunkRows;
    }
    uint32_t n = std::min(count - done, open.end - open.next);
    const uint32_t first = take(open, n);
    RelChunk& chunk = *parts_.rels.of(first);
    std::copy_n(sources.begin() + done, n, chunk.source + first % kChunkRows);
    std::copy_n(targets.begin() + done, n, chunk.target + first % kChunkRows);
    for (uint32_t i = done; i < done + n; ++i) count_relationship(parts_, statistics_, type, sources[i], targets[i], 1);
    create(chunk, {first, n, done, true}, columns);
    redo::bulk_relationships(redo, type, RelId(first), sources.subspan(done, n), targets.subspan(done, n), done, columns);
    for (uint32_t i = 0; i < n; ++i) {
      ids.push_back(RelId(first + i));
      unlinked.push_back({sources[done + i].value, targets[done + i].value, first + i});
    }
    done += n;
  }
  log(NameKind::kRelType, type.value, columns, std::move(redo));
  observe(true, type.value, count, columns);
  unlinked_count_ += count;
  links_.count_waiting(count);
  if (unlinked_count_ >= std::clamp(linked_count_, kLeastBatch, kLargestBatch) && links_.too_many()) link_all();
  for (ChangeObserver* o : parts_.observers) o->relationships_created(t_, ids, type, columns);
}

void ChunkBulkWriter::link_all() {
  linked_count_ += std::exchange(unlinked_count_, 0);
  for (auto& [type, all] : unlinked_) links_.link_alone(RelTypeId(type), std::move(all), *undo_);
  unlinked_.clear();
}

void ChunkBulkWriter::merge() {
  state_.statistics.merge(statistics_);
  statistics_ = {};
  state_.garbage.insert(state_.garbage.end(), garbage_.begin(), garbage_.end());
  garbage_.clear();
  for (auto& [set, open] : open_nodes_) parts_.node_rows[set].give_back_range(open.next, open.end);
  for (auto& [type, open] : open_rels_) parts_.rel_rows[type].give_back_range(open.next, open.end);
  open_nodes_.clear(), open_rels_.clear();
}

void ChunkBulkWriter::finish() {
  link_all();
  std::lock_guard lock(t_.bulk_mutex());
  merge();
}

void ChunkBulkWriter::hand_over() {
  for (auto& [type, all] : unlinked_) links_.add(RelTypeId(type), std::move(all));
  unlinked_.clear();
  unlinked_count_ = 0;
  std::lock_guard lock(t_.bulk_mutex());
  merge();
}

}  // namespace

std::unique_ptr<BulkWriter> make_bulk_writer(GraphTransaction& transaction) {
  return std::make_unique<ChunkBulkWriter>(transaction);
}

}  // namespace elegraph::storage
