// SPDX-License-Identifier: Apache-2.0
#include "storage/memory_report.h"

#include <algorithm>

#include "storage/graph_parts.h"
#include "storage/rcu.h"
#include "storage/transaction_state.h"

namespace elegraph::storage {

namespace {

uint64_t blob_bytes(const Cell& cell) {
  const Blob* b = cell_blob(cell.type, cell.bits);
  return b ? b->allocated() : 0;
}

uint64_t column_bytes(const Column& column) {
  uint64_t bytes = sizeof(Column);
  if (const Cells* c = column.cells.load(std::memory_order_acquire)) {
    bytes += Cells::bytes(c->type);
    for (uint32_t row = 0; has_blobs(c->type) && row < kChunkRows; ++row) bytes += blob_bytes(c->get(row));
  } else if (const SparseCells* s = column.sparse.load(std::memory_order_acquire)) {
    bytes += sizeof(SparseCells);
    for (uint32_t i = 0; i < s->count; ++i) bytes += blob_bytes(s->entries[i].cell);
  }
  return bytes;
}

void add_chunk(const Chunk& chunk, MemoryReport& report) {
  if (chunk.versions.load(std::memory_order_acquire)) report.undo_bytes += sizeof(Versions);
  if (const ColumnTable* t = chunk.columns.load(std::memory_order_acquire))
    for (const Column* c : t->columns) report.property_bytes += column_bytes(*c);
}

void add_lists(const Graph::Parts& parts, MemoryReport& report) {
  for (uint32_t t = 0; t < parts.catalog.rel_type_count(); ++t)
    for (Direction d : {Direction::kOut, Direction::kIn})
      if (const Adjacency* lists = parts.adjacency.find(RelTypeId(t), d))
        for (uint32_t c = 0; c < lists->chunks(); ++c)
          report.node_bytes += sizeof(void*) + (lists->block(c) ? sizeof(Adjacency::Block) : 0);
  report.relationship_bytes += parts.adjacency.slab().used_bytes() + parts.adjacency.tail_bytes();
  const uint64_t used = parts.adjacency.slab().used_bytes(), reserved = parts.adjacency.slab().reserved_bytes();
  report.free_bytes = reserved - std::min(used, reserved);
}

uint64_t undo_bytes(const TransactionState& state) {
  uint64_t bytes = state.undo.bytes();
  for (auto& part : state.bulk_undo) bytes += part->bytes();
  return bytes;
}

}  // namespace

MemoryReport memory_report(const Graph& graph) {
  Graph::Parts& parts = const_cast<Graph&>(graph).parts();
  MemoryReport report;
  report.nodes = parts.statistics.node_count();
  report.relationships = parts.statistics.relationship_count();
  {
    rcu::ReadGuard guard;
    for (uint32_t c = 0; c < parts.nodes.count(); ++c)
      if (const NodeChunk* chunk = parts.nodes.find(c)) {
        report.node_bytes += sizeof(NodeChunk);
        if (chunk->mixed.load(std::memory_order_acquire)) report.node_bytes += sizeof(uint32_t) * kChunkRows;
        add_chunk(*chunk, report);
      }
    for (uint32_t c = 0; c < parts.rels.count(); ++c)
      if (const RelChunk* chunk = parts.rels.find(c)) {
        report.relationship_bytes += sizeof(RelChunk);
        add_chunk(*chunk, report);
      }
    add_lists(parts, report);
  }
  std::lock_guard lock(parts.finished.mutex);
  for (auto& s : parts.finished.committed) report.undo_bytes += undo_bytes(*s);
  for (auto& s : parts.finished.aborted) report.undo_bytes += undo_bytes(*s);
  return report;
}

}  // namespace elegraph::storage
