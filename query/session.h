// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/compile.h"
#include "query/completion.h"
#include "query/database.h"
#include "query/engine.h"
#include "query/procedures/procedure_calls.h"
#include "query/roles.h"
#include "query/runner.h"
#include "query/session_settings.h"
#include "query/share/gathering.h"
#include "query/share/running.h"
#include "query/timer.h"
#include "storage/conflict.h"

namespace elegraph::query {

class PortalBase;

// What the sessions of one server share.
struct EngineShared {
  EngineOptions options;
  std::unique_ptr<exec::Arena> arena;
  std::unique_ptr<Roles> roles;
  std::unique_ptr<GraphDatabase> database;
  Timer timer;
  // Statements that may share: those that an I/O thread runs, and those for the arena.
  share::Gathering short_statements, long_statements;
  share::Running running;                      // of the latter
  std::atomic<uint64_t> shared_statements{0};  // answered by another one's run, so far
};

// A session's transaction: implicit (around one statement, or all up to Sync) or explicit (BEGIN), with savepoints by
// name. Begins when the first statement needs it.
class SessionTransaction {
 public:
  SessionTransaction(GraphDatabase& database, SessionSettings& settings);
  ~SessionTransaction();

  storage::Transaction& current();  // begins one where there is none
  storage::Transaction* active() { return transaction_.get(); }
  storage::Graph::SnapshotSlot* slot() const { return slot_; }
  TransactionState state() const { return state_; }
  bool explicit_block() const { return state_ != TransactionState::kIdle; }
  bool read_only() const { return read_only_; }
  void set_read_only(bool read_only) { read_only_ = read_only; }
  // One instant for the whole transaction, UTC.
  std::pair<int64_t, int32_t> started() const { return {start_seconds_, start_nanos_}; }

  // BEGIN; what is not given is as the default_... settings say.
  void begin_block(std::optional<bool> read_only, const std::optional<std::string>& isolation);
  // SET TRANSACTION ISOLATION LEVEL in a block. 25001 after its first statement.
  void set_isolation(const std::string& level);
  void fail();      // an error: explicit blocks wait for ROLLBACK, implicit ones roll back
  void rollback();  // ROLLBACK, or the end of an implicit transaction that failed
  // Commits what there is; true when nothing has to be waited for. The block is over in any case.
  bool commit(storage::Transaction::Done done);

  void savepoint(std::string_view name);
  void release(std::string_view name);      // 3B001
  void rollback_to(std::string_view name);  // 3B001
  uint32_t savepoints() const { return uint32_t(savepoints_.size()); }
  uint32_t savepoints_below(std::string_view name);  // 3B001

  SessionNotifications notifications;

  // Statements of the transaction so far. Of an implicit one only the first may be tried again.
  uint32_t statements = 0;

 private:
  struct Named {
    std::string name;
    storage::Transaction::Savepoint savepoint;
    std::pair<size_t, size_t> notifications;
    SessionSettings::Saved settings;
  };
  std::vector<Named>::iterator find(std::string_view name);
  void end_block(bool committed);

  GraphDatabase& database_;
  SessionSettings& settings_;
  storage::Graph::SnapshotSlot* slot_;
  std::unique_ptr<storage::Transaction> transaction_;
  std::unique_ptr<storage::Transaction> finishing_;  // handed to the log; kept until the next one begins
  std::vector<Named> savepoints_;
  TransactionState state_ = TransactionState::kIdle;
  bool read_only_ = false;
  int64_t start_seconds_ = 0;
  int32_t start_nanos_ = 0;
};

class SessionImplementation final : public Session {
 public:
  SessionImplementation(EngineShared& shared, GraphDatabase& database, std::string_view user);
  ~SessionImplementation() override;

  // query::Session
  std::span<const std::byte> memory() const override { return {reinterpret_cast<const std::byte*>(this), sizeof *this}; }
  void prefetch() const override;
  std::vector<Piece> split(std::string_view text) override;
  const Prepared& parse(std::string_view name, std::string_view text, std::span<const types::Oid> types) override;
  Portal& bind(std::string_view portal, std::string_view statement, std::span<const RawParameter> parameters,
               std::span<const int16_t> result_formats) override;
  const Prepared& statement(std::string_view name) override;
  Portal& portal(std::string_view name) override;
  void close_statement(std::string_view name) override;
  void close_portal(std::string_view name) override;
  Portal& simple(std::string_view text) override;
  bool end_implicit(std::function<void(std::exception_ptr)> done) override;
  Portal* again() override;
  void failed() override;
  TransactionState state() const override { return transaction.state(); }
  std::vector<std::pair<std::string, std::string>> reported() override { return settings.reported(); }
  std::vector<std::pair<std::string, std::string>> take_changed() override { return settings.take_changed(); }
  void startup_setting(std::string_view name, std::string_view value) override;
  types::EncodeContext encode_context() override;
  std::vector<Notice> take_notices() override;
  std::vector<Notification> take_notifications() override;
  void on_notification(std::function<void()> wake) override {
    transaction.notifications.mailbox().on_arrival(std::move(wake));
  }
  void set_process(int32_t process) override { backend_id = process; }
  void begin_statement() override;
  int64_t statement_time_left() const override;
  void expire() override;
  void cancel() override;
  int64_t idle_in_transaction_timeout() const override { return settings.idle_in_transaction_timeout_ms(); }

  // For portals and commands.
  CompileContext compile_context();
  // The statement waits for `event`: a cancel or the statement's timeout completes it too.
  void wait_interruptibly(Completion event);
  void notice(std::string_view severity, Error text);
  void tell(const Statement& statement, uint32_t offset = 0);  // its notices; the text starts at `offset` of the client's
  void arm();  // cancel and timeout of the statement that starts: before it is planned, or by begin_statement()
  void fill(FunctionContext& functions);
  std::shared_ptr<const Statement> find_statement(std::string_view name);  // 26000
  // Under the catalog of now, with the types that the client was told. Errors: 0A000 where it has other columns by now, or
  // parameters that these types do not do for.
  // `bound`: values of its parameters' types are there, for which it may be planned: CompileContext.
  std::shared_ptr<const Statement> compile_again(const Statement& statement, bool bound, std::span<const Value> values,
                                                 std::string_view ranges);
  PortalBase* find_portal(std::string_view name);                                          // 34000
  void keep_statement(std::string_view name, std::shared_ptr<const Statement> statement);  // 42P05
  void drop_statement(std::string_view name);                                              // 26000
  void drop_all_statements() { statements_.clear(); }
  PortalBase& keep_portal(std::string_view name, std::unique_ptr<PortalBase> portal);
  bool has_portal(std::string_view name) const { return portals_.contains(name); }
  void drop_all_portals();
  // Before `writer` writes: open portals of its transaction read what they have left, which the write must not change.
  bool has_lazy_portals(const PortalBase& writer) const;
  void read_lazy_portals(const PortalBase& writer);  // in a task; 53200
  // Portals of a transaction end with it, except those held.
  void close_transaction_portals();
  // Portals that were made since there were more savepoints than this end, before what they do is rolled back; or they
  // belong to what is around the savepoint from now on.
  void close_portals_above(uint32_t savepoints);
  void lower_portals_to(uint32_t savepoints);
  std::unique_ptr<PortalBase> make_portal(std::shared_ptr<const Statement> statement, std::vector<Value> parameters,
                                          std::vector<int16_t> formats);
  std::vector<Value> decode_parameters(const Statement& statement, std::span<const RawParameter> raw);

  EngineShared& shared;
  GraphDatabase& database;
  std::string user;
  SessionSettings settings;
  SessionTransaction transaction;
  const std::shared_ptr<exec::Interrupt> shared_interrupt = std::make_shared<exec::Interrupt>();
  exec::Interrupt& interrupt = *shared_interrupt;
  std::atomic<int64_t> sleep_ns{0};  // asked for by pg_sleep(), not waited for yet
  ProcedureCalls procedures;
  int32_t backend_id = 0;

 private:
  std::map<std::string, std::shared_ptr<const Statement>, std::less<>> statements_;
  std::map<std::string, std::unique_ptr<PortalBase>, std::less<>> portals_;
  std::unique_ptr<PortalBase> simple_portal_;
  std::unique_ptr<PortalBase> again_;  // while its serializable transaction commits
  std::unique_ptr<PortalBase> only_statement();
  std::mutex waiting_mutex_;  // a statement that waits, and who cancels it
  std::optional<Completion> waiting_;
  std::vector<Notice> notices_;
  cypher::Fingerprint fingerprint_;
  bool armed_ = false;
  std::optional<storage::Reader> reader_;  // under the running statement's snapshot
  FunctionContext encode_functions_;
};

}  // namespace elegraph::query
