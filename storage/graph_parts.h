// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/adjacency.h"
#include "storage/chunk.h"
#include "storage/graph_interface.h"
#include "storage/live_statistics.h"
#include "storage/memory_log.h"
#include "storage/row_allocator.h"
#include "storage/segmented.h"
#include "storage/snapshot_slots.h"

namespace elegraph::storage {

struct TransactionState;

// What a finished transaction leaves to the vacuum.
struct VacuumQueue {
  std::mutex mutex;
  std::deque<std::shared_ptr<TransactionState>> committed;  // in commit order
  std::vector<std::shared_ptr<TransactionState>> aborted;
};

// A deleted relationship whose row is free once both lists no longer mention it.
struct PendingRelationship {
  RelId rel;
  ListId out, in;
  uint64_t sequence;
};

struct Graph::Parts {
  explicit Parts(Graph& g) : graph(g), statistics(catalog, adjacency) {}

  Graph& graph;
  std::atomic<Timestamp> last_committed{0};
  CommitLog* log = &memory_log;

  alignas(64) ChunkDirectory<NodeChunk> nodes;
  ChunkDirectory<RelChunk> rels;
  AdjacencyStore adjacency;

  Catalog catalog;
  LiveStatistics statistics;
  Segmented<RowAllocator> node_rows;  // by label set
  Segmented<RowAllocator> rel_rows;   // by type
  std::vector<ChangeObserver*> observers;
  std::vector<std::function<void()>> nodes_recovered;  // early_recovery.h
  MemoryLog memory_log;
  SnapshotSlots slots;

  // Vacuum.
  VacuumQueue finished;
  std::mutex vacuum_mutex;  // one at a time; guards the rest
  std::vector<ListId> fold_again;
  std::vector<PendingRelationship> pending_rels;
  std::vector<std::pair<Timestamp, Cell>> late_garbage;  // free when the horizon has reached the timestamp

  uint32_t open_node_chunk(LabelSetId set) {
    uint32_t id = nodes.add(std::make_unique<NodeChunk>(set));
    for (ChangeObserver* o : observers) o->node_chunk_opened(ChunkId(id), set);
    return id;
  }
  uint32_t open_rel_chunk(RelTypeId type) {
    uint32_t id = rels.add(std::make_unique<RelChunk>(type));
    for (ChangeObserver* o : observers) o->relationship_chunk_opened(ChunkId(id), type);
    return id;
  }
};

}  // namespace elegraph::storage
