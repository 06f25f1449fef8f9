// SPDX-License-Identifier: Apache-2.0
#include "storage/full_columns.h"

#include "storage/graph_parts.h"

namespace elegraph::storage {

namespace {

// The state is loaded before the versions: see storage/chunk.h.
bool all_rows_have(const Chunk* chunk, KeyId key) {
  const Column* column = chunk ? chunk->column(key) : nullptr;
  const Cells* cells = column ? column->cells.load(std::memory_order_acquire) : nullptr;
  if (!cells) return false;
  for (uint32_t w = 0; w < kChunkWords; ++w) {
    const uint64_t live = chunk->live[w].load(std::memory_order_acquire);
    if (live & ~cells->valid[w].load(std::memory_order_acquire)) return false;
  }
  return chunk->versions.load(std::memory_order_acquire) == nullptr;
}

}  // namespace

bool all_nodes_have(const Reader& reader, ChunkId nodes, KeyId key) {
  return all_rows_have(reader.graph().parts().nodes.find(nodes.value), key);
}

bool all_relationships_have(const Reader& reader, ChunkId relationships, KeyId key) {
  return all_rows_have(reader.graph().parts().rels.find(relationships.value), key);
}

}  // namespace elegraph::storage
