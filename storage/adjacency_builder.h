// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "storage/graph_parts.h"

namespace elegraph::storage {

// All lists of one relationship type at once, from its relationship chunks, which ascend: for recovery.
//
// Edges are dealt out to partitions of neighbouring nodes first, and then each partition is built in the cache
// (Polychroniou and Ross, "A comprehensive study of main-memory partitioning", SIGMOD 2014): placing each edge in its list
// right away would cost two cache misses an edge. The outgoing lists are made from the finished incoming ones, node by
// node, so they come out sorted.
//
// Errors: XX001 for an end that does not exist. REQUIRES: nobody else uses the graph's lists; those of the type are empty.
void build_adjacency(Graph::Parts& parts, RelTypeId type, std::span<const uint32_t> chunks, uint32_t threads);

}  // namespace elegraph::storage
