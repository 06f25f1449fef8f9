// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "storage/graph.h"

// Flat, position-independent images of chunks: what checkpoints are made of. Little-endian.
//
// A chunk image (byte table):
//   u8  version (1)
//   u32 label set (nodes) or relationship type
//   u32 limit: slots 0 .. limit-1 were ever used
//   u64[32] live rows
//   nodes:         u8 mixed; if 1: u32[limit] label sets
//   relationships: u32[limit] sources, u32[limit] targets
//   u32 columns; each: u32 key, u8 cell type, u64[32] valid rows, then in slot order for each valid row
//     bool 1 byte; int64, float64, date, local time, local datetime, datetime 8 bytes; string, boxed u32 size and bytes
//
// Errors of the imports: XX001 for an image that does not parse.
namespace elegraph::storage {

// Appends the chunk as `snapshot` sees it to `out`. Thread-safe beside running load. Takes its own RCU read
// section: do not call inside of one. False (and nothing appended) for a chunk id that holds nothing.
bool export_node_chunk(const Graph& graph, ChunkId chunk, Snapshot snapshot, std::string& out);
bool export_relationship_chunk(const Graph& graph, ChunkId chunk, Snapshot snapshot, std::string& out);

// The newest commit that changed the chunk's image, or the maximum while changes are still in flight or not vacuumed:
// an image taken under a snapshot at or after it is still good. 0: never changed since it was imported as is.
Timestamp node_chunk_changed(const Graph& graph, ChunkId chunk);
Timestamp relationship_chunk_changed(const Graph& graph, ChunkId chunk);

// Names, label sets and observed types.
void export_catalog(const Catalog& catalog, std::string& out);
void import_catalog(Catalog& catalog, std::string_view image);

// Recovery, before the graph is open: the catalog first, then chunks (different ones on several threads), then
// redo (storage/redo.h), then finish_recovery().
void import_node_chunk(Graph& graph, ChunkId chunk, std::string_view image);
void import_relationship_chunk(Graph& graph, ChunkId chunk, std::string_view image);
// Perhaps, beside the import of relationship chunks: all nodes are there, and nothing after `last` comes from the log.
void nodes_recovered(Graph& graph, Timestamp last);
// What the chunks imply: sealed runs of every node from the relationship chunks' source and target arrays (by
// counting sort), free slots, statistics; `last` becomes last_committed(). `beside` is called meanwhile, perhaps on another
// thread: it finds all nodes, relationships and properties, but maybe no lists yet.
void finish_recovery(Graph& graph, Timestamp last, uint32_t threads, const std::function<void()>& beside = [] {});

}  // namespace elegraph::storage
