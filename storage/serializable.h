// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "storage/graph_parts.h"
#include "storage/read_set.h"

namespace elegraph::storage {

// The commit of a SERIALIZABLE transaction that wrote: it passes if nobody whose commit comes before its own, and after
// its snapshot, changed what it read. Then its reads are those of the moment of its commit, so the commits are a serial
// order. One that only read is serial at its snapshot: every snapshot is a prefix of that order.
//
// What others changed is in the undo records of finished transactions, which the vacuum keeps as long as this
// transaction's snapshot slot holds the horizon. So only those who asked for SERIALIZABLE pay.
class SerializableCommit {
 public:
  // Takes over the slot: it is ended by end().
  SerializableCommit(Graph::Parts& parts, Graph::SnapshotSlot* slot, Timestamp snapshot, std::unique_ptr<ReadSet> reads)
      : parts_(parts), slot_(slot), snapshot_(snapshot), checked_(snapshot), reads_(std::move(reads)) {}
  ~SerializableCommit() { end(); }
  SerializableCommit(const SerializableCommit&) = delete;
  SerializableCommit& operator=(const SerializableCommit&) = delete;

  // Compares with what was committed since the last call, and with `waiting`: the states of those in the log's batch that
  // come before this one. Null, or error 40001.
  std::exception_ptr check(std::span<const void* const> waiting);
  void end();

 private:
  bool touched_by(const TransactionState& writer, const Snapshot& after) const;

  Graph::Parts& parts_;
  Graph::SnapshotSlot* slot_;
  const Timestamp snapshot_;
  Timestamp checked_;  // committed until then: compared already
  std::unique_ptr<ReadSet> reads_;
};

}  // namespace elegraph::storage
