// SPDX-License-Identifier: Apache-2.0
#include "storage/adjacency_builder.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <memory>
#include <utility>
#include <vector>

#include "storage/dealer.h"
#include "storage/error.h"
#include "storage/page_allocator.h"
#include "storage/parallel.h"
#include "storage/rcu.h"

namespace elegraph::storage {

namespace {

struct Edge {
  uint32_t from;  // counted from its partition's first node
  uint32_t to, rel;
};

// How edges lie in memory while they are dealt out and sorted: in as little as their ids need, 64 bits as a rule.
class Packed {
 public:
  using Item = uint64_t;
  Packed(uint32_t to_bits, uint32_t rel_bits) : to_bits_(to_bits), rel_bits_(rel_bits) {}
  Item pack(const Edge& e) const { return ((uint64_t{e.from} << to_bits_ | e.to) << rel_bits_) | e.rel; }
  uint32_t from(Item e) const { return uint32_t(e >> rel_bits_ >> to_bits_); }
  uint32_t to(Item e) const { return uint32_t(e >> rel_bits_ & ((uint64_t{1} << to_bits_) - 1)); }
  uint32_t rel(Item e) const { return uint32_t(e & ((uint64_t{1} << rel_bits_) - 1)); }

 private:
  uint32_t to_bits_, rel_bits_;
};

class Plain {
 public:
  struct Item {
    Edge edge;
    uint32_t unused;
  };
  Item pack(const Edge& e) const { return {e, 0}; }
  uint32_t from(const Item& e) const { return e.edge.from; }
  uint32_t to(const Item& e) const { return e.edge.to; }
  uint32_t rel(const Item& e) const { return e.edge.rel; }
};

constexpr uint32_t kSortBits = 11;  // of a pass
constexpr uint32_t kUsualPartitions = 512, kMostPartitions = 1024;

size_t slice_begin(size_t slice, size_t slices, size_t count) { return slice * count / slices; }

template <class Format>
class Builder {
 public:
  using Item = Format::Item;
  // Partition of a node: id >> shift.
  Builder(Graph::Parts& parts, RelTypeId type, std::span<const uint32_t> chunks, uint32_t threads, uint32_t shift,
          Format format)
      : parts_(parts),
        type_(type),
        chunks_(chunks),
        threads_(threads),
        nodes_(parts.nodes.count() * kChunkRows),
        shift_(shift),
        partitions_(uint32_t((uint64_t{nodes_} + (uint64_t{1} << shift) - 1) >> shift)),
        format_(format) {
    for (uint32_t chunk = 0; chunk < parts.nodes.count(); ++chunk) exists_.push_back(parts.nodes.find(chunk) != nullptr);
  }

  void build() {
    // Counted by slice of the chunks, and then by partition of the targets, while each of those is built.
    Counts by_slice(size_t{threads_} * 8, std::vector<uint32_t>(partitions_));
    Counts by_partition(partitions_, std::vector<uint32_t>(partitions_));
    each_slice(by_slice, [&](size_t slice) { count_edges(slice, by_slice); });
    deal_out(by_slice, [&](size_t slice, Dealer<Item>& dealer) { deal_edges(slice, by_slice.size(), dealer); });
    run_parallel(threads_, partitions_, [&](size_t p) {
      build_partition(Direction::kIn, uint32_t(p), [&](uint32_t source) { ++by_partition[p][source >> shift_]; });
    });
    deal_out(by_partition, [&](size_t p, Dealer<Item>& dealer) { deal_lists(uint32_t(p), dealer); });
    begin_to_give();
    run_parallel(threads_, partitions_, [&](size_t p) {
      build_partition(Direction::kOut, uint32_t(p), [](uint32_t) {});
      give_pages(uint32_t(p));
    });
  }

 private:
  using Counts = std::vector<std::vector<uint32_t>>;  // by slice and partition; then where each slice's edges begin

  bool exists(uint32_t node) const { return node < nodes_ && exists_[node / kChunkRows]; }
  Edge edge(uint32_t from, uint32_t to, uint32_t rel) const { return {from & ((1u << shift_) - 1), to, rel}; }

  template <class F>
  void each_slice(const Counts& counts, const F& f) {
    run_parallel(threads_, counts.size(), [&](size_t slice) {
      const rcu::ReadGuard guard;
      f(slice);
    });
  }

  template <class F>
  void each_row(size_t slice, size_t slices, const F& f) const {
    const size_t end = slice_begin(slice + 1, slices, chunks_.size());
    for (size_t i = slice_begin(slice, slices, chunks_.size()); i < end; ++i) {
      const RelChunk& c = *parts_.rels.find(chunks_[i]);
      for (uint32_t word = 0; word < kChunkWords; ++word) {
        for (uint64_t left = c.live[word].load(std::memory_order_relaxed); left != 0; left &= left - 1) {
          const uint32_t row = word * 64 + uint32_t(std::countr_zero(left));
          f(c.source[row].value, c.target[row].value, chunks_[i] * kChunkRows + row);
        }
      }
    }
  }
  void count_edges(size_t slice, Counts& counts) const {
    each_row(slice, counts.size(), [&](uint32_t source, uint32_t target, uint32_t) {
      if (!exists(source) || !exists(target))
        throw Error(sqlstate::kDataCorrupted, "a stored relationship has an end that does not exist");
      ++counts[slice][target >> shift_];
    });
  }
  void deal_edges(size_t slice, size_t slices, Dealer<Item>& dealer) const {
    const Format format = format_;
    each_row(slice, slices, [&](uint32_t source, uint32_t target, uint32_t rel) {
      dealer.deal(target >> shift_, format.pack(edge(target, source, rel)));
    });
  }
  // The incoming lists of one partition's nodes, as edges of the sources.
  void deal_lists(uint32_t p, Dealer<Item>& dealer) const {
    const Adjacency& lists = *parts_.adjacency.find(type_, Direction::kIn);
    const uint32_t first = p << shift_, end = first + nodes_of(p);
    const Format format = format_;
    for (uint32_t chunk = first / kChunkRows; chunk * kChunkRows < end; ++chunk) {
      const Adjacency::Block* block = lists.block(chunk);
      for (uint32_t row = 0; block && row < kChunkRows; ++row) {
        const Run* run = list_word::run(block->words[row].load(std::memory_order_relaxed));
        for (uint32_t i = 0; run && i < run->count; ++i) {
          const uint32_t source = run->nodes()[i].value;
          dealer.deal(source >> shift_, format.pack(edge(source, chunk * kChunkRows + row, run->rels()[i].value)));
        }
      }
    }
  }

  // `counts` become places: slices of one partition one behind the other.
  template <class F>
  void deal_out(Counts& counts, const F& deal) {
    begins_.assign(partitions_ + 1, 0);
    uint32_t total = 0;
    for (uint32_t p = 0; p < partitions_; ++p) {
      begins_[p] = total;
      for (auto& slice : counts) total += std::exchange(slice[p], total);
    }
    begins_[partitions_] = total;
    if (items_.size() < total) items_ = PageArray<Item>(total);
    each_slice(counts, [&](size_t slice) {
      Dealer<Item> dealer(items_.data(), counts[slice]);
      deal(slice, dealer);
      dealer.finish();
    });
  }

  // In the last pass the lists to come get the edges' memory, each huge page when all partitions in it are built: that is
  // a third less of new memory. An error in that pass loses what is not given yet.
  void begin_to_give() {
    if (!items_.mapped()) return;
    users_ = std::vector<std::atomic<uint32_t>>(whole_huge_pages(items_.size() * sizeof(Item)) / kHugePage);
    for (uint32_t p = 0; p < partitions_; ++p)
      each_page(p, [&](size_t page) { users_[page].fetch_add(1, std::memory_order_relaxed); });
    given_ = items_.release();
  }
  void give_pages(uint32_t p) {
    if (!given_) return;
    each_page(p, [&](size_t page) {
      if (users_[page].fetch_sub(1, std::memory_order_acq_rel) == 1)
        parts_.adjacency.slab().adopt(reinterpret_cast<char*>(given_) + page * kHugePage);
    });
  }
  template <class F>
  void each_page(uint32_t p, const F& f) const {
    if (begins_[p] == begins_[p + 1]) return;
    const size_t last = (begins_[p + 1] * sizeof(Item) - 1) / kHugePage;
    for (size_t page = begins_[p] * sizeof(Item) / kHugePage; page <= last; ++page) f(page);
  }

  uint32_t nodes_of(uint32_t p) const { return std::min(uint32_t(1) << shift_, nodes_ - (p << shift_)); }

  // Stable, so that edges to the same node stay in the order of their relationships. Back and forth between the two, in as
  // few passes as eleven bits each allow, and of as few bits.
  std::span<const Item> sort_by_other_end(std::span<Item> items, std::span<Item> other) const {
    const Format format = format_;  // known not to change while items are written
    const uint32_t bits = uint32_t(std::bit_width(nodes_ - 1)), passes = (bits + kSortBits - 1) / kSortBits;
    const uint32_t each = (bits + passes - 1) / passes, mask = (1u << each) - 1;
    for (uint32_t shift = 0; shift < bits; shift += each) {
      std::array<uint32_t, (1u << kSortBits) + 1> begins;
      std::fill_n(begins.begin(), mask + 2, 0);
      for (const Item& e : items) ++begins[(format.to(e) >> shift & mask) + 1];
      for (uint32_t i = 1; i <= mask; ++i) begins[i] += begins[i - 1];
      for (const Item& e : items) other[begins[format.to(e) >> shift & mask]++] = e;
      std::swap(items, other);
    }
    return items;
  }

  template <class Seen>
  void build_partition(Direction direction, uint32_t p, const Seen& seen) {
    const rcu::ReadGuard guard;
    const Format format = format_;
    Adjacency& lists = parts_.adjacency.at(type_, direction);
    const std::span<Item> items((given_ ? given_ : items_.data()) + begins_[p], begins_[p + 1] - begins_[p]);
    if (items.empty()) return;
    std::vector<uint32_t> counts(nodes_of(p));
    for (const Item& e : items) ++counts[format.from(e)];
    uint64_t bytes = 0;
    for (const uint32_t count : counts) bytes += count ? Run::bytes(count) : 0;
    SlabStretch memory(parts_.adjacency.slab(), bytes);
    std::vector<uint32_t*> next(
        counts.size());  // where a node's next neighbour goes, and `count` after it the relationship
    lists.count_lists(std::ranges::count_if(counts, [](uint32_t count) { return count > 0; }));
    for (uint32_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      Run* run = new (memory.take(Run::bytes(counts[i]))) Run{counts[i], 0};
      next[i] = run->ids();
      lists.slot(NodeId((p << shift_) + i)).store(list_word::of(run), std::memory_order_release);
    }
    const bool sorted = direction == Direction::kOut;
    const auto other = std::make_unique_for_overwrite<Item[]>(sorted ? 0 : items.size());
    for (const Item& e : sorted ? items : sort_by_other_end(items, {other.get(), items.size()})) {
      const uint32_t node = format.from(e), to = format.to(e);
      next[node][0] = to, next[node][counts[node]] = format.rel(e);
      ++next[node];
      seen(to);
    }
  }

  Graph::Parts& parts_;
  const RelTypeId type_;
  const std::span<const uint32_t> chunks_;
  const uint32_t threads_;
  const uint32_t nodes_;      // ids below this
  std::vector<char> exists_;  // by chunk of nodes
  const uint32_t shift_;
  const uint32_t partitions_;
  const Format format_;
  PageArray<Item> items_;                     // edges by partition,
  std::vector<uint32_t> begins_;              // each of which begins here
  Item* given_ = nullptr;                     // where they lie in the last pass, and
  std::vector<std::atomic<uint32_t>> users_;  // how many partitions each of its huge pages still serves
};

}  // namespace

void build_adjacency(Graph::Parts& parts, RelTypeId type, std::span<const uint32_t> chunks, uint32_t threads) {
  const uint64_t nodes = uint64_t{parts.nodes.count()} * kChunkRows;
  const uint64_t rels = chunks.empty() ? 0 : (uint64_t{chunks.back()} + 1) * kChunkRows;
  const auto bits = [](uint64_t ids) { return uint32_t(std::bit_width(std::max<uint64_t>(ids, 2) - 1)); };
  // A type of few relationships is not worth many partitions: each is dealt to each.
  const uint64_t partitions = std::clamp<uint64_t>(chunks.size() * 8, 32, kUsualPartitions);
  uint32_t shift = uint32_t(std::countr_zero(kChunkRows));
  while (nodes >> shift > partitions) ++shift;
  // One bit less of `from` where that makes it fit.
  if (shift + bits(nodes) + bits(rels) == 65 && nodes >> (shift - 1) <= kMostPartitions) --shift;
  if (shift + bits(nodes) + bits(rels) <= 64) {
    Builder<Packed>(parts, type, chunks, threads, shift, Packed(bits(nodes), bits(rels))).build();
  } else {
    Builder<Plain>(parts, type, chunks, threads, shift, Plain()).build();
  }
}

}  // namespace elegraph::storage
