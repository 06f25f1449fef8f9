// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <thread>
#include <utility>

#include "index/key_encoding.h"
#include "index/tree_index.h"
#include "storage/conflict.h"
#include "storage/error.h"
#include "storage/rcu.h"
#include "storage/transaction_status.h"

namespace elegraph::index {

using radix::Ref;

TreeIndex::Other TreeIndex::other_state(const EntryKey& key, uint32_t other, const storage::TransactionStatus* own,
                                        const storage::TransactionStatus*& writer) const {
  auto newest = coverage_.newest(other);
  bool has_now = newest_has(key.bytes, other);
  writer = newest.writer;
  if (own && writer == own) return has_now ? Other::kSame : Other::kStale;
  auto& graph = coverage_.graph();
  bool had = coverage_.has(storage::Reader(graph, {graph.last_committed(), nullptr}), other, key.bytes);
  if (has_now && had) return Other::kSame;
  // Neither has it now, but a writer in flight may have had it and go back to a savepoint.
  if (!has_now && !had && !writer) return Other::kStale;
  // A writer that came or went between the readings shows up (or not) the next time.
  return Other::kUndecided;
}

void TreeIndex::check_unique(storage::Transaction& t, const EntryKey& key, uint32_t id) const {
  Ref found = tree_.find(key.bytes);
  if (found == 0 || (radix::is_leaf(found) && radix::leaf_id(found) == id)) return;
  RadixCursor cursor(tree_, key.bytes, after_prefix(key.bytes), false);
  uint32_t other;
  while (cursor.next({&other, 1}) == 1) {
    if (other == id) continue;
    const storage::TransactionStatus* writer = nullptr;
    Other state;
    for (;;) {
      state = other_state(key, other, t.snapshot().own, writer);
      if (state != Other::kUndecided || writer) break;
      std::this_thread::yield();  // a commit is being published
    }
    // Seen by our snapshot, and there no more, it would make two of one value in it: plans rest on there being one.
    const bool seen = coverage_.has(storage::Reader(coverage_.graph(), t.snapshot()), other, key.bytes);
    if (state != Other::kUndecided && seen != (state == Other::kSame)) too_late(other, id);
    if (state == Other::kSame) violation(other, id);
    if (state == Other::kUndecided)
      throw storage::Conflict(
          fmt::format("could not check unique constraint \"{}\" due to a concurrent update", definition_.name),
          writer->shared_from_this());
  }
}

std::string TreeIndex::holder(uint32_t other, uint32_t id) const {
  const std::vector<Value> values = coverage_.newest_values(id);
  bool node = coverage_.entity() == EntityKind::kNode;
  return fmt::format("{}({}) already exists with {} `{}` and {} {}.", node ? "Node" : "Relationship", other,
                     node ? "label" : "type", definition_.label, values.size() == 1 ? "property" : "properties",
                     describe(definition_.keys, values));
}

void TreeIndex::violation(uint32_t other, uint32_t id) const {
  throw Error(sqlstate::kUniqueViolation,
              fmt::format("duplicate key value violates unique constraint \"{}\"", definition_.name))
      .with_detail(holder(other, id));
}

// Somebody took the value, or gave it up, after our snapshot was taken: MERGE would do something else under a newer one.
void TreeIndex::too_late(uint32_t other, uint32_t id) const {
  storage::Conflict conflict(
      fmt::format("could not serialize access due to a concurrent commit of a key of unique constraint \"{}\"",
                  definition_.name),
      nullptr);
  conflict.detail = holder(other, id);
  throw conflict;
}

bool TreeIndex::verify_unique() const {
  constexpr uint32_t kBatch = 4096;
  RadixCursor cursor(tree_, "", "", false);
  RadixEntryBatch entries;
  struct {
    std::string value;
    uint32_t id = ~0u;
  } last;
  bool last_has = false, last_judged = true;
  for (uint32_t n = kBatch; n == kBatch;) {
    rcu::ReadGuard guard;
    entries.clear();
    n = cursor.next_entries(kBatch, entries);
    for (size_t i = 0; i < entries.size(); ++i) {
      const uint32_t id = entries.ids()[i];
      if (entries.value(i) != last.value) {
        last.value = entries.value(i), last.id = id, last_has = last_judged = false;
        continue;
      }
      Other mine = settled(last.value, id), theirs = last_judged ? Other::kStale : settled(last.value, last.id);
      if (mine == Other::kUndecided || theirs == Other::kUndecided) return false;
      last_has |= theirs == Other::kSame, last_judged = true;
      if (mine != Other::kSame) continue;
      if (last_has) violation(last.id, last.id);
      last.id = id, last_has = true;
    }
  }
  return true;
}

// Whether the entity has the value for good; a key that has a null somewhere is nobody's.
TreeIndex::Other TreeIndex::settled(const std::string& value, uint32_t id) const {
  auto key = coverage_.newest_key(id);
  if (key && key->bytes == value && !key->whole) return Other::kStale;
  const storage::TransactionStatus* writer = nullptr;
  return other_state({value, true}, id, nullptr, writer);
}

}  // namespace elegraph::index
