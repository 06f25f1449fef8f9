// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "storage/catalog.h"
#include "storage/ids.h"
#include "storage/transaction.h"
#include "storage/value.h"
#include "storage/vector.h"

namespace elegraph::storage {

class CommitLog;

// Told about changes, on the writing thread, right after each change is in place (and undone if the observer
// throws). Storage knows nothing of what they do; index/ implements this for label and property indexes.
class ChangeObserver {
 public:
  virtual ~ChangeObserver() = default;
  virtual void node_created(Transaction&, NodeId, LabelSetId) {}
  virtual void node_deleted(Transaction&, NodeId, LabelSetId) {}
  virtual void node_property_set(Transaction&, NodeId, LabelSetId, KeyId, const Value& /*before*/, const Value& /*after*/) {
  }
  virtual void node_labels_changed(Transaction&, NodeId, LabelSetId /*before*/, LabelSetId /*after*/) {}
  virtual void relationship_created(Transaction&, RelId, RelTypeId) {}
  virtual void relationship_deleted(Transaction&, RelId, RelTypeId) {}
  virtual void relationship_property_set(Transaction&, RelId, RelTypeId, KeyId, const Value& /*before*/,
                                         const Value& /*after*/) {}
  // A chunk was opened for nodes of this label set, or got its first node of another one (then it is told once
  // for each further set). Before any row of it becomes visible.
  virtual void node_chunk_opened(ChunkId, LabelSetId) {}
  virtual void relationship_chunk_opened(ChunkId, RelTypeId) {}
  // Bulk: whole columns at once; the default calls the row-wise members.
  virtual void nodes_created(Transaction& t, std::span<const NodeId> nodes, LabelSetId labels,
                             std::span<const BulkWriter::Column> columns);
  virtual void relationships_created(Transaction& t, std::span<const RelId> rels, RelTypeId type,
                                     std::span<const BulkWriter::Column> columns);
  // Whether set-property events of this key matter at all; others are not sent.
  virtual bool watches(KeyId) const { return true; }
  // Database::open(), before recovery: the graph that this observer will be told about.
  virtual void attached(Graph&) {}
  // Recovery: a payload of Transaction::log_definition, in commit order; and its end, when all but the adjacency lists and
  // statistics is there for sure. Checkpoints ask for the definitions that hold; one that was logged while the
  // checkpoint was taken comes again from the log, so coming twice (or dropping what is not there) is no error.
  virtual void recovered_definition(std::string_view /*payload*/) {}
  virtual void recovered() {}
  virtual std::vector<std::string> definitions() { return {}; }
  // `elegraph check`: adds a sentence for each disagreement between what the observer keeps and the graph.
  virtual void verify(std::vector<std::string>& /*findings*/) {}
};

// One adjacency list as a snapshot sees it: parallel arrays, sorted by neighbour id where `sorted`.
struct Neighbors {
  const NodeId* nodes = nullptr;
  const RelId* rels = nullptr;
  uint32_t count = 0;
  bool sorted = false;
};
// Memory for lists that had to be merged with their tail; one per thread of execution, reused.
struct NeighborScratch {
  std::vector<NodeId> nodes;
  std::vector<RelId> rels;
};

// Visible rows of one chunk: slots in ascending order.
struct Selection {
  uint32_t count = 0;
  bool all = false;  // slots are 0 .. count-1 (they are filled in all the same)
  uint16_t slots[kChunkRows];
};

// Live figures for the optimizer; approximate, never behind by more than what is in flight.
class Statistics {
 public:
  virtual ~Statistics() = default;
  virtual uint64_t node_count() const = 0;
  virtual uint64_t node_count(LabelId) const = 0;
  virtual uint64_t relationship_count() const = 0;
  virtual uint64_t relationship_count(RelTypeId) const = 0;
  // Relationships of `type` whose source (kOut) or target (kIn) is a node with `label`.
  virtual uint64_t relationship_count(LabelId, RelTypeId, Direction) const = 0;
  // Nodes that such relationships leave (kOut) or lead to (kIn), about.
  virtual uint64_t end_count(RelTypeId, Direction) const = 0;
};

// Reads under one snapshot. A cheap value: make one per operator.
//
// Wait-free: no member takes a lock or retries without bound. Thread-safety: several readers may share a
// snapshot on several threads. REQUIRES: an rcu::ReadGuard around each call and around the use of whatever refers to
// the store (Neighbors, referring Vectors); the snapshot's transaction is still open.
class Reader {
 public:
  Reader(const Graph& graph, Snapshot snapshot);
  const Graph& graph() const { return *graph_; }
  Snapshot snapshot() const { return snapshot_; }

  // Nodes.
  uint32_t node_chunks() const;  // chunk ids are 0 .. node_chunks()-1
  void visible_nodes(ChunkId chunk, Selection& out) const;
  bool visible(NodeId node) const;
  LabelSetId label_set(NodeId node) const;
  bool has_label(NodeId node, LabelId label) const;
  // The chunk's rows all have this label set; invalid for a mixed chunk.
  LabelSetId uniform_label_set(ChunkId chunk) const;
  // Row i of `out` is slot i of the chunk, for every visible slot; the others may be written to by their creators and
  // must not be read. Refers to the chunk's memory where no version is live.
  void scan_property(ChunkId node_chunk, KeyId key, Vector& out) const;
  // Row i of `out` is nodes[i]'s value; invalid ids give null.
  void gather_property(std::span<const NodeId> nodes, KeyId key, Vector& out) const;
  Value property(NodeId node, KeyId key) const;
  // Asks the caches for the row's cells, all columns at once: read one after the other, each is a miss of its own.
  void prefetch_row(NodeId node) const;
  // Calls f(key, value) for each property that is there, in an order that stays the same for one chunk.
  void properties(NodeId node, const std::function<void(KeyId, const Value&)>& f) const;

  // Relationships.
  uint32_t relationship_chunks() const;
  RelTypeId relationship_chunk_type(ChunkId chunk) const;
  void visible_relationships(ChunkId chunk, Selection& out) const;
  bool visible(RelId rel) const;
  RelTypeId type(RelId rel) const;  // also of one that this transaction deleted
  NodeId source(RelId rel) const;
  NodeId target(RelId rel) const;
  void scan_property(ChunkId rel_chunk, KeyId key, Vector& out, RelId tag) const;  // tag: any RelId, picks the overload
  void gather_property(std::span<const RelId> rels, KeyId key, Vector& out) const;
  Value property(RelId rel, KeyId key) const;
  void prefetch_row(RelId rel) const;
  void properties(RelId rel, const std::function<void(KeyId, const Value&)>& f) const;

  // Adjacency. kBoth is for the caller: both lists, with loops in each of them once.
  Neighbors neighbors(NodeId node, Direction direction, RelTypeId type, NeighborScratch& scratch) const;
  uint32_t degree(NodeId node, Direction direction, RelTypeId type) const;
  // How many entries neighbors() would look at, among them those that are not visible; `limit` or more where there are that
  // many. degree() itself looks at each that was added lately.
  uint32_t list_size(NodeId node, Direction direction, RelTypeId type, uint32_t limit) const;
  // Adds the degree of nodes[i] to to[i]. REQUIRES: valid ids.
  void add_degrees(std::span<const NodeId> nodes, Direction direction, RelTypeId type, uint64_t* to) const;
  // Asks the caches for what neighbors() will touch, in two steps some nodes apart.
  void prefetch_header(NodeId node, Direction direction, RelTypeId type) const;
  void prefetch_list(NodeId node, Direction direction, RelTypeId type) const;

 private:
  friend class ListCursor;
  struct Access;
  const Graph* graph_;
  const void* parts_;  // Graph::Parts, which is not known yet
  Snapshot snapshot_;
};

// The newest state of a row, committed or not: for constraints, under the index's own latch.
struct NewestNode {
  bool live = false;  // not deleted (by anyone, committed or not)
  LabelSetId labels;
  const TransactionStatus* writer = nullptr;  // the transaction in flight that changed it last, or null
};

// One graph in memory: chunks, adjacency, transactions, vacuum. The log and checkpoints are attached by Database
// (storage/database.h). Thread-safe except where a member says otherwise.
class Graph {
 public:
  Graph();
  ~Graph();

  Catalog& catalog();
  const Catalog& catalog() const;
  const Statistics& statistics() const;

  // `slot`: the caller's snapshot slot, one per session, from open_slot(). Wait-free.
  struct SnapshotSlot;
  SnapshotSlot* open_slot();
  void close_slot(SnapshotSlot*);
  std::unique_ptr<Transaction> begin(SnapshotSlot* slot);
  std::unique_ptr<BulkWriter> bulk_writer(Transaction&);

  // Before the first transaction only; observers and the log live as long as the graph. Without a log of its own the
  // graph commits in memory (storage/memory_log.h).
  void observe(ChangeObserver*);
  void attach_log(CommitLog*);

  Timestamp last_committed() const;
  Timestamp horizon() const;  // the oldest snapshot that anyone may hold
  // Frees what no snapshot sees, folds tails into sealed runs, does late work (LateWork). Runs on its own thread (started
  // by Database) or by hand in tests. Returns whether there was anything to do.
  bool vacuum();

  NewestNode newest(NodeId) const;
  Value newest_property(NodeId, KeyId) const;
  struct NewestRelationship {
    bool live = false;
    const TransactionStatus* writer = nullptr;
  };
  NewestRelationship newest(RelId) const;
  Value newest_property(RelId, KeyId) const;

  struct Parts;  // private to storage/
  Parts& parts() { return *parts_; }
  const Parts& parts() const { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace elegraph::storage
