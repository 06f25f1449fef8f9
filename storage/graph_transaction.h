// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/read_set.h"
#include "storage/transaction_state.h"

namespace elegraph::storage {

class BulkLinks;
struct NewRows;

// The Transaction of a Graph. Reading costs no allocation beyond this object; the state comes with the first write.
class GraphTransaction final : public Transaction {
 public:
  GraphTransaction(Graph::Parts& parts, Graph::SnapshotSlot* slot);
  ~GraphTransaction() override;

  Graph& graph() const override { return parts_.graph; }
  Snapshot snapshot() const override { return snapshot_; }
  void move_snapshot(Timestamp to) override;
  bool has_writes() const override { return state_ != nullptr; }
  void tell_types() override;
  void record_reads() override {
    if (!reads_) reads_ = std::make_unique<ReadSet>();
  }
  ReadSet* reads() const override { return reads_.get(); }

  LabelId label(std::string_view name) override;
  RelTypeId rel_type(std::string_view name) override;
  KeyId key(std::string_view name) override;

  NodeId create_node(LabelSetId labels) override;
  RelId create_relationship(RelTypeId type, NodeId source, NodeId target) override;
  void check_only_relationship(RelTypeId type, NodeId source, NodeId target, bool undirected) override;
  void check_only_neighbor(RelTypeId type, Direction direction, NodeId node,
                           const std::function<bool(NodeId)>& alike) override;
  bool set_property(NodeId node, KeyId key, const Value& value) override;
  bool set_property(RelId rel, KeyId key, const Value& value) override;
  bool add_label(NodeId node, LabelId label) override;
  bool remove_label(NodeId node, LabelId label) override;
  bool delete_relationship(RelId rel) override;
  uint64_t delete_relationships(std::span<const RelId> rels) override;
  bool delete_node(NodeId node) override;
  void check_deletes() override;

  void link_bulk(const RunParallel& run) override;

  Savepoint savepoint() const override;
  void rollback_to(const Savepoint& to) override;
  void commit(Durability durability, Done done) override;
  void rollback() override;
  void leave_record(LateWork& work, std::initializer_list<std::string_view> parts) override;
  void at_rollback(std::function<void()> work) override;
  void log_definition(std::string_view payload) override;

  // many_rows.h
  void create_nodes(LabelSetId labels, std::span<const BulkWriter::Column> columns, std::span<NodeId> out);
  void create_relationships(RelTypeId type, std::span<const NodeId> sources, std::span<const NodeId> targets,
                            std::span<const BulkWriter::Column> columns, std::span<RelId> out);
  size_t add_relationships(std::span<const NodeId> nodes, size_t enough, std::vector<RelId>& out);
  uint64_t delete_nodes(std::span<const NodeId> nodes);

  // For bulk writers, which hold bulk_mutex() around each.
  std::mutex& bulk_mutex() { return bulk_mutex_; }
  BulkLinks& bulk_links();  // made with the first of them
  TransactionState& state();
  std::string& redo() { return redo_; }
  void log_names(NameKind kind, uint32_t id);  // everything up to `id` that the log may not know

 private:
  Savepoint position() const;
  void restore_to(const Savepoint& to);
  template <class Notify>
  void notify(const Savepoint& before, Notify f) {
    try {
      for (ChangeObserver* o : parts_.observers) f(*o);
    } catch (...) {
      restore_to(before);
      throw;
    }
  }
  [[noreturn]] static void throw_gone(const char* what, uint32_t id);
  template <class ChunkT>
  static ChunkT& need(ChunkT* chunk, const char* what, uint32_t id) {
    if (!chunk) throw_gone(what, id);
    return *chunk;
  }
  // Under the row's latch: the row's head record if this transaction may write it. Throws Conflict, or Error 22023 for a
  // row that is not there; `deleted` is set instead where this transaction deleted it and the caller asks.
  template <class IdT>
  UndoRecord* check_write(const Chunk& chunk, IdT id, bool* deleted = nullptr);
  template <class IdT>
  bool set_in(Chunk& chunk, IdT id, KeyId key, const Value& value, Value* before);
  bool relabel(NodeId node, LabelId label, bool add);
  template <class Owner>
  void log_columns(Owner owner, std::span<const BulkWriter::Column> columns, size_t count);
  void create_relationship_rows(RelTypeId type, const NewRows& rows, std::span<const NodeId> sources,
                                std::span<const NodeId> targets, std::span<const BulkWriter::Column> columns,
                                std::vector<RelationshipRecord*>& records);
  uint64_t delete_section(std::span<const NodeId> nodes);
  size_t mark_deleted(std::span<const NodeId> nodes, std::vector<NodeId>& gone);
  void check_lists(std::span<const NodeId> gone);
  void link(RelTypeId type, std::span<const NodeId> sources, std::span<const NodeId> targets, std::span<const RelId> rels,
            std::span<RelationshipRecord* const> records);
  void check_open() const;
  void commit_serializable(std::shared_ptr<TransactionState> state, Durability durability, Done done);

  Graph::Parts& parts_;
  Graph::SnapshotSlot* slot_;
  std::shared_ptr<TransactionStatus> status_;
  Snapshot snapshot_;
  std::shared_ptr<TransactionState> state_;
  std::unique_ptr<ReadSet> reads_;  // of a serializable transaction
  std::string redo_;
  struct Logged {
    size_t redo;
    uint32_t before[4];
  };
  std::vector<Logged> logged_;   // where in the redo names were told, for rollback_to
  std::vector<NodeId> deleted_;  // since the last check, with relationships left then
  mutable uint32_t floor_ = 0;   // rows created from this record on go as a whole: their writes need no undo
  bool ended_ = false;
  std::mutex bulk_mutex_;
  std::unique_ptr<BulkLinks> bulk_links_;
};

}  // namespace elegraph::storage
