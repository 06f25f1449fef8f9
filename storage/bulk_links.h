// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "storage/graph_transaction.h"
#include "storage/page_allocator.h"

namespace elegraph::storage {

// The relationships of one transaction's bulk writers that are in no list yet.
//
// A list has a run for each time that it gets relationships, and the vacuum makes one of them later. So those of all
// writers wait until the end of the load and are then sorted together, each range of nodes by one thread: then each list
// has one run, which stays where it is.
class BulkLinks {
 public:
  struct Relationship {
    uint32_t source, target, rel;
  };
  using Relationships = PageVector<Relationship>;

  // More should not wait: they take twelve bytes each, and twice that while they get their lists.
  static constexpr size_t kMostWaiting = size_t{64} << 20;

  explicit BulkLinks(GraphTransaction& transaction) : transaction_(transaction) {}

  // Thread-safe. Of all writers, whether they are theirs yet or were added.
  void count_waiting(size_t more) { waiting_.fetch_add(more, std::memory_order_relaxed); }
  bool too_many() const { return waiting_.load(std::memory_order_relaxed) >= kMostWaiting; }
  void add(RelTypeId type, Relationships&& all);

  bool empty() const { return added_.empty(); }
  void clear() { added_.clear(), waiting_ = 0; }
  // Gives those that were added their lists. Throws what check_end() does; the transaction cannot commit then.
  void link(const Transaction::RunParallel& run);
  // The same for those of one writer, on its thread.
  void link_alone(RelTypeId type, Relationships&& all, UndoBuffer& undo);

 private:
  struct Round;
  void link(const Transaction::RunParallel& run, RelTypeId type, std::vector<Relationships> all);

  GraphTransaction& transaction_;
  std::mutex mutex_;
  std::map<uint32_t, std::vector<Relationships>> added_;  // by type
  std::atomic<size_t> waiting_{0};
};

}  // namespace elegraph::storage
