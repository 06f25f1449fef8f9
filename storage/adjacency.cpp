// SPDX-License-Identifier: Apache-2.0
#include "storage/adjacency.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "storage/conflict.h"
#include "storage/rcu.h"

namespace elegraph::storage {

namespace {

constexpr uint32_t kMaxBlock = 256;    // entries
constexpr uint32_t kSmallRun = 4096;   // folded into at once; larger ones when the tail is an eighth or rests
constexpr uint32_t kRestPerMs = 1000;  // rows of a run for which its tail has to rest 1 ms: 1 % or so goes into copying

size_t block_bytes(const TailBlock* b) {
  return b->bulk ? sizeof(BulkBlock) : sizeof(TailBlock) + size_t{b->capacity} * sizeof(TailEntry);
}

uint64_t pair_of(NodeId neighbor, RelId rel) { return uint64_t{neighbor.value} << 32 | rel.value; }

// Settled: resolved to a timestamp that every snapshot sees, or rolled back.
bool settled(uint64_t s, Timestamp horizon) {
  if (stamp::status(s)) return false;
  return stamp::plain(s) <= horizon || stamp::plain(s) == stamp::kNever;
}

bool settled(TailBlock* b, Timestamp horizon) {
  if (b->bulk) return settled(static_cast<BulkBlock*>(b)->stamp.load(std::memory_order_acquire), horizon);
  uint32_t n = b->count.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < n; ++i)
    if (!settled(b->entries()[i].stamp.load(std::memory_order_acquire), horizon)) return false;
  return true;
}

// Whether nothing was added for so long that copying the run costs little against it: else each insert into a hub, some
// milliseconds apart, would cost a copy of all that is there.
bool rests(Tail& t, uint32_t run_count) {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  const auto now = uint32_t(std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count());
  if (t.entries != t.entries_met) t.entries_met = t.entries, t.met_at = now;
  return now - t.met_at > run_count / kRestPerMs;
}

// What the tail's blocks from `newest` down to sequence `first` add and take away, sorted.
void read_tail(TailBlock* newest, uint64_t first, FoldMemory& memory) {
  memory.added.clear(), memory.deleted.clear();
  for (TailBlock* b = newest;; b = b->older) {
    if (b->bulk) {
      auto* bulk = static_cast<BulkBlock*>(b);
      const Run* r = bulk->run;
      if (stamp::plain(bulk->stamp.load(std::memory_order_acquire)) != stamp::kNever)
        for (uint32_t i = 0; i < r->count; ++i) memory.added.push_back(pair_of(r->nodes()[i], r->rels()[i]));
    }
    for (uint32_t i = 0, n = b->count.load(std::memory_order_acquire); i < n; ++i) {
      const TailEntry& e = b->entries()[i];
      const uint64_t s = e.stamp.load(std::memory_order_acquire);
      if (stamp::plain(s) == stamp::kNever) continue;
      (stamp::is_delete(s) ? memory.deleted : memory.added).push_back(pair_of(e.neighbor, e.rel));
    }
    if (b->sequence == first) break;
  }
  std::sort(memory.added.begin(), memory.added.end());
  std::sort(memory.deleted.begin(), memory.deleted.end());
}

// What a list is once its tail is folded into `base`, sorted.
std::span<const uint64_t> folded_pairs(const Run* base, TailBlock* newest, uint64_t first, FoldMemory& memory) {
  read_tail(newest, first, memory);
  const std::vector<uint64_t>* pairs = &memory.added;
  if (base && base->count > 0) {
    memory.merged.clear();
    auto added = memory.added.begin();
    for (uint32_t i = 0; i < base->count; ++i) {
      const uint64_t p = pair_of(base->nodes()[i], base->rels()[i]);
      while (added != memory.added.end() && *added < p) memory.merged.push_back(*added++);
      memory.merged.push_back(p);
    }
    memory.merged.insert(memory.merged.end(), added, memory.added.end());
    pairs = &memory.merged;
  }
  if (memory.deleted.empty()) return *pairs;
  memory.kept.clear();
  std::set_difference(pairs->begin(), pairs->end(), memory.deleted.begin(), memory.deleted.end(),
                      std::back_inserter(memory.kept));
  return memory.kept;
}

// A hub's would stay for good.
void give_room_back(FoldMemory& memory) {
  constexpr size_t kKept = size_t{64} << 10;
  for (auto* v : {&memory.added, &memory.deleted, &memory.merged, &memory.kept})
    if (v->capacity() > kKept) std::vector<uint64_t>().swap(*v);
}

}  // namespace

Adjacency::~Adjacency() {
  Table* t = table_.load(std::memory_order_relaxed);
  for (uint32_t i = 0; t && i < t->size; ++i) delete t->blocks[i].load(std::memory_order_relaxed);
  delete t;
}

std::atomic<uint64_t>& Adjacency::slot(NodeId node) {
  uint32_t chunk = node.value / kChunkRows;
  Block* b = block(chunk);
  if (!b) {
    std::lock_guard lock(mutex_);
    Table* t = table_.load(std::memory_order_relaxed);
    if (!t || chunk >= t->size) {
      auto next = std::make_unique<Table>(std::max(chunk + 1, t ? t->size * 2 : 1u));
      for (uint32_t i = 0; t && i < t->size; ++i)
        next->blocks[i].store(t->blocks[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
      table_.store(next.get(), std::memory_order_release);
      if (t) rcu::retire(t);
      t = next.release();
    }
    b = t->blocks[chunk].load(std::memory_order_relaxed);
    if (!b) t->blocks[chunk].store(b = new Block(), std::memory_order_release);
  }
  return b->words[node.value % kChunkRows];
}

namespace {

// `memory` has room for Run::bytes(pairs.size()).
Run* make_run(void* memory, std::span<const uint64_t> pairs) {
  const auto count = uint32_t(pairs.size());
  Run* run = new (memory) Run{count, 0};
  uint32_t* ids = run->ids();
  for (uint32_t i = 0; i < count; ++i) ids[i] = uint32_t(pairs[i] >> 32), ids[count + i] = uint32_t(pairs[i]);
  return run;
}

void free_tail(Tail* tail) { tail->pooled ? passing_memory().free(tail, sizeof(Tail)) : delete tail; }

void free_block(TailBlock* block) {
  block->bulk ? passing_memory().free(block, sizeof(BulkBlock)) : ::operator delete(block);
}

}  // namespace

FoldedAway::~FoldedAway() {
  // They lie anywhere, and freeing writes to them.
  const auto each = [](const auto& all, const auto& address, const auto& free) {
    constexpr size_t kAhead = 8;
    for (size_t i = 0; i < all.size(); ++i) {
      if (i + kAhead < all.size()) __builtin_prefetch(address(all[i + kAhead]), 1);
      free(all[i]);
    }
  };
  const auto itself = [](const void* p) { return p; };
  each(tails, itself, [](Tail* t) { free_tail(t); });
  each(runs, itself, [&](Run* r) { store.free_run(r); });
  each(adopted, itself, [](BulkBlock* b) { free_block(b); });
  each(blocks, [](const auto& b) { return b.first; }, [&](const auto& b) { store.free_blocks(b.first, b.second); });
}

void AdjacencyStore::free_blocks(TailBlock* newest, uint64_t first) {
  for (TailBlock* b = newest; b;) {
    TailBlock* older = b->sequence == first ? nullptr : b->older;
    tail_bytes_.fetch_sub(block_bytes(b), std::memory_order_relaxed);
    if (b->bulk) {
      if (Run* run = static_cast<BulkBlock*>(b)->run) free_run(run);
    }
    free_block(b);
    b = older;
  }
}

void AdjacencyStore::free_list(uint64_t word) {
  if (!list_word::has_tail(word)) return;  // runs go with the slab, but large ones
  Tail* t = list_word::tail(word);
  for (TailBlock* b = t->head.load(std::memory_order_relaxed); b;) {
    TailBlock* older = b->sequence == t->first ? nullptr : b->older;
    if (b->bulk) {
      Run* run = static_cast<BulkBlock*>(b)->run;
      if (run && Run::bytes(run->count) > Slab::kLargest) ::operator delete(run);
    }
    free_block(b);
    b = older;
  }
}

AdjacencyStore::~AdjacencyStore() {
  types_.each([this](uint32_t, Pair& pair) {
    for (Adjacency& a : pair)
      for (uint32_t chunk = 0; chunk < a.chunks(); ++chunk) {
        Adjacency::Block* block = a.block(chunk);
        for (uint32_t i = 0; block && i < kChunkRows; ++i) {
          uint64_t word = block->words[i].load(std::memory_order_relaxed);
          if (!word) continue;
          free_list(word);
          Tail* t = list_word::has_tail(word) ? list_word::tail(word) : nullptr;
          Run* run = t ? t->run : list_word::run(word);
          if (run && Run::bytes(run->count) > Slab::kLargest) ::operator delete(run);
          if (t) free_tail(t);
        }
      }
  });
}

Tail* AdjacencyStore::tail_of(Adjacency& lists, std::atomic<uint64_t>& slot) {
  uint64_t word = slot.load(std::memory_order_relaxed);
  if (list_word::has_tail(word)) return list_word::tail(word);
  auto* t = new Tail{list_word::run(word), {nullptr}, 0, 0, false, false, 0, 0};
  tail_bytes_.fetch_add(sizeof(Tail), std::memory_order_relaxed);
  if (word == 0) lists.count_lists(1);
  slot.store(list_word::of(t), std::memory_order_release);
  return t;
}

TailBlock* AdjacencyStore::make_block(TailBlock* older, uint32_t capacity) {
  void* memory = ::operator new(sizeof(TailBlock) + size_t{capacity} * sizeof(TailEntry));
  auto* b = new (memory) TailBlock{older, sequence_.fetch_add(1, std::memory_order_relaxed), false, false, capacity, {0}};
  tail_bytes_.fetch_add(block_bytes(b), std::memory_order_relaxed);
  return b;
}

// A reader that finds a null head has an empty tail: `first` is set before the first block is linked.
TailEntry* AdjacencyStore::append(const ListId& list, NodeId neighbor, RelId rel, uint64_t stamp) {
  Adjacency& lists = at(list.type, list.direction);
  std::atomic<uint64_t>& slot = lists.slot(list.node);
  std::lock_guard lock(latch(list));
  Tail* t = tail_of(lists, slot);
  TailBlock* b = t->head.load(std::memory_order_relaxed);
  uint32_t n = b ? b->count.load(std::memory_order_relaxed) : 0;
  if (!b || b->closed || n == b->capacity) {
    uint32_t capacity = !b ? 2 : std::min(kMaxBlock, std::max(4u, t->entries));
    b = make_block(b, capacity);
    n = 0;
    if (!b->older) t->first = b->sequence;
  }
  auto* e = new (b->entries() + n) TailEntry{neighbor, rel, {stamp}};
  b->count.store(n + 1, std::memory_order_release);
  if (n == 0) t->head.store(b, std::memory_order_release);
  ++t->entries;
  return e;
}

BulkBlock* AdjacencyStore::append_run(const ListId& list, std::span<const uint64_t> pairs, const TransactionStatus* writer,
                                      SlabStretch& runs, SlabStretch& tails) {
  Adjacency& lists = at(list.type, list.direction);
  std::atomic<uint64_t>& slot = lists.slot(list.node);
  Run* run = make_run(runs.take(Run::bytes(uint32_t(pairs.size()))), pairs);
  void* block = tails.take(sizeof(BulkBlock));
  void* tail = tails.take(sizeof(Tail));
  std::lock_guard lock(latch(list));
  const uint64_t word = slot.load(std::memory_order_relaxed);
  const bool first = !list_word::has_tail(word);
  if (word == 0) lists.count_lists(1);
  Tail* t = first ? new (tail) Tail{list_word::run(word), {nullptr}, 0, 0, false, true, 0, 0} : list_word::tail(word);
  TailBlock* head = t->head.load(std::memory_order_relaxed);
  auto* b = new (block)
      BulkBlock{{head, sequence_.fetch_add(1, std::memory_order_relaxed), true, true, 0, {0}}, {stamp::of(writer)}, run};
  tail_bytes_.fetch_add(sizeof(BulkBlock) + (first ? sizeof(Tail) : 0), std::memory_order_relaxed);
  if (!head) t->first = b->sequence;
  t->head.store(b, std::memory_order_release);
  t->entries += uint32_t(pairs.size());
  if (first)
    slot.store(list_word::of(t), std::memory_order_release);
  else
    passing_memory().free(tail, sizeof(Tail));
  return b;
}

uint32_t AdjacencyStore::tail_entries(const ListId& list) {
  std::lock_guard lock(latch(list));
  uint64_t word = at(list.type, list.direction).word(list.node);
  return list_word::has_tail(word) ? list_word::tail(word)->entries : 0;
}

namespace {

bool is_concurrent_insert(uint64_t s, const Snapshot& snapshot) {
  const TransactionStatus* writer = stamp::status(s);
  if (stamp::is_delete(s) || stamp::visible(s, snapshot) || (!writer && stamp::plain(s) == stamp::kNever)) return false;
  return !writer || writer->state.load(std::memory_order_acquire) != kAborted;
}

std::shared_ptr<const TransactionStatus> writer_of(uint64_t s) {
  const TransactionStatus* writer = stamp::status(s);
  return writer ? writer->shared_from_this() : nullptr;
}

}  // namespace

std::vector<AdjacencyStore::Insert> AdjacencyStore::concurrent_inserts(const ListId& list, const Snapshot& snapshot) {
  std::vector<Insert> out;
  std::lock_guard lock(latch(list));
  const uint64_t word = at(list.type, list.direction).word(list.node);
  if (!list_word::has_tail(word)) return out;
  auto add = [&](uint64_t s, NodeId neighbor) {
    if (is_concurrent_insert(s, snapshot)) out.push_back({neighbor, writer_of(s)});
  };
  const Tail* t = list_word::tail(word);
  for (TailBlock* b = t->head.load(std::memory_order_relaxed); b; b = b->sequence == t->first ? nullptr : b->older) {
    if (b->bulk) {
      const Run* run = static_cast<BulkBlock*>(b)->run;
      const uint64_t s = static_cast<BulkBlock*>(b)->stamp.load(std::memory_order_acquire);
      for (uint32_t i = 0; i < run->count; ++i) add(s, run->nodes()[i]);
    }
    for (uint32_t i = 0, n = b->count.load(std::memory_order_relaxed); i < n; ++i)
      add(b->entries()[i].stamp.load(std::memory_order_acquire), b->entries()[i].neighbor);
  }
  return out;
}

// A tail that is not there yet is no reason to wait for the latch: whoever makes it looks at the node afterwards
// (relationship_ends.h), and one that is folded had nothing but what every snapshot sees.
void AdjacencyStore::check_no_concurrent_insert(const ListId& list, const Snapshot& snapshot, NodeId neighbor) {
  const Adjacency& lists = at(list.type, list.direction);
  if (!list_word::has_tail(lists.word(list.node))) return;
  std::lock_guard lock(latch(list));
  uint64_t word = lists.word(list.node);
  if (!list_word::has_tail(word)) return;
  Tail* t = list_word::tail(word);
  auto check = [&](uint64_t s) {
    if (is_concurrent_insert(s, snapshot)) throw added_concurrently(writer_of(s));
  };
  auto leads_there = [&](const Run* run) {
    return !neighbor.valid() || std::binary_search(run->nodes(), run->nodes() + run->count, neighbor);
  };
  for (TailBlock* b = t->head.load(std::memory_order_relaxed); b; b = b->sequence == t->first ? nullptr : b->older) {
    if (b->bulk && leads_there(static_cast<BulkBlock*>(b)->run))
      check(static_cast<BulkBlock*>(b)->stamp.load(std::memory_order_acquire));
    for (uint32_t i = 0, n = b->count.load(std::memory_order_relaxed); i < n; ++i) {
      const TailEntry& e = b->entries()[i];
      if (!neighbor.valid() || e.neighbor == neighbor) check(e.stamp.load(std::memory_order_acquire));
    }
  }
}

// Without the latch: nobody but the vacuum takes tails away, or writes `queued` in one that others know.
bool AdjacencyStore::queue(const ListId& list) {
  uint64_t word = at(list.type, list.direction).word(list.node);
  if (!list_word::has_tail(word) || list_word::tail(word)->queued) return false;
  return list_word::tail(word)->queued = true;
}

bool AdjacencyStore::folded(const ListId& list, uint64_t sequence) {
  const Adjacency& lists = at(list.type, list.direction);
  if (!list_word::has_tail(lists.word(list.node))) return true;  // only the vacuum takes tails away
  std::lock_guard lock(latch(list));
  uint64_t word = lists.word(list.node);
  if (!list_word::has_tail(word)) return true;
  Tail* t = list_word::tail(word);
  return !t->head.load(std::memory_order_relaxed) || t->first > sequence;
}

// Two steps under the latch, the copying between them: only the vacuum changes run and first, and blocks at or below
// `newest` get no more entries once it is closed.
bool AdjacencyStore::fold(const ListId& list, Timestamp horizon, FoldedAway& away) {
  std::atomic<uint64_t>& slot = at(list.type, list.direction).slot(list.node);
  Tail* t;
  TailBlock* newest = nullptr;
  {
    std::lock_guard lock(latch(list));
    uint64_t word = slot.load(std::memory_order_relaxed);
    if (!list_word::has_tail(word)) return true;
    t = list_word::tail(word);
    uint32_t run_count = t->run ? t->run->count : 0;
    if (run_count > kSmallRun && t->entries < run_count / 8 && !rests(*t, run_count)) return false;
    for (TailBlock* b = t->head.load(std::memory_order_relaxed); b; b = b->sequence == t->first ? nullptr : b->older)
      if (!settled(b, horizon))
        newest = nullptr;
      else if (!newest)
        newest = b;
    if (!newest) {
      t->queued = false;
      return true;
    }
    newest->closed = true;
  }
  Run* run;
  bool adopt = !t->run && newest->bulk && newest->sequence == t->first &&
               stamp::plain(static_cast<BulkBlock*>(newest)->stamp.load(std::memory_order_acquire)) != stamp::kNever;
  if (adopt) {
    run = static_cast<BulkBlock*>(newest)->run;
  } else {
    const std::span<const uint64_t> pairs = folded_pairs(t->run, newest, t->first, fold_memory_);
    run = pairs.empty() ? nullptr : make_run(slab_.allocate(Run::bytes(uint32_t(pairs.size()))), pairs);
    give_room_back(fold_memory_);
  }
  uint64_t folded_first = t->first;
  {
    std::lock_guard lock(latch(list));
    TailBlock* head = t->head.load(std::memory_order_relaxed);
    if (head == newest) {
      slot.store(list_word::of(run), std::memory_order_release);
      if (!run) at(list.type, list.direction).count_lists(-1);
    } else {
      TailBlock* oldest = head;
      uint32_t entries = 0;
      for (TailBlock* b = head; b != newest; b = b->older)
        oldest = b, entries += b->bulk ? 1 : b->count.load(std::memory_order_relaxed);
      auto* next = new Tail{run, {head}, oldest->sequence, entries, false, false, 0, 0};
      tail_bytes_.fetch_add(sizeof(Tail), std::memory_order_relaxed);
      slot.store(list_word::of(next), std::memory_order_release);
    }
  }
  if (t->run) away.runs.push_back(t->run);
  tail_bytes_.fetch_sub(sizeof(Tail), std::memory_order_relaxed);
  away.tails.push_back(t);
  if (adopt) {
    // Readers of the old tail still reach the run through the block; only the block goes.
    away.adopted.push_back(static_cast<BulkBlock*>(newest));
    tail_bytes_.fetch_sub(sizeof(BulkBlock), std::memory_order_relaxed);
  } else {
    away.blocks.emplace_back(newest, folded_first);
  }
  return true;
}

}  // namespace elegraph::storage
