// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "storage/graph_parts.h"
#include "storage/page_allocator.h"

namespace elegraph::storage {

// All lists of one relationship type at once, from the relationship chunks: for recovery.
//
// Edges are dealt out to partitions of neighbouring nodes first, and then each partition is built in the cache
// (Polychroniou and Ross, "A comprehensive study of main-memory partitioning", SIGMOD 2014): placing each edge in its list
// right away would cost two cache misses an edge. The outgoing lists are made from the finished incoming ones, node by
// node, so they come out sorted.
//
// REQUIRES: nobody else uses the graph; its lists of the type are empty.
class AdjacencyBuilder {
 public:
  AdjacencyBuilder(Graph::Parts& parts, RelTypeId type, std::span<const uint32_t> chunks, uint32_t threads);
  void build();  // XX001 for an end that does not exist

 private:
  struct Edge {
    uint32_t from, to, rel;
  };
  static constexpr uint32_t kMostPartitions = 512;

  // `each(slice, f)` calls f(edge) for the edges of one of `slices` slices, twice in the same order.
  template <class Each>
  void build(Direction direction, size_t slices, bool sorted, const Each& each);
  template <class F>
  void edges_of_chunks(size_t slice, F&& f) const;
  template <class F>
  void edges_of_lists(size_t slice, F&& f) const;
  bool exists(uint32_t node) const { return node < nodes_ && exists_[node / kChunkRows]; }
  std::span<const Edge> sort_by_other_end(std::span<Edge> edges, std::span<Edge> other) const;
  void build_partition(Adjacency& lists, uint32_t first_node, std::span<Edge> edges, bool sorted);

  Graph::Parts& parts_;
  const RelTypeId type_;
  const std::span<const uint32_t> chunks_;
  const uint32_t threads_;
  const uint32_t nodes_;      // ids below this
  std::vector<char> exists_;  // by chunk of nodes
  uint32_t shift_;            // partition of a node: id >> shift
  uint32_t partitions_;
  size_t slices_;
  PageArray<Edge> edges_;
};

}  // namespace elegraph::storage
