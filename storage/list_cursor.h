// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "storage/adjacency.h"
#include "storage/graph_interface.h"
#include "storage/reader_inline.h"

namespace elegraph::storage {

// The lists of one type and direction, for a caller that reads those of many nodes: Reader's members find their way
// to the lists each time, this does so once.
//
// REQUIRES: use within one read section, by one thread, and anew after its own transaction has written.
class ListCursor {
 public:
  ListCursor(const Reader& reader, Direction direction, RelTypeId type) : reader_(reader) {
    if (const Adjacency* lists = Reader::Access::parts(reader).adjacency.find(type, direction)) blocks_ = lists->blocks();
  }

  Neighbors read(NodeId node, NeighborScratch& scratch) const {
    const uint64_t w = word(node);
    if (w == 0) return {nullptr, nullptr, 0, true};
    return list_word::has_tail(w) ? Reader::Access::with_tail(reader_, w, scratch) : Reader::Access::sealed(w);
  }

  // Asks the caches for what read() will touch, in two steps some nodes apart.
  void prefetch_header(NodeId node) const {
    if (const Adjacency::Block* b = blocks_.at(node.value / kChunkRows))
      __builtin_prefetch(&b->words[node.value % kChunkRows]);
  }
  // `bytes_each`: 4 where only the neighbours will be read, 8 with the relationships. What lies further back is
  // read in its order, which processors see coming.
  void prefetch_list(NodeId node, uint32_t bytes_each) const {
    const uint64_t w = word(node);
    if (w == 0) return;
    const auto* p = reinterpret_cast<const char*>(w & list_word::kAddress & ~list_word::kTail);
    const uint64_t last = sizeof(Run) - 1 + (w >> 48) * bytes_each;
    __builtin_prefetch(p);
    if (last >= kLine) __builtin_prefetch(p + kLine);
    __builtin_prefetch(p + std::min(last, 2 * kLine));
  }

 private:
  static constexpr uint64_t kLine = 64;

  uint64_t word(NodeId node) const {
    const Adjacency::Block* b = blocks_.at(node.value / kChunkRows);
    return b ? b->words[node.value % kChunkRows].load(std::memory_order_acquire) : 0;
  }

  const Reader& reader_;
  Adjacency::Blocks blocks_;
};

}  // namespace elegraph::storage
