// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/completion.h"
#include "query/engine.h"
#include "query/runner.h"
#include "query/statement.h"
#include "storage/waiters.h"

namespace elegraph::query {

class SessionImplementation;

// What all portals share: results in batches, row limits, the rest of a batch that a limit cut in two. Subclasses
// give batches and the tag.
class PortalBase : public Portal {
 public:
  PortalBase(SessionImplementation& session, std::shared_ptr<const Statement> statement, std::vector<int16_t> formats);
  ~PortalBase() override;

  const Prepared& prepared() const override { return *statement_; }
  const std::vector<ResultColumn>& columns() const override { return statement_->columns(); }
  std::span<const int16_t> formats() const override { return formats_; }
  Progress run(RowSink& sink, uint64_t max_rows, bool in_task) override;
  void resume_when(std::function<void()> ready) override;
  const std::string& tag() const override { return tag_; }
  CopyIn* copy_in() override { return nullptr; }
  bool copy_out() const override { return false; }
  bool copy_binary() const override { return false; }

  const std::shared_ptr<const Statement>& statement() const { return statement_; }

  virtual bool holdable() const { return false; }
  // Its rows are made while the client asks for them: what its transaction writes meanwhile would be among them.
  virtual bool reads_lazily() const { return false; }
  virtual bool transaction_command() const { return false; }  // may run in a failed transaction
  bool finished() const { return finished_; }
  uint64_t rows_sent() const { return rows_; }
  uint32_t savepoints = 0;  // that there were when it was made, and have not been released since
  // A command that closes portals (COMMIT, CLOSE, DISCARD) must not destroy its own.
  virtual bool running() const { return false; }
  // Makes a portal that has ended ready to run again: its transaction could not commit.
  bool start_over();
  // The client itself runs it, and heeds kTurn and kJoined.
  virtual void allow_sharing() {}

 protected:
  // One step: a batch (inside the caller's RCU section), the end, or a reason to come back.
  struct Produced {
    Progress progress = Progress::kDone;  // kDone with a batch set: rows; without: the end
    const exec::Batch* batch = nullptr;
    std::span<const plan::Slot> slots;
  };
  // Called outside of any RCU section before each produce(): begins transactions, runs commands. A value is a
  // reason to come back.
  virtual std::optional<Progress> prepare(bool in_task) = 0;
  virtual Produced produce(bool in_task) = 0;
  virtual void finish() = 0;  // outside of RCU sections; once, after the last row: sets tag_
  // After an error before any row went out: true when the portal is ready to start over.
  virtual bool retry_after(const storage::Conflict&) { return false; }
  // The same after a plan::StalePlan.
  virtual bool retry_with_new_plan() { return false; }
  virtual bool restart() { return false; }  // start_over() for a subclass; false: it does not
  virtual void abandon() {}                 // after an error that the client hears of

  void wait_for(std::function<void(std::function<void()>)> waiter) { waiter_ = std::move(waiter); }

  SessionImplementation& session_;
  std::shared_ptr<const Statement> statement_;
  std::vector<int16_t> formats_;
  std::string tag_;
  uint64_t rows_ = 0;         // handed out so far
  bool limited_ = false;      // the client has asked for some of the rows only
  bool turn_begins_ = false;  // run() was called, and prepare() not yet

 private:
  Progress run_limited(RowSink& sink, uint64_t max_rows, bool in_task);
  Progress step(RowSink& sink, uint64_t max_rows, bool in_task);
  uint32_t send(RowSink& sink, const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from,
                uint64_t max_rows);
  void keep_rest(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from);
  Progress emit_rest(RowSink& sink, uint64_t max_rows);
  bool must_sleep();

  bool finished_ = false;
  bool failed_ = false;
  bool ended_ = false;  // no more rows, but pg_sleep() is waited for
  uint64_t taken_ = 0;  // of the row limit that runs
  std::optional<std::chrono::steady_clock::time_point> wake_at_;
  std::function<void(std::function<void()>)> waiter_;
  // Rows of a batch that a limit or a full sink left over, as values of their own.
  struct Rest;
  std::unique_ptr<Rest> rest_;
};

// Runs a plan. With others' portals where they have the same to do at the same time (query/share/).
class PlanPortal : public PortalBase {
 public:
  PlanPortal(SessionImplementation& session, std::shared_ptr<const Statement> statement, std::vector<Value> parameters,
             std::vector<int16_t> formats);
  ~PlanPortal() override;
  void allow_sharing() override { may_share_ = true; }
  bool reads_lazily() const override;

 protected:
  std::optional<Progress> prepare(bool in_task) override;
  Produced produce(bool in_task) override;
  void finish() override;
  bool retry_after(const storage::Conflict&) override;
  bool retry_with_new_plan() override;
  bool restart() override;
  void abandon() override { end_turn(); }

 private:
  void begin();
  bool replace_stale_plan();  // whether it was
  void fit_plan_to_values();
  void start(bool in_task);
  void allow_parallel(bool in_task);
  void end_write();
  void end_turn();  // those who wait behind it need not any more
  Produced produce_written();
  exec::Step next(const exec::Batch*& batch);
  Produced explain();
  bool is_long() const;

  // Sharing (plan_portal_share.cpp)
  struct Share;
  bool can_share() const;
  std::optional<Progress> share();  // a value: what to do before anything runs
  std::optional<Progress> join();
  std::optional<Progress> settle();
  Progress wait_until_settled();
  std::chrono::nanoseconds patience() const;
  void lead();
  exec::Step run_for_group();
  exec::Step run_units();
  void leave_group();
  std::string shared_text() const;

  std::unique_ptr<Runner> runner_;
  std::vector<Value> parameters_;
  std::vector<std::shared_ptr<const Statement>> replaced_;  // whose columns are still referred to
  bool fitted_ = false;                                     // the plan to the values
  bool started_ = false;
  bool begun_ = false;
  bool may_share_ = false;
  uint32_t attempts_ = 0;
  std::shared_ptr<storage::Turn> turn_;  // from the first conflict to the statement's end
  std::unique_ptr<Share> share_;         // while it waits, leads, or gives another one's rows
  std::vector<plan::OperatorProfile> profile_;
  std::unique_ptr<class RowsBuffer> explanation_;
  std::unique_ptr<class RowKeeper> written_;  // of a write whose client takes its rows by and by
  bool all_written_ = false;
  uint64_t begun_ns_ = 0;
};

// Rows made up front from values: SHOW, EXPLAIN, catalogs of the engine itself.
class RowsBuffer {
 public:
  explicit RowsBuffer(uint32_t columns);
  void add(std::vector<Value> row) { rows_.push_back(std::move(row)); }
  const exec::Batch* next();  // null at the end
  std::span<const plan::Slot> slots() const { return slots_; }
  size_t size() const { return rows_.size(); }

 private:
  std::deque<std::vector<Value>> rows_;
  std::vector<std::unique_ptr<Vector>> vectors_;
  std::vector<plan::Slot> slots_;
  exec::Batch batch_;
};

// Runs a function once: session commands and schema statements. The function may fill rows() and name the tag.
class CommandPortal final : public PortalBase {
 public:
  struct Result {
    std::string tag;
    std::unique_ptr<RowsBuffer> rows;
    bool count_rows = false;         // the tag gets the number of rows
    std::optional<Completion> wait;  // ends when this does
    std::function<void()> after;     // then, unless it failed
  };
  // `background`: too slow for an I/O thread.
  CommandPortal(SessionImplementation& session, std::shared_ptr<const Statement> statement, std::vector<int16_t> formats,
                std::function<Result()> command, bool background, bool transaction_command);
  bool transaction_command() const override { return transaction_command_; }
  bool running() const override { return ran_ && !finished(); }

 protected:
  std::optional<Progress> prepare(bool in_task) override;
  Produced produce(bool in_task) override;
  void finish() override;

 private:
  std::function<Result()> command_;
  bool background_, transaction_command_;
  bool ran_ = false;
  Result result_;
};

}  // namespace elegraph::query
