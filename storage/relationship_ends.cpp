// SPDX-License-Identifier: Apache-2.0
#include "storage/relationship_ends.h"

#include "storage/conflict.h"
#include "storage/row_versions.h"

namespace elegraph::storage {

void check_end(const Graph::Parts& parts, NodeId node, const Snapshot& snapshot) {
  const NodeChunk* chunk = parts.nodes.of(node.value);
  const uint32_t row = node.value % kChunkRows;
  for (UndoRecord* r = chunk ? chunk->head(row) : nullptr; r; r = r->next.load(std::memory_order_acquire)) {
    if (r->status == snapshot.own) continue;
    const Timestamp at = r->status->state.load(std::memory_order_acquire);
    if (at <= snapshot.at) break;  // and so is all below
    if (at == kAborted || r->kind != UndoKind::kDelete || r->rolled_back) continue;
    throw Conflict("could not serialize access: a node of the relationship was deleted concurrently",
                   r->status->shared_from_this());
  }
  if (!chunk || !exists(*chunk, row, snapshot))
    throw Error(sqlstate::kInvalidParameterValue,
                "node with id " + std::to_string(node.value) + " does not exist or has been deleted");
}

}  // namespace elegraph::storage
