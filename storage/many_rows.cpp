// SPDX-License-Identifier: Apache-2.0
#include "storage/many_rows.h"

#include <algorithm>
#include <utility>

#include "storage/graph_transaction.h"
#include "storage/lists_ahead.h"
#include "storage/new_rows.h"
#include "storage/rcu.h"
#include "storage/redo.h"
#include "storage/relationship_ends.h"

// Rows that are created together take a latch, an undo record (of nodes) and a redo record for a stretch of them, and the
// observers are called once.
namespace elegraph::storage {

namespace {

// How many of the ids, from the first on, are a stretch of one chunk.
template <class IdT>
uint32_t stretch(std::span<const IdT> ids) {
  uint32_t n = 1;
  while (n < ids.size() && ids[n].value == ids[0].value + n && ids[n].value % kChunkRows != 0) ++n;
  return n;
}

void count_ends(const Graph::Parts& parts, StatisticsDelta& delta, RelTypeId type, Direction d,
                std::span<const NodeId> nodes) {
  LabelSetId last;
  int64_t count = 0;
  for (NodeId node : nodes) {
    const LabelSetId labels = parts.nodes.of(node.value)->newest_labels(node.value % kChunkRows);
    if (labels != last && count != 0) delta.ends(last, type, d, std::exchange(count, 0));
    last = labels, ++count;
  }
  if (count != 0) delta.ends(last, type, d, count);
}

void check_ends(const Graph::Parts& parts, const Snapshot& snapshot, std::span<const NodeId> sources,
                std::span<const NodeId> targets) {
  for (size_t i = 0; i < sources.size(); ++i)
    check_end(parts, sources[i], snapshot), check_end(parts, targets[i], snapshot);
}

}  // namespace

template <class Owner>
void GraphTransaction::log_columns(Owner owner, std::span<const BulkWriter::Column> columns, size_t count) {
  constexpr bool kRelationship = std::is_same_v<Owner, RelTypeId>;
  log_names(kRelationship ? NameKind::kRelType : NameKind::kLabelSet, owner.value);
  for (const BulkWriter::Column& c : columns) {
    log_names(NameKind::kKey, c.key.value);
    state().observe(kRelationship, owner.value, c.key, types_of(*c.values, uint32_t(count)));
  }
}

void GraphTransaction::create_nodes(LabelSetId labels, std::span<const BulkWriter::Column> columns, std::span<NodeId> out) {
  check_open();
  log_columns(labels, columns, out.size());
  const Savepoint before = position();
  TransactionState& s = state();
  rcu::ReadGuard guard;
  RowAllocator& ids = parts_.node_rows[labels.value];
  for (NodeId& node : out) node = NodeId(ids.take([&] { return parts_.open_node_chunk(labels); }));
  uint32_t done = 0;
  try {
    while (done < out.size()) {
      const uint32_t first = out[done].value, n = stretch<NodeId>(out.subspan(done));
      NodeChunk& chunk = *parts_.nodes.of(first);
      const NewRows rows{first, n, done, false};
      auto* record = s.undo.add<UndoRecord>(status_.get(), UndoKind::kCreateRange, false, first);
      record->key = n, record->bits = kOwnRange;
      s.statistics.nodes(labels, n);
      done += n;
      set_labels(chunk, rows, labels);
      create_rows(chunk, rows, columns, record, s.garbage);
      redo::bulk_nodes(redo_, labels, NodeId(first), rows.offset, n, columns);
    }
  } catch (...) {
    for (const NodeId node : out.subspan(done)) ids.give_back(node.value);
    restore_to(before);
    throw;
  }
  notify(before, [&](ChangeObserver& o) { o.nodes_created(*this, out, labels, columns); });
}

void GraphTransaction::create_relationships(RelTypeId type, std::span<const NodeId> sources,
                                            std::span<const NodeId> targets, std::span<const BulkWriter::Column> columns,
                                            std::span<RelId> out) {
  check_open();
  rcu::ReadGuard guard;
  check_ends(parts_, snapshot_, sources, targets);
  log_columns(type, columns, out.size());
  const Savepoint before = position();
  std::vector<RelationshipRecord*> records;
  records.reserve(out.size());
  RowAllocator& ids = parts_.rel_rows[type.value];
  for (RelId& rel : out) rel = RelId(ids.take([&] { return parts_.open_rel_chunk(type); }));
  uint32_t done = 0;
  try {
    while (done < out.size()) {
      const uint32_t first = out[done].value, n = stretch<RelId>(out.subspan(done));
      const uint32_t offset = std::exchange(done, done + n);
      create_relationship_rows(type, {first, n, offset, true}, sources.subspan(offset, n), targets.subspan(offset, n),
                               columns, records);
    }
    link(type, sources, targets, out, records);
    fence_ends();
    check_ends(parts_, snapshot_, sources, targets);
  } catch (...) {
    for (const RelId rel : out.subspan(done)) ids.give_back(rel.value);
    restore_to(before);
    throw;
  }
  notify(before, [&](ChangeObserver& o) { o.relationships_created(*this, out, type, columns); });
}

// Each has a record of its own, which will know its entries in the lists. They are in the chunk before the rows are live.
void GraphTransaction::create_relationship_rows(RelTypeId type, const NewRows& rows, std::span<const NodeId> sources,
                                                std::span<const NodeId> targets,
                                                std::span<const BulkWriter::Column> columns,
                                                std::vector<RelationshipRecord*>& records) {
  TransactionState& s = state();
  for (uint32_t i = 0; i < rows.count; ++i)
    records.push_back(s.undo.add<RelationshipRecord>(status_.get(), UndoKind::kCreate, true, rows.first + i));
  s.statistics.relationships(type, rows.count);
  count_ends(parts_, s.statistics, type, Direction::kOut, sources);
  count_ends(parts_, s.statistics, type, Direction::kIn, targets);
  RelChunk& chunk = *parts_.rels.of(rows.first);
  const uint32_t row = rows.first % kChunkRows;
  {
    std::lock_guard lock(chunk.latch);
    chunk.take_rows(row, rows.count);
    std::ranges::copy(sources, chunk.source + row);
    std::ranges::copy(targets, chunk.target + row);
    for (uint32_t i = 0; i < rows.count; ++i) chunk.push(row + i, records[rows.offset + i]);
    set_range(chunk.live, row, rows.count);
    for (const BulkWriter::Column& c : columns)
      chunk.fill(chunk.column_for(c.key), row, *c.values, rows.offset, rows.count, s.garbage);
  }
  redo::bulk_relationships(redo_, type, RelId(rows.first), sources, targets, rows.offset, columns);
}

void GraphTransaction::link(RelTypeId type, std::span<const NodeId> sources, std::span<const NodeId> targets,
                            std::span<const RelId> rels, std::span<RelationshipRecord* const> records) {
  const uint64_t stamp = stamp::of(status_.get());
  const ListsAhead ahead(parts_);
  for (size_t i = 0; i < rels.size(); ++i) {
    ahead.ask([&](size_t further) { return i + further < rels.size() ? rels[i + further] : RelId(); });
    records[i]->out = parts_.adjacency.append({type, Direction::kOut, sources[i]}, targets[i], rels[i], stamp);
    records[i]->in = parts_.adjacency.append({type, Direction::kIn, targets[i]}, sources[i], rels[i], stamp);
  }
}

size_t GraphTransaction::add_relationships(std::span<const NodeId> nodes, size_t enough, std::vector<RelId>& out) {
  rcu::ReadGuard guard;
  const Reader reader(parts_.graph, snapshot_);
  const NodeListsAhead ahead(parts_);
  NeighborScratch scratch;
  const uint32_t types = parts_.catalog.rel_type_count();
  size_t done = 0;
  for (; done < nodes.size() && out.size() < enough; ++done) {
    ahead.ask(nodes, done);
    for (uint32_t type = 0; type < types; ++type)
      for (Direction d : {Direction::kOut, Direction::kIn}) {
        const Neighbors list = reader.neighbors(nodes[done], d, RelTypeId(type), scratch);
        out.insert(out.end(), list.rels, list.rels + list.count);
      }
  }
  return done;
}

bool GraphTransaction::delete_node(NodeId node) { return delete_nodes({&node, 1}) == 1; }

uint64_t GraphTransaction::delete_nodes(std::span<const NodeId> nodes) {
  constexpr size_t kReadSection = 512;
  check_open();
  uint64_t deleted = 0;
  for (; !nodes.empty(); nodes = nodes.subspan(std::min(kReadSection, nodes.size())))
    deleted += delete_section(nodes.first(std::min(kReadSection, nodes.size())));
  return deleted;
}

uint64_t GraphTransaction::delete_section(std::span<const NodeId> nodes) {
  rcu::ReadGuard guard;
  const Savepoint before = position();
  std::vector<NodeId> gone;
  gone.reserve(nodes.size());
  try {
    while (!nodes.empty()) nodes = nodes.subspan(mark_deleted(nodes, gone));
    fence_ends();
    check_lists(gone);
  } catch (...) {
    restore_to(before);
    throw;
  }
  for (const NodeId node : gone) redo::delete_node(redo_, node);
  notify(before, [&](ChangeObserver& o) {
    for (const NodeId node : gone)
      o.node_deleted(*this, node, parts_.nodes.of(node.value)->newest_labels(node.value % kChunkRows));
  });
  return gone.size();
}

// The first ones, as far as they are of one chunk; those that were there are `gone`. -> how many
size_t GraphTransaction::mark_deleted(std::span<const NodeId> nodes, std::vector<NodeId>& gone) {
  const uint32_t id = nodes[0].value / kChunkRows;
  NodeChunk& chunk = need(parts_.nodes.find(id), "node", nodes[0].value);
  size_t n = 0;
  std::lock_guard lock(chunk.latch);
  for (; n < nodes.size() && nodes[n].value / kChunkRows == id; ++n) {
    const uint32_t row = nodes[n].value % kChunkRows;
    bool before = false;
    check_write(chunk, nodes[n], &before);
    if (before) continue;
    chunk.push(row, state().undo.add<UndoRecord>(status_.get(), UndoKind::kDelete, false, nodes[n].value));
    clear(chunk.live, row);
    state_->statistics.nodes(chunk.newest_labels(row), -1);
    gone.push_back(nodes[n]);
  }
  return n;
}

// Nobody may have added to their lists. Where these are empty they stay so, as there is no node any more; others are for
// check_deletes(), since their relationships may go with the rest of the statement.
void GraphTransaction::check_lists(std::span<const NodeId> gone) {
  const NodeListsAhead ahead(parts_);
  const Reader reader(parts_.graph, snapshot_);
  const uint32_t types = parts_.catalog.rel_type_count();
  for (size_t i = 0; i < gone.size(); ++i) {
    ahead.ask(gone, i);
    bool empty = true;
    for (uint32_t t = 0; t < types; ++t)
      for (Direction d : {Direction::kOut, Direction::kIn}) {
        parts_.adjacency.check_no_concurrent_insert({RelTypeId(t), d, gone[i]}, snapshot_);
        empty = empty && reader.degree(gone[i], d, RelTypeId(t)) == 0;
      }
    if (!empty) deleted_.push_back(gone[i]);
  }
}

namespace {

GraphTransaction& graphs(Transaction& transaction) { return static_cast<GraphTransaction&>(transaction); }

}  // namespace

void create_nodes(Transaction& transaction, LabelSetId labels, std::span<const BulkWriter::Column> columns,
                  std::span<NodeId> out) {
  graphs(transaction).create_nodes(labels, columns, out);
}

void create_relationships(Transaction& transaction, RelTypeId type, std::span<const NodeId> sources,
                          std::span<const NodeId> targets, std::span<const BulkWriter::Column> columns,
                          std::span<RelId> out) {
  graphs(transaction).create_relationships(type, sources, targets, columns, out);
}

size_t add_relationships(Transaction& transaction, std::span<const NodeId> nodes, size_t enough, std::vector<RelId>& out) {
  return graphs(transaction).add_relationships(nodes, enough, out);
}

uint64_t delete_nodes(Transaction& transaction, std::span<const NodeId> nodes) {
  return graphs(transaction).delete_nodes(nodes);
}

}  // namespace elegraph::storage
