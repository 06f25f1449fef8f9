// SPDX-License-Identifier: Apache-2.0
#include "storage/bulk_links.h"

#include <algorithm>
#include <bit>
#include <exception>
#include <span>
#include <utility>

#include "storage/rcu.h"
#include "storage/relationship_ends.h"

namespace elegraph::storage {

namespace {

struct Edge {
  uint32_t node;
  uint32_t rel;
  uint32_t neighbor;
};
using Edges = PageVector<Edge>;
using Relationship = BulkLinks::Relationship;

constexpr size_t kSlice = size_t{256} << 10;     // relationships that are dealt out at a time
constexpr size_t kPartition = size_t{64} << 10;  // that one range of nodes has on average: as many as stay in the caches
constexpr size_t kMostPartitions = 1024;

Edge edge_of(const Relationship& r, Direction direction) {
  return direction == Direction::kOut ? Edge{r.source, r.rel, r.target} : Edge{r.target, r.rel, r.source};
}

// A pass of a stable counting sort. -> where each key's edges begin, and their end
template <class From, class KeyOf>
std::vector<uint32_t> counting_sort(std::span<const From> in, size_t keys, Edges& out, const KeyOf& key_of) {
  std::vector<uint32_t> next(keys + 1);
  for (const From& e : in) ++next[key_of(e).first + 1];
  for (size_t k = 0; k < keys; ++k) next[k + 1] += next[k];
  const std::vector<uint32_t> begins = next;
  out.resize(in.size());
  for (const From& e : in) {
    const auto [key, edge] = key_of(e);
    out[next[key]++] = edge;
  }
  return begins;
}

// By 11 bits of the node at a time.
void sort_by_node(Edges& edges) {
  if (edges.empty()) return;
  const auto [least, highest] = std::ranges::minmax(edges, {}, &Edge::node);
  const uint32_t base = least.node, range = highest.node - least.node;
  Edges other;
  for (uint32_t shift = 0; shift < 32 && (range >> shift) != 0; shift += 11) {
    counting_sort(std::span<const Edge>(edges), 2048, other,
                  [&](const Edge& e) { return std::pair((e.node - base) >> shift & 2047, e); });
    edges.swap(other);
  }
}

size_t count_nodes(std::span<const Edge> sorted) {
  size_t count = 0;
  for (size_t i = 0; i < sorted.size(); ++i) count += i == 0 || sorted[i].node != sorted[i - 1].node;
  return count;
}

// Lists first, then the ends' check: see relationship_ends.h.
void make_lists(GraphTransaction& t, UndoBuffer& undo, RelTypeId type, Direction direction, Edges& edges) {
  sort_by_node(edges);
  TransactionState& state = t.state();
  Graph::Parts& parts = *state.parts;
  auto* record = undo.add<BulkListsRecord>(state.status.get(), UndoKind::kBulkLists, true, 0);
  record->blocks.reserve(count_nodes(edges));
  SlabStretch runs(parts.adjacency.slab()), tails(passing_memory());
  std::vector<uint64_t> pairs;
  for (size_t i = 0; i < edges.size();) {
    rcu::ReadGuard guard;
    const uint32_t node = edges[i].node;
    pairs.clear();
    for (; i < edges.size() && edges[i].node == node; ++i)
      pairs.push_back(uint64_t{edges[i].neighbor} << 32 | edges[i].rel);
    std::sort(pairs.begin(), pairs.end());
    const ListId list{type, direction, NodeId(node)};
    auto& made = record->blocks.emplace_back(nullptr, list);
    made.first = parts.adjacency.append_run(list, pairs, state.status.get(), runs, tails);
    fence_ends();
    check_end(parts, NodeId(node), t.snapshot());
  }
}

// Undo buffers for as many threads as work at a time.
class UndoBuffers {
 public:
  explicit UndoBuffers(GraphTransaction& t) : transaction_(t) {}
  UndoBuffer* take() {
    std::lock_guard lock(transaction_.bulk_mutex());
    if (free_.empty()) {
      auto& all = transaction_.state().bulk_undo;
      free_.push_back(all.emplace_back(std::make_unique<UndoBuffer>()).get());
    }
    UndoBuffer* undo = free_.back();
    free_.pop_back();
    return undo;
  }
  void give_back(UndoBuffer* undo) {
    std::lock_guard lock(transaction_.bulk_mutex());
    free_.push_back(undo);
  }

 private:
  GraphTransaction& transaction_;
  std::vector<UndoBuffer*> free_;
};

}  // namespace

// The relationships of one type in one direction: dealt out by ranges of nodes, slice by slice, and then made lists, range
// by range.
struct BulkLinks::Round {
  Round(uint32_t nodes, size_t relationships) {
    const auto wanted = uint32_t(std::clamp<size_t>(relationships / kPartition, 1, kMostPartitions));
    shift = uint32_t(std::bit_width(std::max(nodes, 1u) / wanted));
    partitions = ((std::max(nodes, 1u) - 1) >> shift) + 1;
  }

  struct Slice {
    Edges edges;
    std::vector<uint32_t> begins;  // by partition
  };
  void deal_out(size_t slice, std::span<const Relationship> in, Direction direction) {
    Slice& to = slices[slice];
    to.begins = counting_sort(in, partitions, to.edges, [&](const Relationship& r) {
      const Edge e = edge_of(r, direction);
      return std::pair(e.node >> shift, e);
    });
  }
  Edges gather(size_t partition) const {
    size_t count = 0;
    for (const Slice& s : slices) count += s.begins[partition + 1] - s.begins[partition];
    Edges out;
    out.reserve(count);
    for (const Slice& s : slices)
      out.insert(out.end(), s.edges.begin() + s.begins[partition], s.edges.begin() + s.begins[partition + 1]);
    return out;
  }

  uint32_t shift, partitions;
  std::vector<Slice> slices;
};

void BulkLinks::add(RelTypeId type, Relationships&& all) {
  if (all.empty()) return;
  std::lock_guard lock(mutex_);
  added_[type.value].push_back(std::move(all));
}

void BulkLinks::link_alone(RelTypeId type, Relationships&& all, UndoBuffer& undo) {
  const Relationships mine = std::move(all);
  waiting_.fetch_sub(mine.size(), std::memory_order_relaxed);
  for (const Direction direction : {Direction::kOut, Direction::kIn}) {
    Edges edges;
    edges.reserve(mine.size());
    for (const Relationship& r : mine) edges.push_back(edge_of(r, direction));
    make_lists(transaction_, undo, type, direction, edges);
  }
}

void BulkLinks::link(const Transaction::RunParallel& run) {
  try {
    for (auto& [type, all] : added_) link(run, RelTypeId(type), std::move(all));
  } catch (...) {
    std::lock_guard lock(transaction_.bulk_mutex());
    transaction_.state().bulk_failed = std::current_exception();
    clear();
    throw;
  }
  clear();
}

void BulkLinks::link(const Transaction::RunParallel& run, RelTypeId type, std::vector<Relationships> all) {
  std::vector<std::span<const Relationship>> slices;
  size_t count = 0;
  for (const Relationships& each : all) {
    count += each.size();
    for (size_t i = 0; i < each.size(); i += kSlice)
      slices.push_back(std::span(each).subspan(i, std::min(kSlice, each.size() - i)));
  }
  UndoBuffers undo(transaction_);
  for (const Direction direction : {Direction::kOut, Direction::kIn}) {
    Round round(transaction_.state().parts->nodes.count() * kChunkRows, count);
    round.slices.resize(slices.size());
    run(slices.size(), [&](size_t i) { round.deal_out(i, slices[i], direction); });
    run(round.partitions, [&](size_t p) {
      Edges edges = round.gather(p);
      if (edges.empty()) return;
      UndoBuffer* mine = undo.take();
      make_lists(transaction_, *mine, type, direction, edges);
      undo.give_back(mine);
    });
  }
}

}  // namespace elegraph::storage
