// SPDX-License-Identifier: Apache-2.0
#include "storage/serializable.h"

#include <utility>
#include <vector>

#include "storage/error.h"
#include "storage/rcu.h"
#include "storage/transaction_state.h"

namespace elegraph::storage {

namespace {

std::exception_ptr lost() {
  return std::make_exception_ptr(
      Error(sqlstate::kSerializationFailure, "could not serialize access due to read/write dependencies among transactions")
          .with_detail("What the transaction has read was changed by another one that was committed first.")
          .with_hint("The transaction might succeed if retried."));
}

}  // namespace

std::exception_ptr SerializableCommit::check(std::span<const void* const> waiting) {
  std::vector<std::shared_ptr<TransactionState>> committed;
  {
    std::lock_guard lock(parts_.finished.mutex);
    auto& all = parts_.finished.committed;
    for (auto state = all.rbegin(); state != all.rend() && (*state)->committed_at > checked_; ++state)
      committed.push_back(*state);
  }
  rcu::ReadGuard guard;
  for (auto& state : committed)
    if (touched_by(*state, {state->committed_at, nullptr})) return lost();
  const Timestamp now = parts_.last_committed.load(std::memory_order_acquire);
  for (const void* writer : waiting) {
    auto& state = *static_cast<const TransactionState*>(writer);
    if (touched_by(state, {now, state.status.get()})) return lost();
  }
  if (!committed.empty()) checked_ = committed.front()->committed_at;
  return nullptr;
}

bool SerializableCommit::touched_by(const TransactionState& writer, const Snapshot& after) const {
  return reads_->touched_by(writer, Reader(parts_.graph, {snapshot_, nullptr}), Reader(parts_.graph, after));
}

void SerializableCommit::end() {
  if (slot_) SnapshotSlots::end(*std::exchange(slot_, nullptr));
}

}  // namespace elegraph::storage
