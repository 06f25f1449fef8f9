// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <limits>
#include <memory>
#include <mutex>

#include "storage/transaction.h"
#include "storage/waiters.h"

namespace elegraph::storage {

inline constexpr Timestamp kActive = std::numeric_limits<Timestamp>::max() - 1;
inline constexpr Timestamp kAborted = std::numeric_limits<Timestamp>::max();

// Shared by every undo record and adjacency stamp of one transaction; freed a grace period after the vacuum took the
// last of them out. Thread-safe.
struct TransactionStatus : std::enable_shared_from_this<TransactionStatus> {
  // kActive, kAborted, or the commit timestamp. Stored (release) before last_committed passes the timestamp.
  std::atomic<Timestamp> state{kActive};

  bool visible_at(Timestamp at) const { return state.load(std::memory_order_acquire) <= at; }

  // Calls `wake` once it has ended, at once if it has. `behind` are those who come after the one that waits.
  void wait(Waiters::Record record, Waiters::Wake wake, Waiters&& behind) const;
  // Whoever waits for the transaction's statement waits for the transaction, before those who already do.
  void let_wait(Waiters&& first) const;
  void ended();

 private:
  mutable std::mutex mutex_;
  mutable Waiters waiters_;
  bool ended_ = false;
};

// The snapshot rule.
inline bool visible(const TransactionStatus* writer, const Snapshot& snapshot) {
  return writer == snapshot.own || writer->visible_at(snapshot.at);
}

}  // namespace elegraph::storage
