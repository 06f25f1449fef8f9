// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <vector>

#include "index/index_directory.h"
#include "storage/error.h"

// How an index is filled beside running writes.
//
// The index is published first: from then on, what transactions that begin change is entered by the changes
// themselves (with the values before, too). Then:
//  1. Commit a record, and wait until no snapshot is older. So transactions that began before the publication
//  have
//     ended or at least do not write any more; some may still wait for the log.
//  2. Under a snapshot S, enter each row as S has it and as it is now. The latter covers what step 1 left in
//     flight: nobody but a transaction that began later can have written over it, and that one entered what
//     it replaced.
//  3. Uniqueness: look at values that have several entries. Later writers check against the complete index. What must be
//     there: wait for those in flight who may leave a row without it.
//  4. Wait until no snapshot is older than S: those may see versions that nobody entered.
namespace elegraph::index {
namespace {

class Build {
 public:
  Build(IndexSet::State& state, TreeIndex& index, storage::Graph::SnapshotSlot* slot,
        const std::function<bool()>& cancelled)
      : state_(state), graph_(*state.graph), index_(index), slot_(slot), cancelled_(cancelled) {}

  void run() {
    state_.log(DefinitionRecord::Operation::kBegin, index_.definition(), slot_);
    wait_for_horizon(graph_.last_committed());
    auto t = graph_.begin(slot_);
    storage::Snapshot snapshot = t->snapshot();
    for (ChunkId chunk : chunks()) {
      check_cancelled();
      scan(chunk, snapshot);
    }
    t->rollback();
    while (index_.unique() && !index_.verify_unique()) pause();
    while (!all_decided()) pause();
    wait_for_horizon(snapshot.at);
  }

 private:
  std::vector<ChunkId> chunks() const {
    rcu::ReadGuard guard;
    const Coverage& coverage = index_.coverage();
    auto list = coverage.entity() == EntityKind::kNode ? state_.labels.node_chunks(coverage.label())
                                                       : state_.labels.relationship_chunks(coverage.type());
    return {list.begin(), list.end()};
  }

  void scan(ChunkId chunk, storage::Snapshot snapshot) {
    std::vector<uint32_t> ids(kChunkRows);
    for (uint32_t slot = 0; slot < kChunkRows; ++slot) ids[slot] = chunk.value * kChunkRows + slot;
    if (index_.has_entries()) index_.enter_existing(ids, snapshot);
    if (!index_.requires_all_keys()) return;
    rcu::ReadGuard guard;
    std::ranges::copy_if(ids, std::back_inserter(undecided_), [&](uint32_t id) { return !has_required(id); });
  }

  // Whether the row has all that is required, whatever becomes of a writer in flight: one that had its last statement
  // before the index was published is not looked at when it commits. Throws 23502 where nobody writes it.
  bool has_required(uint32_t id) const {
    const Coverage& coverage = index_.coverage();
    const storage::Reader committed(graph_, {graph_.last_committed(), nullptr});
    const auto whole = [](const std::optional<EntryKey>& key) { return key && key->whole; };
    if ((!coverage.newest(id).covered || whole(coverage.newest_key(id))) &&
        (!coverage.covers(committed, id) || whole(coverage.key_in(committed, id))))
      return true;
    if (coverage.newest(id).writer) return false;
    check_required(index_, id);
    return true;
  }

  bool all_decided() {
    rcu::ReadGuard guard;
    std::erase_if(undecided_, [&](uint32_t id) { return has_required(id); });
    return undecided_.empty();
  }

  void wait_for_horizon(storage::Timestamp at) {
    while (graph_.horizon() < at) pause();
  }

  void pause() {
    check_cancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  void check_cancelled() {
    if (cancelled_ && cancelled_()) throw Error(sqlstate::kQueryCanceled, "canceling statement due to user request");
  }

  IndexSet::State& state_;
  storage::Graph& graph_;
  TreeIndex& index_;
  storage::Graph::SnapshotSlot* slot_;
  const std::function<bool()>& cancelled_;
  std::vector<uint32_t> undecided_;  // rows that a writer in flight may leave without what is required
};

}  // namespace

void build_online(IndexSet::State& state, TreeIndex& index, storage::Graph::SnapshotSlot* slot,
                  const std::function<bool()>& cancelled) {
  Build(state, index, slot, cancelled).run();
}

}  // namespace elegraph::index
