// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "query/exec/read_recorder.h"
#include "query/plan/plan_indexes.h"
#include "query/plan/planner.h"
#include "query/plan/range_estimate.h"
#include "query/plan_portal_share.h"
#include "query/row_keeper.h"
#include "query/session.h"
#include "storage/rcu.h"
#include "storage/transaction_status.h"

namespace elegraph::query {
namespace {

// An autocommit statement that lost to another writer starts over this often before the client hears of it.
constexpr uint32_t kAttempts = 1000;

uint64_t now_ns() { return uint64_t(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1)); }

std::string tag_of(const plan::Plan& plan, const exec::Changes& c, uint64_t rows) {
  uint64_t created = c.nodes_created + c.relationships_created;
  uint64_t deleted = c.nodes_deleted + c.relationships_deleted;
  switch (plan.tag) {
    case plan::Plan::Tag::kSelect: return "SELECT " + std::to_string(rows);
    case plan::Plan::Tag::kInsert: return "INSERT 0 " + std::to_string(created);
    case plan::Plan::Tag::kUpdate: return "UPDATE " + std::to_string(c.entities_touched);
    case plan::Plan::Tag::kDelete: return "DELETE " + std::to_string(deleted);
    case plan::Plan::Tag::kMerge: return "MERGE " + std::to_string(created + deleted + c.entities_touched);
  }
  return "SELECT 0";
}

}  // namespace

PlanPortal::PlanPortal(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                       std::vector<Value> parameters, std::vector<int16_t> formats)
    : PortalBase(session, std::move(statement), std::move(formats)), parameters_(std::move(parameters)) {}

// A runner that did not get to the end is not pooled: its operators may be in any state.
PlanPortal::~PlanPortal() {
  if (share_) leave_group();
  end_turn();
}

bool PlanPortal::is_long() const {
  const plan::Plan& plan = *statement_->planned->plan;
  if (!plan.root || plan.explain == cypher::ExplainMode::kExplain) return false;
  // What is computed of a long list is computed in one go: no row of it says that it takes long.
  constexpr double kLongList = 10'000;
  return plan.root->estimated_cost > double(session_.shared.options.inline_budget) ||
         plan::longest_range_made(plan, parameters_) > kLongList;
}

bool PlanPortal::reads_lazily() const {
  const plan::Plan& plan = *statement_->planned->plan;
  return !finished() && !plan.writes && plan.explain == cypher::ExplainMode::kNone;
}

// The transaction that the statement runs in.
void PlanPortal::begin() {
  if (begun_) return;
  begun_ = true;
  session_.transaction.current();
  session_.transaction.statements++;
  replace_stale_plan();
}

// A range may be much narrower or wider than the one that the plan was made for.
void PlanPortal::fit_plan_to_values() {
  const plan::Plan& plan = *statement_->planned->plan;
  if (plan.ranges.empty()) return;
  std::string ranges;
  {
    rcu::ReadGuard guard;
    ranges = plan::other_ranges(plan, parameters_, *session_.database.indexes);
  }
  if (ranges.empty()) return;
  std::shared_ptr<const Statement> fitting;
  try {
    fitting = session_.compile_again(*statement_, true, parameters_, ranges);
  } catch (const Error& e) {
    // Other types by now: the client was told those of the plan that there is, which does as well.
    if (e.sqlstate != sqlstate::kFeatureNotSupported) throw;
    return;
  }
  replaced_.push_back(std::exchange(statement_, std::move(fitting)));
}

// An index that the plan needs may have gone since it was made.
bool PlanPortal::replace_stale_plan() {
  const plan::Plan& plan = *statement_->planned->plan;
  if (plan.catalog_epoch == session_.database.graph().catalog().epoch() || !plan.root) return false;
  {
    rcu::ReadGuard guard;
    if (plan::has_its_indexes(*plan.root, *session_.database.indexes)) return false;
  }
  auto again = session_.compile_again(*statement_, true, {}, {});
  replaced_.push_back(std::exchange(statement_, std::move(again)));
  runner_.reset();
  return true;
}

void PlanPortal::start(bool in_task) {
  begin();
  const auto& planned = statement_->planned;
  const plan::Plan& plan = *planned->plan;
  auto& transaction = session_.transaction.current();
  if (plan.writes && session_.transaction.read_only())
    throw Error(sqlstate::kReadOnlyTransaction, "cannot write in a read-only transaction");

  if (!runner_) runner_ = take_runner(planned.get());
  if (!runner_) runner_ = std::make_unique<Runner>(planned, session_.shared.options.statement_memory);
  auto& context = runner_->context;
  context.transaction = &transaction;
  context.graph = &session_.database.graph();
  context.indexes = session_.database.indexes.get();
  context.snapshot = transaction.snapshot();
  runner_->parameters = parameters_;
  context.parameters = runner_->parameters;
  context.memory = &runner_->memory;
  context.interrupt = &session_.interrupt;
  context.arena = session_.shared.arena.get();
  context.tables = &session_.procedures;
  context.changes = {};
  context.budget = {session_.shared.options.inline_budget, session_.shared.options.inline_time};
  context.profile = nullptr;
  context.unyielded = false;
  context.may_begin_anew =
      !in_task && !share_ && plan.deterministic && !plan.writes && plan.explain == cypher::ExplainMode::kNone;
  context.reads = transaction.reads();
  if (context.reads && plan.root) exec::record_plan(*plan.root, session_.database.graph().catalog(), *context.reads);
  context.sets = nullptr;
  allow_parallel(in_task);
  session_.fill(context.functions);
  if (plan.explain == cypher::ExplainMode::kAnalyze) {
    profile_.assign(plan.node_count, {});
    context.profile = &profile_;
    begun_ns_ = now_ns();
  }
  if (share_) lead();
  if (plan.explain == cypher::ExplainMode::kExplain) return;
  if (runner_->execution)
    runner_->execution->restart();
  else
    runner_->execution = exec::make_execution(planned->plan, context);
}

std::optional<Progress> PlanPortal::prepare(bool in_task) {
  // It lasts longer than others should wait for it before it has written anything.
  if (turn_ && turn_begins_ && (started_ || in_task || is_long())) end_turn();
  if (!started_) {
    if (!std::exchange(fitted_, true)) fit_plan_to_values();
    if (may_share_)
      if (auto back = share()) return *back;
    bool others_rows = share_ && share_->rows;
    if (!in_task && !others_rows && is_long()) return Progress::kYield;
    if (statement_->planned->plan->writes && session_.has_lazy_portals(*this)) {
      if (!in_task) return Progress::kYield;
      session_.read_lazy_portals(*this);
    }
    started_ = true;
    if (!share_) session_.interrupt.check();  // what ended a wait for another transaction
    if (!others_rows) start(in_task);
  }
  if (std::exchange(turn_begins_, false) && runner_) runner_->context.budget.begin_turn();
  if (in_task && runner_) allow_parallel(true);
  return std::nullopt;
}

// A transaction that records its reads runs on one thread, but there is no reason to leave a task half-way.
void PlanPortal::allow_parallel(bool in_task) {
  auto& context = runner_->context;
  context.may_parallel = in_task && !context.reads;
  if (in_task && context.reads) context.budget = exec::InlineBudget::unlimited();
}

PortalBase::Produced PlanPortal::produce(bool) {
  const auto& planned = *statement_->planned;
  if (share_ && share_->group && run_for_group() == exec::Step::kYield) return {Progress::kYield, nullptr, {}};
  if (planned.plan->explain != cypher::ExplainMode::kNone) return explain();
  if (share_ && share_->rows) {
    if (const exec::Batch* batch = share_->rows->next()) return {Progress::kDone, batch, share_->rows->slots()};
    if (!share_->goes_on) return {};
  }
  if (planned.plan->writes && (limited_ || written_)) return produce_written();
  const exec::Batch* batch = nullptr;
  switch (next(batch)) {
    case exec::Step::kBatch: return {Progress::kDone, batch, planned.slots};
    case exec::Step::kYield: return {Progress::kYield, nullptr, {}};
    case exec::Step::kDone: break;
  }
  return {};
}

exec::Step PlanPortal::next(const exec::Batch*& batch) {
  auto& context = runner_->context;
  try {
    const exec::Step step = runner_->execution->next(batch);
    if (step != exec::Step::kBatch || !std::exchange(context.may_begin_anew, false)) return step;
    // Other rows of their kind may take longer, and could not be left any more.
    if (context.unyielded && batch->count >= Vector::kCapacity / 2) context.budget.give_up();
    return step;
  } catch (const exec::BeginAnew&) {
    context.may_begin_anew = false;
    session_.sleep_ns.store(0, std::memory_order_relaxed);  // it is asked for again
    runner_->execution = exec::make_execution(statement_->planned->plan, context);
    return exec::Step::kYield;
  }
}

// A write is done as a whole before its first row goes out: the client need not ask for the others.
PortalBase::Produced PlanPortal::produce_written() {
  const auto& planned = *statement_->planned;
  if (!written_) written_ = std::make_unique<RowKeeper>(session_, columns());
  if (!all_written_) {
    const exec::Batch* batch = nullptr;
    const exec::Step step = runner_->execution->next(batch);
    if (step == exec::Step::kYield) return {Progress::kYield, nullptr, {}};
    if (step == exec::Step::kBatch) {
      written_->rows(*batch, planned.slots, 0, batch->count);
      return {Progress::kYield, nullptr, {}};
    }
    end_write();
    all_written_ = true;
  }
  return {Progress::kDone, written_->buffer().next(), written_->buffer().slots()};
}

PortalBase::Produced PlanPortal::explain() {
  const plan::Plan& plan = *statement_->planned->plan;
  if (!explanation_) {
    bool analyze = plan.explain == cypher::ExplainMode::kAnalyze;
    if (analyze && !(share_ && share_->rows && !share_->goes_on)) {
      const exec::Batch* batch = nullptr;
      exec::Step step = runner_->execution->next(batch);
      if (step == exec::Step::kYield) return {Progress::kYield, nullptr, {}};
      // One batch a call: the caller's RCU section ends in between.
      if (step == exec::Step::kBatch) return {Progress::kSinkFull, nullptr, {}};
    }
    explanation_ = std::make_unique<RowsBuffer>(1);
    std::string text = plan::explain_text(plan, analyze ? profile_.data() : nullptr, *session_.database.indexes);
    if (analyze) {
      text += shared_text();
      text += fmt::format("Execution Time: {:.3f} ms\n", double(now_ns() - begun_ns_) / 1e6);
    }
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      explanation_->add({Value::string(std::string_view(text).substr(at, end - at))});
      at = end + 1;
    }
  }
  return {Progress::kDone, explanation_->next(), explanation_->slots()};
}

void PlanPortal::end_write() {
  auto& transaction = *runner_->context.transaction;
  transaction.check_deletes();
  session_.database.indexes->check_statement(transaction);
  if (!turn_) return;
  storage::Waiters behind = std::exchange(turn_, nullptr)->leave();
  if (transaction.has_writes()) transaction.snapshot().own->let_wait(std::move(behind));
}

void PlanPortal::finish() {
  const plan::Plan& plan = *statement_->planned->plan;
  if (plan.explain != cypher::ExplainMode::kNone) {
    tag_ = "EXPLAIN";
    if (plan.explain == cypher::ExplainMode::kAnalyze && plan.writes) end_write();
    return;
  }
  if (plan.writes && !all_written_) end_write();
  tag_ = tag_of(plan, runner_ ? runner_->context.changes : exec::Changes(), rows_);
  if (!runner_) return;
  // Ready for the next one that runs this plan.
  give_back(std::move(runner_));
}

// The index went at the very moment when the statement began. Nothing that was written may stay, so within a
// transaction only one that reads starts over.
bool PlanPortal::retry_with_new_plan() {
  auto& transaction = session_.transaction;
  const bool alone = !transaction.explicit_block() && transaction.statements == 1;
  if ((!alone && statement_->planned->plan->writes) || share_ || ++attempts_ > kAttempts) return false;
  if (alone)
    transaction.rollback();
  else
    transaction.statements--;  // it begins anew
  runner_.reset();
  written_.reset();
  started_ = begun_ = all_written_ = false;
  if (attempts_ > 1) std::this_thread::yield();  // an index goes before the directory of indexes says so
  return true;
}

// So often that a crowd of serializable statements on one entity gets through: each time, one of them has committed.
bool PlanPortal::restart() {
  if (statement_->planned->plan->explain != cypher::ExplainMode::kNone || share_ || ++attempts_ > kAttempts) return false;
  runner_.reset();
  written_.reset();
  started_ = begun_ = all_written_ = false;
  return true;
}

// Waits for its turn behind those who want to write the same record. Who waits behind it goes on doing so.
bool PlanPortal::retry_after(const storage::Conflict& conflict) {
  auto& transaction = session_.transaction;
  if (transaction.explicit_block() || transaction.statements != 1 || ++attempts_ > kAttempts) return false;
  session_.interrupt.check();
  transaction.rollback();
  if (runner_) runner_->execution.reset();
  written_.reset();
  started_ = begun_ = all_written_ = false;
  auto turn = std::make_shared<storage::Turn>();
  auto before = std::exchange(turn_, turn);
  wait_for([conflict, turn, before, &session = session_](std::function<void()> ready) {
    Completion ended;
    ended.when_done(std::move(ready));
    session.wait_interruptibly(ended);
    conflict.wait_for_winner(
        [ended, turn](storage::Waiters&& behind) mutable {
          turn->come(std::move(behind));
          ended.complete(nullptr);
        },
        before ? before->leave() : storage::Waiters());
  });
  return true;
}

void PlanPortal::end_turn() {
  if (auto turn = std::exchange(turn_, nullptr)) turn->leave();
}

}  // namespace elegraph::query
