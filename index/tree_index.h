// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "index/entity.h"
#include "index/hold_counts.h"
#include "index/ordered_walk.h"
#include "index/property_index.h"
#include "index/radix_cursor.h"
#include "index/radix_tree.h"
#include "storage/late_work.h"

namespace elegraph::index {

// The property index: a RadixTree of candidates, and the rules that keep it right beside transactions.
//
// Which entries are there. An entry (value, entity) is there while some version that a snapshot may see, or
// the newest one in place, has the value. Storage stores the cell first and tells us after; we insert the new
// value's entry before the writer goes on, so before its commit: whoever sees the commit sees the entry. The
// old value's entry gets a hold, which ends when the vacuum says that no snapshot sees the old version (or
// when the change is rolled back). An entry goes when its last hold ends and the newest state does not have
// its value; holds are counted, as a value may be left, taken back and left again with each of these still
// visible to someone.
//
// Removing against setting. Both look and act under the latch. A remover reads the newest state there: if a
// writer stored its cell before, the remover sees that and keeps the entry; if after, the writer's insert
// waits for the latch and puts the entry back. Either way the entry is there when the writer goes on. It reads
// the last committed state as well: a writer that stored its cell before, and waits for the latch, has yet to
// put a hold on the value that it replaced, which all others see.
//
// Uniqueness. The check is under the same latch hold as the insert, so of two writers of one value the second
// finds the first's entry (both have stored their cells by then). What the other entity has is told by its
// newest state and its last committed one: both have the value: 23505. Neither, and nobody is writing it: a stale
// candidate. Else its writer decides, so Conflict with that writer: also where neither has the value, since what the
// writer had in between comes back when it goes back to a savepoint. Both have it, but our snapshot does not see it:
// Conflict as well, since under a new snapshot the statement (MERGE, say) may do something else. So where neither has
// it, but our snapshot sees that it had: no snapshot, with its transaction's own changes, has two of one value.
//
// Thread-safety: as PropertyIndex; changes from any thread, and REQUIRES rcu::ReadGuard around them.
class TreeIndex : public PropertyIndex, public storage::LateWork {
 public:
  TreeIndex(IndexId id, IndexDefinition definition, Coverage coverage);

  IndexId id() const override { return id_; }
  const IndexDefinition& definition() const override { return definition_; }
  std::span<const KeyId> keys() const override { return coverage_.keys(); }
  bool unique() const override;
  bool online() const override { return online_.load(std::memory_order_acquire); }
  uint64_t entries() const override { return tree_.entries(); }
  uint64_t distinct_estimate() const override { return tree_.distinct(); }
  uint64_t bytes() const override { return tree_.bytes(); }
  std::shared_ptr<const TreeIndex> self() const { return {shared_from_this(), this}; }
  // Of a change that has become history, or was taken back.
  void replaced_for_good(std::string_view record) override;
  void rolled_back(std::string_view record) override;
  double range_share(const std::optional<Bound>& lower, const std::optional<Bound>& upper, bool thorough) const override;
  double prefix_share(std::string_view prefix, bool thorough) const override;
  void lookup(std::span<const Value> equal, std::vector<uint32_t>& out, const storage::Reader* reader) const override;
  void lookup_integers(std::span<const int64_t> keys, std::span<uint32_t> out, bool& more) const override;
  std::unique_ptr<Cursor> range(std::span<const Value> equal, std::optional<Bound> lower, std::optional<Bound> upper,
                                bool descending) const override;
  std::unique_ptr<Cursor> walk(std::span<const Value> equal, const std::optional<Bound>& lower,
                               const std::optional<Bound>& upper, const WalkOrder& order) const;
  std::unique_ptr<Cursor> prefix(std::span<const Value> equal, std::string_view prefix) const override;

  const Coverage& coverage() const { return coverage_; }
  bool requires_all_keys() const;  // an existence or key constraint
  bool has_entries() const { return definition_.constraint != ConstraintKind::kExists; }

  // One entity's key changed by `t` (nothing: it was or is not covered, or has no value). Throws 23505 or Conflict,
  // having changed nothing then.
  void changed(storage::Transaction& t, uint32_t id, const std::optional<EntryKey>& left,
               const std::optional<EntryKey>& entered);
  // Entities created in bulk: a column (null: absent) for each of keys(), row i of it is ids[i]'s.
  void created(storage::Transaction& t, std::span<const uint32_t> ids, std::span<const Vector* const> columns);

  // For builds. Enters rows as they are now and as `snapshot` has them; only before online.
  void enter_existing(std::span<const uint32_t> ids, storage::Snapshot snapshot);
  // For recovery: nobody else is there. All at once; more that do not fit in there may follow one by one.
  void enter_recovered(RadixEntries& entries) { tree_.build(entries); }
  void enter_recovered(std::string_view key, uint32_t id) { tree_.insert(key, id); }
  // Looks for two live entities with one value. Throws 23505; false where a writer in flight decides: ask
  // again later.
  bool verify_unique() const;
  void set_online(bool online) { online_.store(online, std::memory_order_release); }
  // Whether a checkpoint writes the definition down: from before its creation is logged until before its drop
  // is, so that log and checkpoint together never miss one or keep one too long.
  bool listed() const { return listed_.load(std::memory_order_acquire); }
  void set_listed(bool listed) { listed_.store(listed, std::memory_order_release); }

 private:
  enum class Other { kStale, kSame, kUndecided };
  struct Rollback;

  void check_unique(storage::Transaction& t, const EntryKey& key, uint32_t id) const;
  Other other_state(const EntryKey& key, uint32_t other, const storage::TransactionStatus* own,
                    const storage::TransactionStatus*& writer) const;
  Other settled(const std::string& value, uint32_t id) const;
  // The entity that has what `id` was given last.
  std::string holder(uint32_t other, uint32_t id) const;  // for DETAIL
  [[noreturn]] void too_late(uint32_t other, uint32_t id) const;
  [[noreturn]] void violation(uint32_t other, uint32_t id) const;
  bool newest_has(std::string_view key, uint32_t id) const;
  void hold(std::string_view key, uint32_t id);          // REQUIRES: latch
  void remove_stale(std::string_view key, uint32_t id);  // REQUIRES: latch
  void release(std::string_view key, uint32_t id);
  void forget(std::string_view key, uint32_t id);

  const IndexId id_;
  const IndexDefinition definition_;
  const Coverage coverage_;
  std::atomic<bool> online_{false}, listed_{false};

  RadixTree tree_;
  mutable std::mutex latch_;  // writers only
  // Holds by hash of key and id. Two entries with one hash share a count; one of them may then stay for good
  // as a candidate that no reader accepts.
  HoldCounts holds_;
};

// "`id` = 1 and `name` = 'x'" for messages.
std::string describe(std::span<const std::string> keys, std::span<const Value> values);

}  // namespace elegraph::index
