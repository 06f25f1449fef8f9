// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "storage/ids.h"

namespace elegraph::query::exec {

// What the copies of a pipeline that run side by side share: counters, from which each scan takes its next chunk or slice
// of one (morsel), and how far they are. Thread-safe, without locks: there are a few counters, in a list that only grows.
class MorselSource {
 public:
  // What a scan, or one of the parts that it goes through one after the other, has to go through.
  struct Work {
    uint64_t chunks = 0;
    std::vector<ChunkId> ids;  // of the chunks, as all copies have them whatever is added meanwhile; empty: 0, 1, ..
    uint32_t slices = 1;       // into which each chunk is cut
    uint64_t taken = 0;        // of the chunks, so many the first copy, before there are others, has been through
  };
  struct Counter {
    uint32_t node, part;
    uint32_t slices;
    std::vector<ChunkId> ids;
    uint64_t morsels;
    std::atomic<uint32_t> next;
    Counter* older;
  };

  MorselSource() = default;
  // `scan`: the node of the scan at the bottom of the pipeline, whose morsels these are. Scans on the right of an operator,
  // or in subplans, are each copy's own: all of them need all rows.
  void serve(const void* scan) { scan_ = scan; }
  bool serves(const void* scan) const { return scan_ == scan; }
  ~MorselSource() {
    free_all(counters_.load(std::memory_order_relaxed));
    free_all(left_.load(std::memory_order_relaxed));
  }
  MorselSource(const MorselSource&) = delete;
  MorselSource& operator=(const MorselSource&) = delete;

  // As the first one makes it that comes; `make` says what the Work is.
  template <class Make>
  Counter& counter(uint32_t node, uint32_t part, Make make) {
    Counter* head = counters_.load(std::memory_order_acquire);
    std::unique_ptr<Counter> fresh;
    for (;;) {
      for (Counter* c = head; c; c = c->older)
        if (c->node == node && c->part == part) return *c;
      if (!fresh) fresh = make_counter(node, part, make());
      fresh->older = head;
      if (counters_.compare_exchange_strong(head, fresh.get())) break;
    }
    Counter& mine = *fresh.release();
    if (stopped_.load()) mine.next.store(uint32_t(mine.morsels), std::memory_order_relaxed);
    return mine;
  }

  struct Progress {
    uint64_t taken = 0, all = 0;
  };
  Progress progress() const {
    Progress out;
    for (const Counter* c = counters_.load(std::memory_order_acquire); c; c = c->older) {
      out.taken += std::min<uint64_t>(c->next.load(std::memory_order_relaxed), c->morsels);
      out.all += c->morsels;
    }
    return out;
  }

  // One more copy, beside the first. False: the others have ended, or are about to, and left nothing to do.
  bool join() {
    uint32_t copies = copies_.load();
    while (!(copies & kOver))
      if (copies_.compare_exchange_weak(copies, copies + 1)) return true;
    return false;
  }
  // A copy has come to the end, so that there are no more morsels for others.
  void end() { copies_.fetch_or(kOver); }
  // A copy has failed: the others find no more morsels.
  void stop() {
    end();
    stopped_.store(true);
    for (Counter* c = counters_.load(); c; c = c->older) c->next.store(uint32_t(c->morsels), std::memory_order_relaxed);
  }
  // As end(), and leaves what the copy's operator has to the last one that comes to the end, which gets all.
  std::vector<void*> leave(uint32_t node, void* rest) {
    const uint32_t copies = copies_.fetch_or(kOver) & ~kOver;  // none joins from here on
    auto* mine = new Left{node, rest, left_.load()};
    while (!left_.compare_exchange_weak(mine->older, mine)) {}
    std::vector<void*> all;
    for (const Left* l = mine; l; l = l->older)
      if (l->node == node) all.push_back(l->rest);
    return all.size() == copies ? all : std::vector<void*>{};
  }

 private:
  static std::unique_ptr<Counter> make_counter(uint32_t node, uint32_t part, Work work) {
    const uint64_t morsels = work.chunks * work.slices;
    const auto taken = uint32_t(work.taken * work.slices);
    return std::unique_ptr<Counter>(new Counter{node, part, work.slices, std::move(work.ids), morsels, taken, nullptr});
  }

  struct Left {
    uint32_t node;
    void* rest;
    Left* older;
  };
  static constexpr uint32_t kOver = 1u << 31;

  template <class T>
  static void free_all(T* newest) {
    while (newest) {
      const std::unique_ptr<T> t(newest);
      newest = t->older;
    }
  }

  const void* scan_ = nullptr;  // set before there are copies
  std::atomic<Counter*> counters_{nullptr};
  std::atomic<Left*> left_{nullptr};
  std::atomic<uint32_t> copies_{1};  // and kOver
  std::atomic<bool> stopped_{false};
};

}  // namespace elegraph::query::exec
