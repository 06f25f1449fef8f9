// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "storage/graph_interface.h"

namespace elegraph::storage {

// Bytes that a graph holds, by what for. Indexes are not in it.
struct MemoryReport {
  uint64_t nodes = 0;               // live
  uint64_t relationships = 0;       // live
  uint64_t node_bytes = 0;          // chunks without columns, words of the adjacency lists
  uint64_t relationship_bytes = 0;  // chunks without columns, runs and tails of the adjacency lists
  uint64_t property_bytes = 0;      // columns with their strings and boxed values
  uint64_t undo_bytes = 0;          // versions; undo records of transactions that the vacuum has not done with
  uint64_t free_bytes = 0;          // reserved for adjacency runs but in none

  double bytes_per_node() const { return nodes ? double(node_bytes) / double(nodes) : 0; }
  double bytes_per_relationship() const { return relationships ? double(relationship_bytes) / double(relationships) : 0; }
};

// Walks all chunks: for reports, not for each statement. Thread-safe; approximate beside running load.
MemoryReport memory_report(const Graph& graph);

}  // namespace elegraph::storage
