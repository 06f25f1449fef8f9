// SPDX-License-Identifier: Apache-2.0
#include "storage/adjacency_builder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "storage/error.h"
#include "storage/parallel.h"
#include "storage/rcu.h"

namespace elegraph::storage {

namespace {

size_t slice_begin(size_t slice, size_t slices, size_t count) { return slice * count / slices; }

}  // namespace

AdjacencyBuilder::AdjacencyBuilder(Graph::Parts& parts, RelTypeId type, std::span<const uint32_t> chunks, uint32_t threads)
    : parts_(parts), type_(type), chunks_(chunks), threads_(threads), nodes_(parts.nodes.count() * kChunkRows) {
  for (shift_ = 11; (uint64_t{nodes_} >> shift_) > kMostPartitions;) ++shift_;
  for (uint32_t chunk = 0; chunk < parts.nodes.count(); ++chunk) exists_.push_back(parts.nodes.find(chunk) != nullptr);
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
    for (uint32_t word = 0; word < kChunkWords; ++word) {
      for (uint64_t left = c.live[word].load(std::memory_order_relaxed); left != 0; left &= left - 1) {
        const uint32_t row = word * 64 + uint32_t(std::countr_zero(left));
        const uint32_t source = c.source[row].value, target = c.target[row].value;
        if (!exists(source) || !exists(target))
          throw Error(sqlstate::kDataCorrupted, "a stored relationship has an end that does not exist");
        f(Edge{target, source, chunks_[i] * kChunkRows + row});
      }
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
  if (edges_.size() < total) edges_ = PageArray<Edge>(total);
  run_parallel(threads_, slices, [&](size_t slice) {
    uint64_t* next = places[slice].data();
    const rcu::ReadGuard guard;
    each(slice, [next, edges = edges_.data(), shift = shift_](const Edge& e) { edges[next[e.from >> shift]++] = e; });
  });
  Adjacency& lists = parts_.adjacency.at(type_, direction);
  run_parallel(threads_, partitions_, [&](size_t p) {
    const rcu::ReadGuard guard;
    build_partition(lists, uint32_t(p << shift_), {edges_.data() + begins[p], begins[p + 1] - begins[p]}, sorted);
  });
}

// Stable, so that edges to the same node stay in the order of their relationships. Back and forth between the two, eleven
// bits a time.
std::span<const AdjacencyBuilder::Edge> AdjacencyBuilder::sort_by_other_end(std::span<Edge> edges,
                                                                            std::span<Edge> other) const {
  constexpr uint32_t kBits = 11, kMask = (1u << kBits) - 1;
  for (uint32_t shift = 0; shift < 32 && (nodes_ - 1) >> shift != 0; shift += kBits) {
    std::array<uint32_t, kMask + 2> begins{};
    for (const Edge& e : edges) ++begins[(e.to >> shift & kMask) + 1];
    for (uint32_t i = 1; i <= kMask; ++i) begins[i] += begins[i - 1];
    for (const Edge& e : edges) other[begins[e.to >> shift & kMask]++] = e;
    std::swap(edges, other);
  }
  return edges;
}

void AdjacencyBuilder::build_partition(Adjacency& lists, uint32_t first_node, std::span<Edge> edges, bool sorted) {
  const uint32_t nodes = std::min(uint32_t(1) << shift_, nodes_ - first_node);
  std::vector<uint32_t> counts(nodes);
  for (const Edge& e : edges) ++counts[e.from - first_node];
  uint64_t bytes = 0;
  for (uint32_t count : counts) bytes += count ? Run::bytes(count) : 0;
  SlabStretch memory(parts_.adjacency.slab(), bytes);
  std::vector<uint32_t*> next(nodes);  // where the next neighbour of a node goes, and `count` after it the relationship
  for (uint32_t i = 0; i < nodes; ++i) {
    if (counts[i] == 0) continue;
    Run* run = new (memory.take(Run::bytes(counts[i]))) Run{counts[i], 0};
    next[i] = run->ids();
    lists.slot(NodeId(first_node + i)).store(list_word::of(run), std::memory_order_release);
  }
  const auto other = std::make_unique_for_overwrite<Edge[]>(sorted ? 0 : edges.size());
  for (const Edge& e : sorted ? edges : sort_by_other_end(edges, {other.get(), edges.size()})) {
    const uint32_t node = e.from - first_node;
    next[node][0] = e.to, next[node][counts[node]] = e.rel;
    ++next[node];
  }
}

}  // namespace elegraph::storage
