// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgwire/completion.h"
#include "pgwire/input_buffer.h"
#include "pgwire/message_reader.h"
#include "pgwire/metrics.h"
#include "pgwire/row_writer.h"
#include "query/engine.h"

namespace elegraph::pgwire {

// What the connection has to do before the conversation goes on. After every step but kNext and kClose: resume().
enum class Step : uint8_t {
  kNext,       // the message is dealt with: hand over the next one
  kWrite,      // write all output
  kTask,       // write what output can be written at once and call run_in_task() on the arena
  kWait,       // wait for the waker (a commit): nothing may be written before
  kWriteWait,  // write all output, then wait for the waker
  kTurn,       // see to what else has come; nothing need be written before
  kClose,      // write all output and close
};

// One session's half of the protocol from the first ReadyForQuery on: messages in, output bytes and steps out. It does
// no I/O and never blocks, so tests and the fuzzer drive it with bytes alone.
//
// Used by one thread at a time: the connection's I/O thread, and between a kTask and its resume() the task. No call
// throws. Errors become ErrorResponse; in the extended protocol all is skipped then until Sync.
class Backend {
 public:
  Backend(query::Session& session, std::string& out, ThreadCounters& counters, Waker& waker);

  Step handle(const Message& message);
  Step resume();
  void run_in_task();

  void greet();        // all ParameterStatus messages
  void greet_ready();  // the first ReadyForQuery
  void append_notifications();
  // Whether the client may wait for what is in the output. In a pipeline it does not before it says so by Flush or Sync, or
  // something went wrong: as PostgreSQL, which keeps answers until then, too.
  bool output_is_due() const { return due_; }
  void count_in(ThreadCounters& counters) { counters_ = &counters; }
  bool in_transaction() const { return session_.state() != query::TransactionState::kIdle; }
  query::Session& session() { return session_; }
  // Gives back what only a busy session needs.
  void release_memory();

 private:
  using Done = std::optional<Step>;  // nullopt: the statement has ended
  enum class Pending : uint8_t { kNothing, kRun, kOutcome, kFeed, kCommit, kPieces, kAgain };

  Step dispatch(const Message& message);
  // Simple query (simple_query.cpp)
  Step simple_query(std::string_view text);
  Step simple_loop();
  Done start_piece();
  // Extended query (extended_query.cpp)
  void parse(MessageReader in);
  void bind(MessageReader in);
  void describe(MessageReader in);
  Step execute(MessageReader in);
  void close(MessageReader in);
  void read_formats(MessageReader& in, std::vector<int16_t>& formats);
  // The statement that runs (statement.cpp)
  Done start(query::Portal& portal, uint64_t max_rows);
  Done launch();
  void run(bool in_task) noexcept;
  Done settle();
  bool wait_for_portal();
  void completed();
  Done begin_copy_in();
  Step copy_message(const Message& message);
  Step end_copy_in(bool run_now);
  Step after(Done done);
  // The end of a transaction, errors and notices (backend.cpp)
  Step end_implicit();
  Step committed();
  bool try_again();
  void fail(std::exception_ptr error, std::string_view text = {}, size_t offset = 0);
  void fail_statement(std::exception_ptr error);
  void append_notices(std::string_view text = {}, size_t offset = 0);
  void append_changed_settings();
  void ready();

  query::Session& session_;
  std::string& out_;
  ThreadCounters* counters_;
  Waker& waker_;
  RowWriter rows_;

  bool skip_to_sync_ = false;
  bool due_ = false;     // since the output was empty
  bool simple_ = false;  // inside a simple query
  bool copying_in_ = false;
  bool long_running_ = false;  // the statement has moved to the arena
  bool deferred_tag_ = false;  // the last statement of a simple query: its tag follows the commit
  Pending pending_ = Pending::kNothing;

  query::Portal* portal_ = nullptr;
  uint64_t max_rows_ = 0;
  query::Progress progress_ = query::Progress::kDone;
  std::exception_ptr error_;
  // Where the statement's output begins, as long as none of it can have been sent, and ends; statements since the last
  // ReadyForQuery. A statement alone in its transaction that cannot commit runs again, unless its client has seen rows.
  std::optional<size_t> output_start_;
  size_t output_end_ = 0;
  uint32_t statements_ = 0;
  bool again_ = false;

  std::string query_;  // the simple query's text
  std::vector<query::Session::Piece> pieces_;
  size_t piece_ = 0;
  std::string tag_;

  Completion completion_;
  std::exception_ptr commit_error_;

  std::vector<query::RawParameter> parameters_;
  std::vector<int16_t> parameter_formats_, result_formats_;
  std::vector<query::types::Oid> parameter_types_;
};

}  // namespace elegraph::pgwire
