// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/graph.h"
#include "storage/graph_parts.h"
#include "storage/late_work.h"
#include "storage/undo.h"

namespace elegraph::storage {

// What a writing transaction leaves behind when the session's Transaction object has gone: used by its thread until
// commit or rollback, then by the log's thread, then by the vacuum, and freed a grace period later.
struct TransactionState {
  explicit TransactionState(Graph::Parts& p) : parts(&p) {}
  ~TransactionState();
  TransactionState(const TransactionState&) = delete;
  TransactionState& operator=(const TransactionState&) = delete;

  Graph::Parts* parts;
  std::shared_ptr<TransactionStatus> status;
  Timestamp committed_at = 0;
  UndoBuffer undo;
  std::vector<std::unique_ptr<UndoBuffer>> bulk_undo;  // of its bulk writers
  std::exception_ptr bulk_failed;                      // of a bulk writer that ended without its lists
  std::vector<Cell> garbage;                           // replaced cells that no undo record holds
  StatisticsDelta statistics;

  struct Observed {
    bool relationship;
    uint32_t owner;  // label set or type
    KeyId key;
    TypeMask types;
  };
  std::vector<Observed> observed;  // what the catalog has not seen yet
  void observe(bool relationship, uint32_t owner, KeyId key, TypeMask types);

  uint32_t logged[4] = {};  // names that its redo tells, by NameKind
  LateRecords late;
  std::vector<std::function<void()>> at_rollback;

  // Restores in place what the record changed; other readers go on by the record. The statistics follow where the
  // transaction goes on, with `own` as its snapshot; they are not needed any more where it is null.
  void restore(UndoRecord& record, const Snapshot* own);
  void restore_all();
  // The log's thread: makes it visible at `at`, or rolls it back.
  void tell_types();  // to the catalog
  void publish(Timestamp at);
  void abort();
};

// Counts a relationship with its two ends' label sets as they are now.
void count_relationship(const Graph::Parts& parts, StatisticsDelta& delta, RelTypeId type, NodeId source, NodeId target,
                        int64_t change);
// Counts a node that went from one label set to another, with the relationships that it has in the snapshot.
void count_relabelled(const Graph::Parts& parts, StatisticsDelta& delta, const Snapshot& snapshot, NodeId node,
                      LabelSetId from, LabelSetId to);

}  // namespace elegraph::storage
