// SPDX-License-Identifier: Apache-2.0
#include "storage/graph.h"

#include "storage/bulk_writer.h"
#include "storage/graph_parts.h"
#include "storage/graph_transaction.h"
#include "storage/rcu.h"

namespace elegraph::storage {

Graph::Graph() : parts_(std::make_unique<Parts>(*this)) {}

// Retired runs and blocks name the store that they go back to. Callbacks may retire more.
Graph::~Graph() {
  parts_->finished.committed.clear();
  parts_->finished.aborted.clear();
  for (auto& [at, cell] : parts_->late_garbage) free_cell(cell);
  rcu::drain();
}

Catalog& Graph::catalog() { return parts_->catalog; }
const Catalog& Graph::catalog() const { return parts_->catalog; }
const Statistics& Graph::statistics() const { return parts_->statistics; }

Graph::SnapshotSlot* Graph::open_slot() { return parts_->slots.open(); }
void Graph::close_slot(SnapshotSlot* slot) { parts_->slots.close(slot); }
std::unique_ptr<Transaction> Graph::begin(SnapshotSlot* slot) { return std::make_unique<GraphTransaction>(*parts_, slot); }
std::unique_ptr<BulkWriter> Graph::bulk_writer(Transaction& transaction) {
  return make_bulk_writer(static_cast<GraphTransaction&>(transaction));
}

void Graph::observe(ChangeObserver* observer) { parts_->observers.push_back(observer); }
void Graph::attach_log(CommitLog* log) { parts_->log = log; }

Timestamp Graph::last_committed() const { return parts_->last_committed.load(std::memory_order_acquire); }
Timestamp Graph::horizon() const { return parts_->slots.horizon(parts_->last_committed); }

namespace {

const TransactionStatus* in_flight(const UndoRecord* head) {
  for (const UndoRecord* r = head; r; r = r->next.load(std::memory_order_acquire)) {
    Timestamp state = r->status->state.load(std::memory_order_acquire);
    if (state == kAborted) continue;
    return state == kActive ? r->status : nullptr;
  }
  return nullptr;
}

Value newest_value(const Chunk* chunk, uint32_t row, KeyId key) {
  const Column* column = chunk ? chunk->column(key) : nullptr;
  return column ? cell_value(column->get(row)) : Value();
}

}  // namespace

NewestNode Graph::newest(NodeId node) const {
  const NodeChunk* c = parts_->nodes.of(node.value);
  if (!c) return {};
  uint32_t row = node.value % kChunkRows;
  bool live = test(c->live, row);
  return {live, c->newest_labels(row), in_flight(c->head(row))};
}

Graph::NewestRelationship Graph::newest(RelId rel) const {
  const RelChunk* c = parts_->rels.of(rel.value);
  if (!c) return {};
  bool live = test(c->live, rel.value % kChunkRows);
  return {live, in_flight(c->head(rel.value % kChunkRows))};
}

Value Graph::newest_property(NodeId node, KeyId key) const {
  return newest_value(parts_->nodes.of(node.value), node.value % kChunkRows, key);
}
Value Graph::newest_property(RelId rel, KeyId key) const {
  return newest_value(parts_->rels.of(rel.value), rel.value % kChunkRows, key);
}

void ChangeObserver::nodes_created(Transaction& t, std::span<const NodeId> nodes, LabelSetId labels,
                                   std::span<const BulkWriter::Column> columns) {
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    node_created(t, nodes[i], labels);
    for (auto& column : columns)
      if (watches(column.key) && column.values->valid(i))
        node_property_set(t, nodes[i], labels, column.key, Value(), column.values->value(i));
  }
}

void ChangeObserver::relationships_created(Transaction& t, std::span<const RelId> rels, RelTypeId type,
                                           std::span<const BulkWriter::Column> columns) {
  for (uint32_t i = 0; i < rels.size(); ++i) {
    relationship_created(t, rels[i], type);
    for (auto& column : columns)
      if (watches(column.key) && column.values->valid(i))
        relationship_property_set(t, rels[i], type, column.key, Value(), column.values->value(i));
  }
}

}  // namespace elegraph::storage
