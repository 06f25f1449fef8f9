// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "storage/ids.h"
#include "storage/segmented.h"
#include "storage/slab.h"
#include "storage/transaction_status.h"

// Adjacency: for each relationship type and direction, one list per node. The ideas are those of LiveGraph (VLDB 2020)
// and Sortledton (VLDB 2022): a sequential sealed part, and recent changes beside it.
//
// A list is a sealed Run (sorted, exact fit, in every snapshot), and while it has recent changes a Tail: the run and a
// chain of blocks, newest first, of entries with the writer's stamp. Inserts commute: each only adds an entry. The
// vacuum folds entries that every snapshot sees into a new run.
//
// Readers are wait-free under an rcu::ReadGuard. Writers of one list serialise on a striped latch.
namespace elegraph::storage {

struct Run {
  uint32_t count;
  uint32_t unused;
  const NodeId* nodes() const { return reinterpret_cast<const NodeId*>(this + 1); }
  const RelId* rels() const { return reinterpret_cast<const RelId*>(this + 1) + count; }
  uint32_t* ids() { return reinterpret_cast<uint32_t*>(this + 1); }  // count neighbours, count relationships
  static size_t bytes(uint32_t count) { return sizeof(Run) + size_t{8} * count; }
};
static_assert(sizeof(NodeId) == 4 && sizeof(RelId) == 4 && sizeof(Run) == 8);

// Who wrote an entry and when: a commit timestamp, or (kStatusBit) the address of the writer's status, which the
// vacuum replaces by the timestamp before it frees the status.
namespace stamp {
inline constexpr uint64_t kStatusBit = uint64_t{1} << 63;
inline constexpr uint64_t kDeleteBit = uint64_t{1} << 62;  // the entry takes `rel` away
inline constexpr uint64_t kNever = kDeleteBit - 1;         // rolled back
inline uint64_t of(const TransactionStatus* s) { return uint64_t(reinterpret_cast<uintptr_t>(s)) | kStatusBit; }
inline uint64_t plain(uint64_t s) { return s & ~(kStatusBit | kDeleteBit); }
inline const TransactionStatus* status(uint64_t s) {
  return s & kStatusBit ? reinterpret_cast<const TransactionStatus*>(uintptr_t(plain(s))) : nullptr;
}
inline bool is_delete(uint64_t s) { return (s & kDeleteBit) != 0; }
inline bool visible(uint64_t s, const Snapshot& snapshot) {
  if (const TransactionStatus* writer = status(s)) return storage::visible(writer, snapshot);
  return plain(s) <= snapshot.at;  // kNever is above every timestamp
}
}  // namespace stamp

struct TailEntry {
  NodeId neighbor;
  RelId rel;
  std::atomic<uint64_t> stamp;
};
static_assert(sizeof(TailEntry) == 16);

struct TailBlock {
  TailBlock* older;
  uint64_t sequence;  // grows over all blocks of the store
  bool bulk;
  bool closed;                  // gets no more entries; under the latch
  uint32_t capacity;            // entries
  std::atomic<uint32_t> count;  // stored (release) after the entry
  TailEntry* entries() { return reinterpret_cast<TailEntry*>(this + 1); }
};
static_assert(sizeof(TailBlock) % alignof(TailEntry) == 0);

// A run that one transaction added at once, in passing_memory(); becomes the list's sealed run as it is where it is the
// first.
struct BulkBlock : TailBlock {
  std::atomic<uint64_t> stamp;
  Run* run;
};

// Blocks below `first` are folded into `run` (and may be gone).
struct Tail {
  Run* run;
  std::atomic<TailBlock*> head;
  uint64_t first;
  uint32_t entries;  // since the last fold; under the latch
  bool queued;       // for the vacuum; its own
  bool pooled;       // lies in passing_memory()
  // The vacuum's: how many entries it met, and since when (milliseconds of the steady clock).
  uint32_t entries_met;
  uint32_t met_at;
};

// One word a list: bit 0 says that it has a Tail (bits 1-47 its address); else bits 3-47 are the Run's address (0: empty)
// and bits 48-63 its count, 0xffff for that many and more (then the run says how many).
namespace list_word {
inline constexpr uint64_t kTail = 1;
inline constexpr uint64_t kAddress = (uint64_t{1} << 48) - 1;
inline constexpr uint32_t kManyCount = 0xffff;
inline bool has_tail(uint64_t w) { return (w & kTail) != 0; }
inline Run* run(uint64_t w) { return reinterpret_cast<Run*>(uintptr_t(w & kAddress)); }
inline Tail* tail(uint64_t w) { return reinterpret_cast<Tail*>(uintptr_t(w & kAddress & ~kTail)); }
inline uint64_t of(const Tail* t) { return uint64_t(reinterpret_cast<uintptr_t>(t)) | kTail; }
inline uint64_t of(const Run* r) {
  if (!r) return 0;
  uint64_t count = r->count < kManyCount ? r->count : kManyCount;
  return uint64_t(reinterpret_cast<uintptr_t>(r)) | count << 48;
}
inline uint32_t count(uint64_t w) {  // of a word without a tail
  uint32_t n = uint32_t(w >> 48);
  return n == kManyCount ? run(w)->count : n;
}
}  // namespace list_word

// The lists of one type and direction.
class Adjacency {
 public:
  struct Block {
    std::atomic<uint64_t> words[kChunkRows];
  };
  Adjacency() = default;
  ~Adjacency();

  // Null where no node of the chunk ever had such a list. REQUIRES: ReadGuard, or being the only user.
  Block* block(uint32_t chunk) const { return blocks().at(chunk); }
  uint64_t word(NodeId node) const {
    const Block* b = block(node.value / kChunkRows);
    return b ? b->words[node.value % kChunkRows].load(std::memory_order_acquire) : 0;
  }
  // What is read of a list when it changes, in this order; each reads what the one before asks for. REQUIRES: as block().
  void prefetch_word(NodeId node) const {
    if (const Block* b = block(node.value / kChunkRows)) __builtin_prefetch(&b->words[node.value % kChunkRows], 1);
  }
  void prefetch_tail(NodeId node) const {
    if (const uint64_t w = word(node); list_word::has_tail(w)) __builtin_prefetch(list_word::tail(w), 1);
  }
  void prefetch_newest_block(NodeId node) const {
    const uint64_t w = word(node);
    if (!list_word::has_tail(w)) return;
    const Tail* t = list_word::tail(w);
    __builtin_prefetch(t->head.load(std::memory_order_acquire), 1);
    __builtin_prefetch(t->run);
  }
  // The blocks there are now, for many look-ups in one read section.
  struct Blocks {
    const std::atomic<Block*>* blocks = nullptr;
    uint32_t size = 0;
    Block* at(uint32_t chunk) const { return chunk < size ? blocks[chunk].load(std::memory_order_acquire) : nullptr; }
  };
  Blocks blocks() const {
    const Table* t = table_.load(std::memory_order_acquire);
    return t ? Blocks{t->blocks.get(), t->size} : Blocks{};
  }
  std::atomic<uint64_t>& slot(NodeId node);  // makes the block
  // How many nodes have such a list, about: those of changes under way count.
  uint64_t lists() const {
    const int64_t n = lists_.load(std::memory_order_relaxed);
    return n > 0 ? uint64_t(n) : 0;
  }
  void count_lists(int64_t more) { lists_.fetch_add(more, std::memory_order_relaxed); }
  uint32_t chunks() const {
    const Table* t = table_.load(std::memory_order_acquire);
    return t ? t->size : 0;
  }

 private:
  struct Table {
    explicit Table(uint32_t n) : size(n), blocks(std::make_unique<std::atomic<Block*>[]>(n)) {}
    uint32_t size;
    std::unique_ptr<std::atomic<Block*>[]> blocks;
  };
  std::atomic<Table*> table_{nullptr};
  std::mutex mutex_;
  std::atomic<int64_t> lists_{0};
};

class AdjacencyStore;

// What folding took out of lists; freed when it is destroyed, which is for a grace period later.
struct FoldedAway {
  explicit FoldedAway(AdjacencyStore& s) : store(s) {}
  ~FoldedAway();
  FoldedAway(const FoldedAway&) = delete;
  FoldedAway& operator=(const FoldedAway&) = delete;
  size_t lists() const { return tails.size(); }

  AdjacencyStore& store;
  std::vector<Tail*> tails;
  std::vector<Run*> runs;
  std::vector<BulkBlock*> adopted;                      // without their runs
  std::vector<std::pair<TailBlock*, uint64_t>> blocks;  // the newest, and the sequence of the oldest
};

// What fold() puts lists together in, kept from one to the next.
struct FoldMemory {
  std::vector<uint64_t> added, deleted, merged, kept;
};

struct ListId {
  RelTypeId type;
  Direction direction;
  NodeId node;
};

// All lists of one graph.
class AdjacencyStore {
 public:
  ~AdjacencyStore();

  const Adjacency* find(RelTypeId type, Direction direction) const {
    const Pair* p = types_.find(type.value);
    return p ? &(*p)[direction == Direction::kIn] : nullptr;
  }
  Adjacency& at(RelTypeId type, Direction direction) { return types_[type.value][direction == Direction::kIn]; }
  Slab& slab() { return slab_; }
  const Slab& slab() const { return slab_; }
  uint64_t tail_bytes() const { return tail_bytes_.load(std::memory_order_relaxed); }

  // Both REQUIRE a ReadGuard. The entry stays where it is until the vacuum folded it.
  TailEntry* append(const ListId& list, NodeId neighbor, RelId rel, uint64_t stamp);
  // `pairs`: neighbour << 32 | relationship, sorted. Memory comes from `runs`, a stretch of slab(), and `tails`, one of
  // passing_memory().
  BulkBlock* append_run(const ListId& list, std::span<const uint64_t> pairs, const TransactionStatus* writer,
                        SlabStretch& runs, SlabStretch& tails);

  // Throws Conflict where a transaction that `snapshot` does not see added a relationship to the list, to `neighbor` if
  // that is valid. Looks at the list's tail alone, which is tail_entries() long.
  void check_no_concurrent_insert(const ListId& list, const Snapshot& snapshot, NodeId neighbor = {});
  // What it would throw for, by neighbour.
  struct Insert {
    NodeId neighbor;
    std::shared_ptr<const TransactionStatus> writer;  // null: it has committed
  };
  std::vector<Insert> concurrent_inserts(const ListId& list, const Snapshot& snapshot);
  uint32_t tail_entries(const ListId& list);

  // For the vacuum, one thread at a time: folds what is resolved and at or below `horizon`. False where that is not worth
  // it yet: call again later. What is not resolved queues the list once more when it is. What no list has any more goes to
  // `away`, for the caller to retire.
  bool fold(const ListId& list, Timestamp horizon, FoldedAway& away);
  bool folded(const ListId& list, uint64_t sequence);  // whether everything up to `sequence` is; REQUIRES a ReadGuard
  // Whether the vacuum is to fold the list and has not been told so since it last did. REQUIRES a ReadGuard.
  bool queue(const ListId& list);
  uint64_t last_sequence() const { return sequence_.load(std::memory_order_relaxed); }

 private:
  using Pair = std::array<Adjacency, 2>;
  static constexpr uint32_t kLatches = 1024;

  std::mutex& latch(const ListId& list) {
    uint32_t h = (list.node.value * 0x9E3779B1u) ^ (list.type.value * 0x85EBCA6Bu) ^ uint32_t(list.direction);
    return latches_[h % kLatches];
  }
  Tail* tail_of(Adjacency& lists, std::atomic<uint64_t>& slot);
  TailBlock* make_block(TailBlock* older, uint32_t capacity);
  void free_blocks(TailBlock* newest, uint64_t first);
  void free_run(Run* run) { slab_.free(run, Run::bytes(run->count)); }
  void free_list(uint64_t word);

  Segmented<Pair> types_;
  Slab slab_;
  std::array<std::mutex, kLatches> latches_;
  std::atomic<uint64_t> sequence_{1};
  std::atomic<uint64_t> tail_bytes_{0};
  FoldMemory fold_memory_;

  friend struct FoldedAway;
};

}  // namespace elegraph::storage
