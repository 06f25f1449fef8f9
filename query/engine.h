// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/exec/arena.h"
#include "query/exec/batch.h"
#include "query/types/pg_types.h"
#include "storage/error.h"

// The statement path: all that the front end sees of the database. Text and raw parameters go in; a description
// of columns and a stream of batches come out. Simple query, extended query, COPY and SQL-level PREPARE, EXECUTE and
// cursors all go through Session::prepare, bind and Portal::run.
namespace elegraph::query {

struct EngineOptions {
  std::filesystem::path directory;         // empty: in memory
  uint32_t workers = 0;                    // arena threads; 0: one per core
  uint32_t io_threads = 0;                 // 0: one per core
  uint64_t statement_memory = 4ull << 30;  // bytes, 53200 past it
  // What an I/O thread may spend on a statement before that moves to the arena: rows touched, and time at a stretch.
  int64_t inline_budget = 300'000;
  std::chrono::microseconds inline_time{1000};
  bool split_all = false;  // for tests: every statement runs in the arena, split over workers where it can be
  uint32_t imagined_sizes =
      0;  // for tests: statements are planned for another graph (plan::ImaginedStatistics); 0: they are not
  std::function<void(const Error&)> warn;  // what nobody waits for and somebody should read; any thread
};

class Session;
class EngineImplementation;

// One server's database(s). Thread-safe.
class Engine {
 public:
  static std::unique_ptr<Engine> open(const EngineOptions& options);
  virtual ~Engine() = default;
  virtual exec::Arena& arena() = 0;
  virtual uint32_t io_threads() const = 0;
  // Errors: 3D000 no such database, 28000 no such role.
  virtual std::unique_ptr<Session> connect(std::string_view database, std::string_view user) = 0;
  // The stored SCRAM verifier of a role ("SCRAM-SHA-256$4096:salt$StoredKey:ServerKey"), if the role exists and has a
  // password.
  struct RoleSecret {
    bool exists = false;
    std::string verifier;  // empty: no password
  };
  virtual RoleSecret role(std::string_view user) = 0;
  virtual bool any_roles() const = 0;  // that can log in: only then are passwords asked for
  // Makes the first role; false, and nothing done, where there are such roles already.
  virtual bool add_first_role(std::string_view user, std::string_view password) = 0;
  virtual bool failed() const = 0;  // the log failed: stop serving
  // Statements so far that were answered by the run of another one.
  virtual uint64_t shared_statements() const { return 0; }
};

struct ResultColumn {
  std::string name;
  types::Oid oid = types::oid::kText;
  int16_t length = -1;
  StaticType type;
};

// Takes rows as they come. The batch is only valid during the call.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // Rows [from, to) of the batch; `slots` are the result columns' slots. Returns where it stopped: at `to`, or before,
  // behind at least one row, where rows are so wide that more than enough is buffered.
  virtual uint32_t rows(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from, uint32_t to) = 0;
  virtual void copy_data(std::string_view bytes) = 0;  // COPY TO STDOUT
  // True when enough is buffered and the caller should write to the client before it makes another batch.
  virtual bool full() const = 0;
};

// A parsed statement with its description. Immutable; kept by name in the session.
class Prepared {
 public:
  virtual ~Prepared() = default;
  virtual const std::vector<types::Oid>& parameters() const = 0;
  virtual const std::vector<ResultColumn>& columns() const = 0;  // empty: NoData
  virtual bool empty() const = 0;                                // an empty query
  virtual std::string_view text() const { return {}; }           // what the positions of run-time errors count in
};

struct RawParameter {
  std::optional<std::string_view> bytes;  // nullopt: null
  int16_t format = 0;
};

// Why Portal::run() came back.
enum class Progress : uint8_t {
  kDone,      // the statement has ended; tag() is its command tag
  kSinkFull,  // write to the client, then call again
  kRowLimit,  // PortalSuspended
  kYield,     // the inline budget is spent: call again from an arena task (in_task true)
  kCopyIn,    // send CopyInResponse and feed copy_in()
  kWait,      // call resume_when(), then run() again: a lock-free wait for another transaction
  kTurn,      // let the I/O thread see to what else has come, then call again
  kJoined,    // as kWait, for a statement that is running; from any thread after it
};

// The receiving end of COPY FROM STDIN. feed() may come from any thread, one at a time.
class CopyIn {
 public:
  virtual ~CopyIn() = default;
  virtual bool binary() const = 0;
  virtual uint16_t columns() const = 0;
  // Takes the bytes; parsing and loading run on the arena. Returns false when so much is queued that the
  // caller should wait for `resume` (called once, any thread) before it feeds more. Throws what went wrong so far.
  virtual bool feed(std::string_view bytes, std::function<void()> resume) = 0;
  virtual void finish(std::function<void()> done) = 0;  // CopyDone; errors come from the next Portal::run()
  virtual void fail(std::string_view reason) = 0;       // CopyFail: 57014
};

// A bound statement that runs. Belongs to its session.
class Portal {
 public:
  virtual ~Portal() = default;
  virtual const Prepared& prepared() const = 0;
  virtual const std::vector<ResultColumn>& columns() const = 0;
  // Result formats: none (all text), one for all, or one per column.
  virtual std::span<const int16_t> formats() const = 0;
  // Runs until something that Progress names. `max_rows` 0: no limit; it counts from the last kRowLimit on, whatever run()
  // came back for in between. `in_task`: on an arena task, may use the whole arena. Throws Error; the session's transaction
  // has failed then.
  virtual Progress run(RowSink& sink, uint64_t max_rows, bool in_task) = 0;
  virtual void resume_when(std::function<void()> ready) = 0;  // after kWait
  virtual const std::string& tag() const = 0;                 // "SELECT 3"
  virtual CopyIn* copy_in() = 0;
  virtual bool copy_out() const = 0;  // CopyOutResponse first; rows come as copy_data
  virtual bool copy_binary() const = 0;
};

// What NOTIFY sends.
struct Notification {
  int32_t process;  // of the sender, as its BackendKeyData has it
  std::string channel, payload;
};

enum class TransactionState : char { kIdle = 'I', kOpen = 'T', kFailed = 'E' };

// One client's session: settings, prepared statements, portals, the transaction. One coroutine uses it at a time;
// cancel() and key() may be called from any thread.
class Session {
 public:
  virtual ~Session() = default;

  // Its own memory, all of which a statement looks at, and a hint to the processor that it will look at what lies behind
  // that. For those who serve many sessions in turns; any time, by the thread that serves it.
  virtual std::span<const std::byte> memory() const = 0;
  virtual void prefetch() const = 0;

  // Splits a simple query.
  struct Piece {
    uint32_t offset;
    std::string_view text;
  };
  virtual std::vector<Piece> split(std::string_view text) = 0;

  // Protocol-level statements and portals by name ("" is the unnamed one). Errors: 42P05, 26000, 34000.
  virtual const Prepared& parse(std::string_view name, std::string_view text, std::span<const types::Oid> types) = 0;
  virtual Portal& bind(std::string_view portal, std::string_view statement, std::span<const RawParameter> parameters,
                       std::span<const int16_t> result_formats) = 0;
  virtual const Prepared& statement(std::string_view name) = 0;
  virtual Portal& portal(std::string_view name) = 0;
  virtual void close_statement(std::string_view name) = 0;
  virtual void close_portal(std::string_view name) = 0;
  // Simple query: parse and bind in one, with the fast path over the plan cache. The portal lives until the next one.
  virtual Portal& simple(std::string_view text) = 0;

  // Implicit transactions: begin_implicit() before the first statement after Sync or of a simple query (no-op inside
  // BEGIN); end_implicit() at Sync or the end of a simple query commits it. `done` runs on any thread, at once where there
  // is nothing to wait for (then true is returned).
  virtual bool end_implicit(std::function<void(std::exception_ptr)> done) = 0;
  // After an end_implicit() that came to 40001: the one statement that the transaction had, ready to run from its start;
  // null where there were others, or it was tried too often.
  virtual Portal* again() { return nullptr; }
  // Marks the transaction failed (explicit) or rolls back (implicit). Call for every error sent.
  virtual void failed() = 0;
  virtual TransactionState state() const = 0;

  // Commits that COMMIT asked for: Portal::run() answers kWait and this is under resume_when(); nothing to do here.

  // Settings that the client is told of (ParameterStatus), in reporting order; take_changed() gives those that
  // changed since the last call.
  virtual std::vector<std::pair<std::string, std::string>> reported() = 0;
  virtual std::vector<std::pair<std::string, std::string>> take_changed() = 0;
  // Start-up packet settings: as SET, but errors name the parameter.
  virtual void startup_setting(std::string_view name, std::string_view value) = 0;
  virtual types::EncodeContext encode_context() = 0;

  // A statement starts to run, or a suspended portal to run on: forgets a cancel that came before, and statement_timeout
  // counts from here.
  virtual void begin_statement() = 0;
  // Milliseconds until statement_timeout ends the statement, at least 1; 0: it does not. Then expire() makes one that waits
  // look at the clock.
  virtual int64_t statement_time_left() const = 0;
  virtual void expire() = 0;

  // Notices (NOTICE, WARNING) raised since the last call.
  struct Notice {
    std::string severity;
    Error text;
  };
  virtual std::vector<Notice> take_notices() = 0;

  // Notifications that came since the last call; for a client that is told of them outside of transactions.
  virtual std::vector<Notification> take_notifications() { return {}; }
  // `wake` is called when some come, on any thread; null: no more, and no call is under way after this.
  virtual void on_notification(std::function<void()> wake) { static_cast<void>(wake); }
  // The process number that the client was told.
  virtual void set_process(int32_t process) { static_cast<void>(process); }

  virtual void cancel() = 0;                                // any thread: 57014 for the statement that runs or waits now
  virtual int64_t idle_in_transaction_timeout() const = 0;  // milliseconds; 0: none
};

}  // namespace elegraph::query
