// SPDX-License-Identifier: Apache-2.0
#include "storage/adjacency_builder.h"

#include <algorithm>
#include <utility>

#include "storage/error.h"
#include "storage/parallel.h"
#include "storage/rcu.h"

namespace elegraph::storage {

namespace {

// Most lists are short.
void sort_list(uint64_t* pairs, size_t count) {
  if (count > 24) return std::sort(pairs, pairs + count);
  for (size_t i = 1; i < count; ++i) {
    const uint64_t pair = pairs[i];
    size_t at = i;
    for (; at > 0 && pairs[at - 1] > pair; --at) pairs[at] = pairs[at - 1];
    pairs[at] = pair;
  }
}

size_t slice_begin(size_t slice, size_t slices, size_t count) { return slice * count / slices; }

}  // namespace

AdjacencyBuilder::AdjacencyBuilder(Graph::Parts& parts, RelTypeId type, std::span<const uint32_t> chunks, uint32_t threads)
    : parts_(parts), type_(type), chunks_(chunks), threads_(threads), nodes_(parts.nodes.count() * kChunkRows) {
  for (shift_ = 11; (uint64_t{nodes_} >> shift_) > kMostPartitions;) ++shift_;
  partitions_ = uint32_t((uint64_t{nodes_} + (uint64_t{1} << shift_) - 1) >> shift_);
  slices_ = size_t{threads} * 8;
}

void AdjacencyBuilder::build() {
  build(Direction::kIn, slices_, false, [this](size_t slice, auto&& f) { edges_of_chunks(slice, f); });
  build(Direction::kOut, slices_, true, [this](size_t slice, auto&& f) { edges_of_lists(slice, f); });
}

template <class F>
void AdjacencyBuilder::edges_of_chunks(size_t slice, F&& f) const {
  const size_t end = slice_begin(slice + 1, slices_, chunks_.size());
  for (size_t i = slice_begin(slice, slices_, chunks_.size()); i < end; ++i) {
    const RelChunk& c = *parts_.rels.find(chunks_[i]);
    for (uint32_t row = 0, limit = c.limit.load(std::memory_order_relaxed); row < limit; ++row) {
      if (!test(c.live, row)) continue;
      if (!parts_.nodes.of(c.source[row].value) || !parts_.nodes.of(c.target[row].value))
        throw Error(sqlstate::kDataCorrupted, "a stored relationship has an end that does not exist");
      f(Edge{c.target[row].value, c.source[row].value, chunks_[i] * kChunkRows + row});
    }
  }
}

template <class F>
void AdjacencyBuilder::edges_of_lists(size_t slice, F&& f) const {
  const Adjacency& lists = *parts_.adjacency.find(type_, Direction::kIn);
  const size_t end = slice_begin(slice + 1, slices_, parts_.nodes.count());
  for (size_t chunk = slice_begin(slice, slices_, parts_.nodes.count()); chunk < end; ++chunk) {
    const Adjacency::Block* block = lists.block(uint32_t(chunk));
    for (uint32_t row = 0; block && row < kChunkRows; ++row) {
      const Run* run = list_word::run(block->words[row].load(std::memory_order_relaxed));
      for (uint32_t i = 0; run && i < run->count; ++i)
        f(Edge{run->nodes()[i].value, uint32_t(chunk) * kChunkRows + row, run->rels()[i].value});
    }
  }
}

template <class Each>
void AdjacencyBuilder::build(Direction direction, size_t slices, bool sorted, const Each& each) {
  // How many edges of each slice go to each partition; then where the next one of them goes.
  std::vector<std::vector<uint64_t>> places(slices, std::vector<uint64_t>(partitions_));
  run_parallel(threads_, slices, [&](size_t slice) {
    uint64_t* counts = places[slice].data();
    const rcu::ReadGuard guard;
    each(slice, [counts, shift = shift_](const Edge& e) { ++counts[e.from >> shift]; });
  });
  std::vector<uint64_t> begins(partitions_ + 1);
  uint64_t total = 0;
  for (uint32_t p = 0; p < partitions_; ++p) {
    begins[p] = total;
    for (auto& slice : places) total += std::exchange(slice[p], total);
  }
  begins[partitions_] = total;
  reserve(total);
  run_parallel(threads_, slices, [&](size_t slice) {
    uint64_t* next = places[slice].data();
    const rcu::ReadGuard guard;
    each(slice, [next, edges = edges_.get(), shift = shift_](const Edge& e) { edges[next[e.from >> shift]++] = e; });
  });
  Adjacency& lists = parts_.adjacency.at(type_, direction);
  run_parallel(threads_, partitions_, [&](size_t p) {
    const rcu::ReadGuard guard;
    build_partition(lists, uint32_t(p << shift_), {edges_.get() + begins[p], begins[p + 1] - begins[p]}, sorted);
  });
}

void AdjacencyBuilder::reserve(uint64_t edges) {
  if (edges <= reserved_) return;
  edges_ = nullptr;
  edges_ = {PageAllocator<Edge>().allocate(edges), FreeEdges{edges}};
  reserved_ = edges;
}

void AdjacencyBuilder::build_partition(Adjacency& lists, uint32_t first_node, std::span<const Edge> edges, bool sorted) {
  const uint32_t nodes = std::min(uint32_t(1) << shift_, nodes_ - first_node);
  std::vector<uint32_t> ends(nodes + 1);  // where the list of a node ends among the pairs
  for (const Edge& e : edges) ++ends[e.from - first_node + 1];
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < nodes; ++i) {
    if (ends[i + 1]) bytes += Run::bytes(ends[i + 1]);
    ends[i + 1] += ends[i];
  }
  const auto pairs = std::make_unique_for_overwrite<uint64_t[]>(edges.size());
  for (const Edge& e : edges) pairs[ends[e.from - first_node]++] = uint64_t{e.to} << 32 | e.rel;
  SlabStretch memory(parts_.adjacency.slab(), bytes);
  uint32_t begin = 0;
  for (uint32_t i = 0; i < nodes; begin = ends[i++]) {
    const uint32_t count = ends[i] - begin;
    if (count == 0) continue;
    if (!sorted) sort_list(&pairs[begin], count);
    Run* run = new (memory.take(Run::bytes(count))) Run{count, 0};
    uint32_t* ids = run->ids();
    for (uint32_t k = 0; k < count; ++k)
      ids[k] = uint32_t(pairs[begin + k] >> 32), ids[count + k] = uint32_t(pairs[begin + k]);
    lists.slot(NodeId(first_node + i)).store(list_word::of(run), std::memory_order_release);
  }
}

}  // namespace elegraph::storage
