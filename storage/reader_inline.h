// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/adjacency.h"
#include "storage/graph_interface.h"
#include "storage/graph_parts.h"
#include "storage/row_versions.h"

// The part of Reader that runs once per row or edge; included by storage/graph.h.
namespace elegraph::storage {

struct Reader::Access {
  static const Graph::Parts& parts(const Reader& r) { return *static_cast<const Graph::Parts*>(r.parts_); }
  // A sealed list costs two misses: the word, then the run. The directory above stays cached.
  static uint64_t word(const Reader& r, NodeId node, Direction d, RelTypeId type) {
    const Adjacency* a = parts(r).adjacency.find(type, d);
    return a ? a->word(node) : 0;
  }
  static Neighbors sealed(uint64_t word) {
    uint32_t count = list_word::count(word);
    const NodeId* nodes = list_word::run(word)->nodes();
    return {nodes, reinterpret_cast<const RelId*>(nodes) + count, count, true};
  }
  static Neighbors with_tail(const Reader& r, uint64_t word, NeighborScratch& scratch);
  static uint32_t degree_with_tail(const Reader& r, uint64_t word);
};

inline Reader::Reader(const Graph& graph, Snapshot snapshot)
    : graph_(&graph), parts_(&graph.parts()), snapshot_(snapshot) {}

inline Neighbors Reader::neighbors(NodeId node, Direction direction, RelTypeId type, NeighborScratch& scratch) const {
  uint64_t word = Access::word(*this, node, direction, type);
  if (word == 0) return {nullptr, nullptr, 0, true};
  if (!list_word::has_tail(word)) [[likely]]
    return Access::sealed(word);
  return Access::with_tail(*this, word, scratch);
}

inline uint32_t Reader::degree(NodeId node, Direction direction, RelTypeId type) const {
  uint64_t word = Access::word(*this, node, direction, type);
  if (word == 0) return 0;
  return list_word::has_tail(word) ? Access::degree_with_tail(*this, word) : list_word::count(word);
}

inline void Reader::prefetch_header(NodeId node, Direction direction, RelTypeId type) const {
  const Adjacency* a = Access::parts(*this).adjacency.find(type, direction);
  if (!a) return;
  if (const Adjacency::Block* b = a->block(node.value / kChunkRows)) __builtin_prefetch(&b->words[node.value % kChunkRows]);
}

inline void Reader::prefetch_list(NodeId node, Direction direction, RelTypeId type) const {
  uint64_t word = Access::word(*this, node, direction, type);
  if (word == 0) return;
  const char* p = reinterpret_cast<const char*>(list_word::has_tail(word) ? static_cast<const void*>(list_word::tail(word))
                                                                          : list_word::run(word));
  __builtin_prefetch(p);
  if (!list_word::has_tail(word) && (word >> 48) > 6) __builtin_prefetch(p + 64);
}

inline uint32_t Reader::node_chunks() const { return Access::parts(*this).nodes.count(); }
inline uint32_t Reader::relationship_chunks() const { return Access::parts(*this).rels.count(); }

inline bool Reader::visible(NodeId node) const {
  const NodeChunk* c = Access::parts(*this).nodes.of(node.value);
  return c && exists(*c, node.value % kChunkRows, snapshot_);
}
inline bool Reader::visible(RelId rel) const {
  const RelChunk* c = Access::parts(*this).rels.of(rel.value);
  return c && exists(*c, rel.value % kChunkRows, snapshot_);
}
inline LabelSetId Reader::label_set(NodeId node) const {
  const NodeChunk* c = Access::parts(*this).nodes.of(node.value);
  return c ? labels_in(*c, node.value % kChunkRows, snapshot_) : LabelSetId(0);
}
inline bool Reader::has_label(NodeId node, LabelId label) const {
  return Access::parts(*this).catalog.has_label(label_set(node), label);
}
inline LabelSetId Reader::uniform_label_set(ChunkId chunk) const {
  const NodeChunk* c = Access::parts(*this).nodes.find(chunk.value);
  return c && !c->mixed.load(std::memory_order_acquire) ? c->labels : LabelSetId();
}

inline RelTypeId Reader::relationship_chunk_type(ChunkId chunk) const {
  const RelChunk* c = Access::parts(*this).rels.find(chunk.value);
  return c ? c->type : RelTypeId();
}
inline RelTypeId Reader::type(RelId rel) const { return relationship_chunk_type(ChunkId(rel.value / kChunkRows)); }
inline NodeId Reader::source(RelId rel) const {
  const RelChunk* c = Access::parts(*this).rels.of(rel.value);
  return c ? c->source[rel.value % kChunkRows] : NodeId();
}
inline NodeId Reader::target(RelId rel) const {
  const RelChunk* c = Access::parts(*this).rels.of(rel.value);
  return c ? c->target[rel.value % kChunkRows] : NodeId();
}

}  // namespace elegraph::storage
