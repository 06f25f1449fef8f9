// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/catalog.h"
#include "storage/ids.h"
#include "storage/value.h"
#include "storage/vector.h"

namespace elegraph::storage {

class Graph;
class LateWork;
class ReadSet;
struct TransactionStatus;  // shared by every undo record of one transaction: active, commit timestamp, aborted

using Timestamp = uint64_t;  // commit timestamps, dense from 1

// What a reader sees: everything committed at or before `at`, and `own`'s changes.
struct Snapshot {
  Timestamp at = 0;
  const TransactionStatus* own = nullptr;
};

// As PostgreSQL's synchronous_commit: kOn acknowledges after fdatasync, kOff before.
enum class Durability : uint8_t { kOn, kOff };

// A write that lost against another transaction under first-updater-wins: Error 40001, and which transaction won,
// so that the server can wait for it before it tries an autocommit statement again.
class Conflict;

// One transaction: a snapshot, and the changes made under it. Every change is applied in place at once, with its
// former value in an undo record, and its redo is appended to the transaction's buffer.
//
// Isolation: snapshot isolation, first updater wins (Berenson et al., SIGMOD 1995). A write to a row whose newest
// version is not in the snapshot throws Conflict; relationship inserts at one node commute. A transaction that records its
// reads is serializable: it commits only if nobody changed them since its snapshot (storage/serializable.h).
//
// Thread-safety: one thread at a time. The bulk writers (BulkWriter) of one transaction may each run on a thread
// of their own.
//
// Errors: Conflict (40001), 22023 for an entity that this transaction deleted, 54000 for values that are too large or
// ids used up, whatever an observer throws (23505 from a unique constraint). After an error the statement's caller
// goes back to a savepoint or rolls back.
class Transaction {
 public:
  virtual ~Transaction() = default;  // rolls back what was not committed

  virtual Graph& graph() const = 0;
  virtual Snapshot snapshot() const = 0;
  // Goes on under a newer snapshot, at or before the graph's last_committed(). REQUIRES: nothing was written, and
  // nothing that was read matters any more.
  virtual void move_snapshot(Timestamp to) = 0;
  virtual bool has_writes() const = 0;
  // Tells the catalog the types of the values that were written, as a commit does: plans of the transaction's own later
  // statements must expect them. They stay after a rollback, as types that values may have.
  virtual void tell_types() = 0;

  // From here on whoever reads for the transaction records it in reads(); null before. At commit: 40001.
  virtual void record_reads() = 0;
  virtual ReadSet* reads() const = 0;

  // Names: as Catalog::intern_*, and logged so that recovery knows them.
  virtual LabelId label(std::string_view name) = 0;
  virtual RelTypeId rel_type(std::string_view name) = 0;
  virtual KeyId key(std::string_view name) = 0;

  virtual NodeId create_node(LabelSetId labels) = 0;
  virtual RelId create_relationship(RelTypeId type, NodeId source, NodeId target) = 0;
  // Throws Conflict where a transaction that the snapshot does not see added a relationship of the type between the two:
  // for MERGE, which has looked for one before it created its own. `undirected`: one the other way will do as well.
  virtual void check_only_relationship(RelTypeId type, NodeId source, NodeId target, bool undirected) = 0;
  // The same for a relationship between `node`, seen from there, and a node that was made with it: where another
  // transaction has added one to a node that is `alike` in its newest state, committed or not.
  virtual void check_only_neighbor(RelTypeId type, Direction direction, NodeId node,
                                   const std::function<bool(NodeId)>& alike) = 0;
  // A null value removes the property. False where nothing changed (removing what is not there).
  virtual bool set_property(NodeId node, KeyId key, const Value& value) = 0;
  virtual bool set_property(RelId rel, KeyId key, const Value& value) = 0;
  virtual bool add_label(NodeId node, LabelId label) = 0;
  virtual bool remove_label(NodeId node, LabelId label) = 0;
  // Deleting twice in one transaction is no error and answers false.
  virtual bool delete_relationship(RelId rel) = 0;
  // Each of them, asking for the memory of those that come next. -> how many were there
  virtual uint64_t delete_relationships(std::span<const RelId> rels) = 0;
  // Deletes the node itself; its relationships must go first. check_deletes() finds what was left.
  virtual bool delete_node(NodeId node) = 0;
  // At a statement's end: throws 23503 if a node deleted since the last check still has a relationship.
  virtual void check_deletes() = 0;

  // Gives the relationships that bulk writers have handed over their lists. `run(n, work)` is to call work(0) .. work(n-1),
  // on as many threads as it likes, and to throw what one of them throws; the transaction cannot commit then.
  using RunParallel = std::function<void(size_t n, const std::function<void(size_t)>& work)>;
  virtual void link_bulk(const RunParallel& run) = 0;

  // A position in the undo and redo buffers. rollback_to() takes back everything after it.
  struct Savepoint {
    uint64_t undo = 0;
    uint64_t redo = 0;
    uint64_t late = 0;       // records
    uint64_t rollbacks = 0;  // pieces of work
    uint64_t bulk = 0;       // bulk writers made before
  };
  virtual Savepoint savepoint() const = 0;
  virtual void rollback_to(const Savepoint& to) = 0;

  // Ends the transaction. Without writes `done` runs before commit() returns, else on the thread of the group
  // commit once the log is as durable as `durability` asks: it must not block. `done` gets null, or the error that
  // kept the transaction from committing (it is rolled back then).
  using Done = std::function<void(std::exception_ptr)>;
  virtual void commit(Durability durability, Done done) = 0;
  virtual void rollback() = 0;

  // For indexes (storage/late_work.h): a record of a change, made of these parts, for `work` to finish or to take back.
  virtual void leave_record(LateWork& work, std::initializer_list<std::string_view> parts) = 0;
  // `work` runs when what has been changed so far is rolled back, also by rollback_to().
  virtual void at_rollback(std::function<void()> work) = 0;
  // Opaque redo for the layers above (index and constraint definitions): given back to the Graph's
  // observers at recovery, in commit order.
  virtual void log_definition(std::string_view payload) = 0;
};

// A bulk load's writer: creates rows column-wise. Several writers may work for one transaction at once, each on
// one thread; they must be destroyed (or finished) before the transaction ends. The same rules and observers as
// single writes.
class BulkWriter {
 public:
  virtual ~BulkWriter() = default;
  struct Column {
    KeyId key;
    const Vector* values;
  };
  // Creates `count` (<= 2048) nodes with the columns' values (nulls are absent); ids go to `out` when not null.
  virtual void create_nodes(LabelSetId labels, uint32_t count, std::span<const Column> columns, NodeId* out) = 0;
  virtual void create_relationships(RelTypeId type, std::span<const NodeId> sources, std::span<const NodeId> targets,
                                    std::span<const Column> columns) = 0;
  // Gives its relationships their lists. With the first of these two nothing more comes of the writer.
  virtual void finish() = 0;
  // Leaves that to Transaction::link_bulk(), for the relationships of all writers together.
  virtual void hand_over() = 0;
};

}  // namespace elegraph::storage
