// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "storage/adjacency_builder.h"
#include "storage/chunk_image.h"
#include "storage/early_recovery.h"
#include "storage/graph_parts.h"
#include "storage/parallel.h"
#include "storage/rcu.h"

// What recovery derives from the chunks: adjacency, free rows and statistics.
namespace elegraph::storage {

namespace {

void set_last_committed(Graph::Parts& parts, Timestamp last) {
  parts.memory_log.set_last(last);
  parts.last_committed.store(last, std::memory_order_seq_cst);
}

void rebuild_adjacency(Graph& graph, uint32_t threads) {
  Graph::Parts& parts = graph.parts();
  std::vector<std::vector<uint32_t>> by_type(parts.catalog.rel_type_count());
  for (uint32_t c = 0; c < parts.rels.count(); ++c)
    if (const RelChunk* chunk = parts.rels.find(c)) by_type[chunk->type.value].push_back(c);
  for (uint32_t type = 0; type < by_type.size(); ++type)
    if (!by_type[type].empty()) build_adjacency(parts, RelTypeId(type), by_type[type], std::max(threads, 1u));
}

// Rows below the limit that are not live, and those above it.
void free_rows(Chunk& chunk, uint32_t id, RowAllocator& rows) {
  const uint32_t limit = chunk.limit.load(std::memory_order_relaxed);
  rows.give_back_range(id * kChunkRows + limit, (id + 1) * kChunkRows);
  for (uint32_t word = (limit + 63) / 64; word-- > 0;) {
    const uint64_t below = limit - word * 64 >= 64 ? ~uint64_t{0} : (uint64_t{1} << (limit - word * 64)) - 1;
    uint64_t left = ~chunk.live[word].load(std::memory_order_relaxed) & below;
    while (left != 0) {
      const uint32_t bit = 63 - uint32_t(std::countl_zero(left)), row = word * 64 + bit;
      left ^= uint64_t{1} << bit;
      clear(chunk.used, row);
      rows.give_back(id * kChunkRows + row);
    }
  }
}

// Adds up what neighbouring rows have while they are of one label set, for the many chunks of a single one.
template <class Add>
class BySet {
 public:
  explicit BySet(Add add) : add_(std::move(add)) {}
  void count(LabelSetId set, int64_t n) {
    if (set != set_) flush(), set_ = set;
    sum_ += n;
  }
  void flush() {  // at the end, too
    if (sum_ != 0) add_(set_, sum_);
    sum_ = 0;
  }

 private:
  Add add_;
  LabelSetId set_;
  int64_t sum_ = 0;
};

void count_nodes(const NodeChunk& chunk, StatisticsDelta& delta) {
  BySet counts([&](LabelSetId set, int64_t n) { delta.nodes(set, n); });
  for (uint32_t word = 0; word < kChunkWords; ++word)
    for (uint64_t left = chunk.live[word].load(std::memory_order_relaxed); left != 0; left &= left - 1)
      counts.count(chunk.newest_labels(word * 64 + uint32_t(std::countr_zero(left))), 1);
  counts.flush();
}

void count_ends(const Graph::Parts& parts, RelTypeId type, Direction d, StatisticsDelta& delta) {
  const Adjacency* lists = parts.adjacency.find(type, d);
  BySet counts([&](LabelSetId set, int64_t n) { delta.ends(set, type, d, n); });
  for (uint32_t c = 0; lists && c < lists->chunks(); ++c) {
    const Adjacency::Block* block = lists->block(c);
    const NodeChunk* chunk = parts.nodes.find(c);
    for (uint32_t row = 0; block && chunk && row < kChunkRows; ++row)
      if (uint64_t word = block->words[row].load(std::memory_order_relaxed))
        counts.count(chunk->newest_labels(row), list_word::count(word));
  }
  counts.flush();
}

// The statistics of nodes and relationships, and the rows that are free.
void count_rows(Graph::Parts& parts, StatisticsDelta& delta) {
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
}

}  // namespace

void when_nodes_are_recovered(Graph& graph, std::function<void()> f) {
  graph.parts().nodes_recovered.push_back(std::move(f));
}

void nodes_recovered(Graph& graph, Timestamp last) {
  set_last_committed(graph.parts(), last);
  for (const auto& f : graph.parts().nodes_recovered) f();
}

void finish_recovery(Graph& graph, Timestamp last, uint32_t threads, const std::function<void()>& beside) {
  Graph::Parts& parts = graph.parts();
  set_last_committed(parts, last);
  StatisticsDelta delta;
  run_parallel(std::min(threads, 3u), 3, [&](size_t i) {
    if (i == 0) return rebuild_adjacency(graph, threads);
    if (i == 1) return beside();
    rcu::ReadGuard guard;
    count_rows(parts, delta);
  });
  rcu::ReadGuard guard;
  for (uint32_t t = 0; t < parts.catalog.rel_type_count(); ++t)
    for (Direction d : {Direction::kOut, Direction::kIn}) count_ends(parts, RelTypeId(t), d, delta);
  parts.statistics.apply(delta);
}

}  // namespace elegraph::storage
