// SPDX-License-Identifier: Apache-2.0
#include "query/portal.h"

#include "query/plan/plan_indexes.h"
#include "query/session.h"
#include "storage/rcu.h"

namespace elegraph::query {

struct PortalBase::Rest {
  std::vector<std::unique_ptr<Vector>> vectors;
  std::vector<plan::Slot> slots;
  exec::Batch batch;
  uint32_t at = 0;
};

PortalBase::PortalBase(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                       std::vector<int16_t> formats)
    : session_(session), statement_(std::move(statement)), formats_(std::move(formats)) {}

PortalBase::~PortalBase() = default;

void PortalBase::resume_when(std::function<void()> ready) {
  auto waiter = std::move(waiter_);
  waiter_ = nullptr;
  if (waiter)
    waiter(std::move(ready));
  else
    ready();
}

// The rows from `from` on as copies: a suspended portal keeps nothing that refers to the store.
void PortalBase::keep_rest(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from) {
  auto rest = std::make_unique<Rest>();
  for (size_t c = 0; c < slots.size(); c++) {
    auto copy = std::make_unique<Vector>();
    const Vector& column = batch.column(slots[c]);
    for (uint32_t i = from; i < batch.count; i++) copy->set(i - from, column.value(batch.row(i)));
    rest->slots.push_back(plan::Slot(c));
    rest->batch.columns.push_back(copy.get());
    rest->vectors.push_back(std::move(copy));
  }
  rest->batch.count = batch.count - from;
  rest_ = std::move(rest);
}

// Hands out rows from `from` on, as many as the limit and the sink take; returns where it stopped.
uint32_t PortalBase::send(RowSink& sink, const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from,
                          uint64_t max_rows) {
  uint32_t end = batch.count;
  if (max_rows) end = from + uint32_t(std::min<uint64_t>(end - from, max_rows - taken_));
  const uint32_t at = sink.rows(batch, slots, from, end);
  taken_ += at - from, rows_ += at - from;
  return at;
}

// pg_sleep() leaves a debt that is waited for before the rows go out, so that no thread sleeps. In slices: a
// cancelled statement and one whose time is up end within one. True: wait_for() has been called.
bool PortalBase::must_sleep() {
  constexpr std::chrono::milliseconds kSlice(20);
  if (!wake_at_ && session_.sleep_ns.load(std::memory_order_relaxed) == 0) return false;
  const auto now = Timer::Clock::now();
  wake_at_ = wake_at_.value_or(now) + std::chrono::nanoseconds(session_.sleep_ns.exchange(0, std::memory_order_relaxed));
  session_.interrupt.check();
  if (now >= *wake_at_) {
    wake_at_.reset();
    return false;
  }
  const auto until = std::min(*wake_at_, now + kSlice);
  wait_for([&timer = session_.shared.timer, until](std::function<void()> ready) { timer.at(until, std::move(ready)); });
  return true;
}

Progress PortalBase::emit_rest(RowSink& sink, uint64_t max_rows) {
  session_.interrupt.check();  // long rows take their time, and the client takes its own
  rest_->at = send(sink, rest_->batch, rest_->slots, rest_->at, max_rows);
  bool more = rest_->at < rest_->batch.count;
  if (!more) rest_.reset();
  if (max_rows && taken_ == max_rows) return Progress::kRowLimit;
  return more ? Progress::kSinkFull : Progress::kDone;
}

Progress PortalBase::step(RowSink& sink, uint64_t max_rows, bool in_task) {
  if (ended_) return Progress::kDone;
  if (auto back = prepare(in_task)) return *back;
  rcu::ReadGuard guard;
  Produced produced = produce(in_task);
  if (must_sleep()) {
    if (produced.batch) keep_rest(*produced.batch, produced.slots, 0);
    ended_ = !produced.batch && produced.progress == Progress::kDone;
    return Progress::kWait;
  }
  if (!produced.batch) return produced.progress;
  const exec::Batch& batch = *produced.batch;
  uint32_t sent = send(sink, batch, produced.slots, 0, max_rows);
  if (sent < batch.count) keep_rest(batch, produced.slots, sent);
  if (max_rows && taken_ == max_rows) return Progress::kRowLimit;
  return rest_ || sink.full() ? Progress::kSinkFull : Progress::kYield;
}

Progress PortalBase::run(RowSink& sink, uint64_t max_rows, bool in_task) {
  if (session_.state() == TransactionState::kFailed && !transaction_command() && statement_->kind != StatementClass::kEmpty)
    throw Error(sqlstate::kInFailedTransaction,
                "current transaction is aborted, commands ignored until end of transaction block");
  if (failed_) throw Error("55000", "portal cannot be run again after an error");
  turn_begins_ = true;
  limited_ |= max_rows > 0;
  try {
    if (must_sleep()) return Progress::kWait;
    const Progress progress = run_limited(sink, max_rows, in_task);
    if (progress == Progress::kRowLimit || progress == Progress::kDone) taken_ = 0;
    return progress;
  } catch (...) {
    failed_ = true;  // its operators may be in any state
    abandon();
    throw;
  }
}

bool PortalBase::start_over() {
  if (!finished_ || !restart()) return false;
  finished_ = ended_ = false;
  rows_ = taken_ = 0;
  return true;
}

Progress PortalBase::run_limited(RowSink& sink, uint64_t max_rows, bool in_task) {
  if (rest_)
    if (Progress progress = emit_rest(sink, max_rows); progress != Progress::kDone) return progress;
  if (finished_) return Progress::kDone;
  for (;;) {
    uint64_t before = taken_;
    Progress progress;
    try {
      progress = step(sink, max_rows, in_task);
      if (progress == Progress::kDone) {
        finished_ = true;
        finish();
      }
    } catch (const storage::Conflict& conflict) {
      if (rows_ > 0 || !retry_after(conflict)) throw;
      return Progress::kWait;
    } catch (const plan::StalePlan&) {
      if (rows_ > 0 || !retry_with_new_plan()) throw;
      continue;
    }
    // A yield with rows just means that there is more; without, that the budget is spent.
    if (progress == Progress::kYield && taken_ > before) continue;
    return progress;
  }
}

RowsBuffer::RowsBuffer(uint32_t columns) {
  for (uint32_t c = 0; c < columns; c++) {
    vectors_.push_back(std::make_unique<Vector>());
    slots_.push_back(c);
    batch_.columns.push_back(vectors_.back().get());
  }
}

const exec::Batch* RowsBuffer::next() {
  if (rows_.empty()) return nullptr;
  for (auto& vector : vectors_) vector->reset_null();
  uint32_t row = 0;
  for (; row < Vector::kCapacity && !rows_.empty(); row++) {
    for (size_t c = 0; c < vectors_.size(); c++) vectors_[c]->set(row, rows_.front()[c]);
    rows_.pop_front();
  }
  batch_.count = row;
  return &batch_;
}

CommandPortal::CommandPortal(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                             std::vector<int16_t> formats, std::function<Result()> command, bool background,
                             bool transaction_command)
    : PortalBase(session, std::move(statement), std::move(formats)),
      command_(std::move(command)),
      background_(background),
      transaction_command_(transaction_command) {}

std::optional<Progress> CommandPortal::prepare(bool in_task) {
  if (ran_) return std::nullopt;
  if (background_ && !in_task) return Progress::kYield;
  ran_ = true;
  result_ = command_();
  if (!result_.wait) return std::nullopt;
  Completion wait = *result_.wait;
  wait_for([wait](std::function<void()> ready) mutable { wait.when_done(std::move(ready)); });
  return Progress::kWait;
}

PortalBase::Produced CommandPortal::produce(bool) {
  if (!result_.rows) return {};
  return {Progress::kDone, result_.rows->next(), result_.rows->slots()};
}

void CommandPortal::finish() {
  if (result_.wait) result_.wait->rethrow();
  if (result_.after) result_.after();
  tag_ = result_.tag;
  if (result_.count_rows) tag_ += " " + std::to_string(rows_);
}

}  // namespace elegraph::query
