// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "storage/chunk_image.h"
#include "storage/error.h"
#include "storage/graph_parts.h"
#include "storage/parallel.h"
#include "storage/rcu.h"

// What recovery derives from the chunks: adjacency, free rows and statistics.
namespace elegraph::storage {

namespace {

// The runs of one type and direction by counting sort: degrees, exact-fit runs, places, then each run sorted.
class RunBuilder {
 public:
  RunBuilder(Graph::Parts& parts, RelTypeId type, Direction direction, const std::vector<uint32_t>& chunks,
             uint32_t threads)
      : parts_(parts),
        type_(type),
        direction_(direction),
        chunks_(chunks),
        threads_(threads),
        counts_(size_t{parts.nodes.count()} * kChunkRows) {}

  void build() {
    each_of(chunks_.size(), [&](size_t i) { count(chunks_[i]); });
    each_of(parts_.nodes.count(), [&](size_t c) { allocate(uint32_t(c)); });
    each_of(chunks_.size(), [&](size_t i) { place(chunks_[i]); });
    each_of(parts_.nodes.count(), [&](size_t c) { sort(uint32_t(c)); });
  }

 private:
  template <class F>
  void each_of(size_t chunks, F f) {
    run_parallel(threads_, chunks, [&](size_t i) {
      rcu::ReadGuard guard;
      f(i);
    });
  }
  template <class F>
  void each(uint32_t chunk_id, F f) {
    const RelChunk& c = *parts_.rels.find(chunk_id);
    for (uint32_t row = 0; row < c.limit.load(std::memory_order_relaxed); ++row) {
      if (!test(c.live, row)) continue;
      NodeId from = c.source[row], to = c.target[row];
      if (direction_ == Direction::kIn) std::swap(from, to);
      f(from, to, RelId(chunk_id * kChunkRows + row));
    }
  }
  void count(uint32_t chunk) {
    each(chunk, [&](NodeId from, NodeId to, RelId) {
      if (std::max(from, to).value >= counts_.size())
        throw Error(sqlstate::kDataCorrupted, "a stored relationship has an end that does not exist");
      counts_[from.value].fetch_add(1, std::memory_order_relaxed);
    });
  }
  void allocate(uint32_t chunk) {
    for (uint32_t id = chunk * kChunkRows; id < (chunk + 1) * kChunkRows; ++id) {
      uint32_t n = counts_[id].load(std::memory_order_relaxed);
      if (n == 0) continue;
      Run* run = new (parts_.adjacency.slab().allocate(Run::bytes(n))) Run{n, 0};
      parts_.adjacency.put_run({type_, direction_, NodeId(id)}, run);
    }
  }
  void place(uint32_t chunk) {
    const Adjacency& lists = parts_.adjacency.at(type_, direction_);
    each(chunk, [&](NodeId from, NodeId to, RelId rel) {
      Run* run = list_word::run(lists.word(from));
      uint32_t at = counts_[from.value].fetch_sub(1, std::memory_order_relaxed) - 1;
      run->ids()[at] = to.value, run->ids()[run->count + at] = rel.value;
    });
  }
  void sort(uint32_t chunk) {
    const Adjacency::Block* block = parts_.adjacency.at(type_, direction_).block(chunk);
    std::vector<uint64_t> pairs;
    for (uint32_t i = 0; block && i < kChunkRows; ++i) {
      Run* run = list_word::run(block->words[i].load(std::memory_order_relaxed));
      if (!run) continue;
      uint32_t* ids = run->ids();
      pairs.clear();
      for (uint32_t k = 0; k < run->count; ++k) pairs.push_back(uint64_t{ids[k]} << 32 | ids[run->count + k]);
      std::sort(pairs.begin(), pairs.end());
      for (uint32_t k = 0; k < run->count; ++k)
        ids[k] = uint32_t(pairs[k] >> 32), ids[run->count + k] = uint32_t(pairs[k]);
    }
  }

  Graph::Parts& parts_;
  RelTypeId type_;
  Direction direction_;
  const std::vector<uint32_t>& chunks_;
  uint32_t threads_;
  std::vector<std::atomic<uint32_t>> counts_;  // by node
};

void rebuild_adjacency(Graph& graph, uint32_t threads) {
  Graph::Parts& parts = graph.parts();
  std::vector<std::vector<uint32_t>> by_type(parts.catalog.rel_type_count());
  for (uint32_t c = 0; c < parts.rels.count(); ++c)
    if (const RelChunk* chunk = parts.rels.find(c)) by_type[chunk->type.value].push_back(c);
  for (uint32_t type = 0; type < by_type.size(); ++type)
    for (Direction d : {Direction::kOut, Direction::kIn})
      if (!by_type[type].empty())
        RunBuilder(parts, RelTypeId(type), d, by_type[type], std::max(threads, 1u)).build();
}

// Rows below the limit that are not live, and those above it.
void free_rows(Chunk& chunk, uint32_t id, RowAllocator& rows) {
  uint32_t limit = chunk.limit.load(std::memory_order_relaxed);
  rows.give_back_range(id * kChunkRows + limit, (id + 1) * kChunkRows);
  for (uint32_t row = limit; row-- > 0;) {
    if (test(chunk.live, row)) continue;
    clear(chunk.used, row);
    rows.give_back(id * kChunkRows + row);
  }
}

void count_nodes(const NodeChunk& chunk, StatisticsDelta& delta) {
  for (uint32_t row = 0; row < chunk.limit.load(std::memory_order_relaxed); ++row)
    if (test(chunk.live, row)) delta.nodes(chunk.newest_labels(row), 1);
}

void count_ends(const Graph::Parts& parts, RelTypeId type, Direction d, StatisticsDelta& delta) {
  const Adjacency* lists = parts.adjacency.find(type, d);
  for (uint32_t c = 0; lists && c < lists->chunks(); ++c) {
    const Adjacency::Block* block = lists->block(c);
    const NodeChunk* chunk = parts.nodes.find(c);
    for (uint32_t row = 0; block && chunk && row < kChunkRows; ++row)
      if (uint64_t word = block->words[row].load(std::memory_order_relaxed))
        delta.ends(chunk->newest_labels(row), type, d, list_word::count(word));
  }
}

}  // namespace

void finish_recovery(Graph& graph, Timestamp last, uint32_t threads) {
  Graph::Parts& parts = graph.parts();
  rebuild_adjacency(graph, threads);
  rcu::ReadGuard guard;
  StatisticsDelta delta;
  for (uint32_t c = 0; c < parts.nodes.count(); ++c)
    if (NodeChunk* chunk = parts.nodes.find(c)) {
      count_nodes(*chunk, delta);
      free_rows(*chunk, c, parts.node_rows[chunk->labels.value]);
    }
  for (uint32_t c = 0; c < parts.rels.count(); ++c)
    if (RelChunk* chunk = parts.rels.find(c)) {
      for (auto& word : chunk->live) delta.relationships(chunk->type, std::popcount(word.load(std::memory_order_relaxed)));
      free_rows(*chunk, c, parts.rel_rows[chunk->type.value]);
    }
  for (uint32_t t = 0; t < parts.catalog.rel_type_count(); ++t)
    for (Direction d : {Direction::kOut, Direction::kIn}) count_ends(parts, RelTypeId(t), d, delta);
  parts.statistics.apply(delta);
  parts.memory_log.set_last(last);
  parts.last_committed.store(last, std::memory_order_seq_cst);
}

}  // namespace elegraph::storage
