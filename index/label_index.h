// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "storage/graph.h"
#include "storage/rcu.h"

namespace elegraph::index {

// Which chunks hold nodes of a label, and relationships of a type. Nodes are stored by label set, so the list of a
// label is short and a scan of it touches little else; rows of mixed chunks are checked by the reader.
//
// Readers are wait-free: the lists are immutable and published by RCU. Writers (one new chunk in 2048 rows)
// copy under a mutex.
class LabelIndex : public storage::ChangeObserver {
 public:
  LabelIndex();
  ~LabelIndex() override;

  // Chunks that may hold nodes with `label`, ascending. REQUIRES: an rcu::ReadGuard while the span is used.
  std::span<const ChunkId> node_chunks(LabelId label) const;
  std::span<const ChunkId> relationship_chunks(RelTypeId type) const;

  void attach(const storage::Graph&);  // before the graph is open; Database does it
  void attached(storage::Graph& graph) override { attach(graph); }
  void node_chunk_opened(ChunkId, LabelSetId) override;
  void relationship_chunk_opened(ChunkId, RelTypeId) override;
  bool watches(KeyId) const override { return false; }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace elegraph::index
