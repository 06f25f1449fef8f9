// SPDX-License-Identifier: Apache-2.0
// A statement among others of its kind: it meets them, leads them or gets their rows.
#include "query/plan_portal_share.h"

#include <fmt/format.h>

#include "query/session.h"
#include "storage/value_codec.h"
#include "storage/wake_batch.h"

namespace elegraph::query {
namespace {

// A leader that is stopped sends the others back this often before they run alone.
constexpr uint32_t kJoins = 3;
// Turns of the event loop while each brings somebody.
constexpr uint32_t kTurns = 16;
// So many batches at once: the caller's RCU section ends in between.
constexpr uint32_t kBatches = 64;

// Whose statement the calling thread saw last that could have shared.
thread_local const SessionImplementation* last_seen = nullptr;

// What must be equal in all that share a pass, and what in those that share rows.
void make_keys(const plan::PlannedStatement& planned, std::span<const Value> parameters, uint16_t zone,
               share::Member& out) {
  storage::put_u64(out.key, reinterpret_cast<uintptr_t>(&planned));
  storage::put_u32(out.key, zone);
  auto free = planned.sharing.free.begin();
  for (uint32_t p = 0; p < parameters.size(); p++) {
    bool is_free = free != planned.sharing.free.end() && *free == p;
    free += is_free;
    storage::encode_value(is_free ? out.rest : out.key, parameters[p]);
  }
}

}  // namespace

// Reads in a transaction of their own that nothing has been read in.
bool PlanPortal::can_share() const {
  const plan::PlannedStatement& planned = *statement_->planned;
  if (!planned.sharing.shareable || !session_.settings.share_work()) return false;
  if (session_.transaction.explicit_block() || session_.transaction.active()) return false;
  if (session_.settings.default_serializable()) return false;  // it records what it reads
  if (planned.plan->explain == cypher::ExplainMode::kNone) return true;
  return planned.explained && planned.explained->sharing.shareable;
}

std::optional<Progress> PlanPortal::share() {
  if (share_) return settle();
  if (can_share()) return join();
  may_share_ = false;
  return std::nullopt;
}

std::optional<Progress> PlanPortal::join() {
  const bool runs_in_task = is_long();
  auto& gathering = runs_in_task ? session_.shared.long_statements : session_.shared.short_statements;
  bool analyzes = statement_->planned->plan->explain != cypher::ExplainMode::kNone;
  // A session that this thread serves alone has nobody to look for.
  bool lone = std::exchange(last_seen, &session_) == &session_ && gathering.empty();
  if (lone && !runs_in_task && !analyzes) {
    may_share_ = false;
    return std::nullopt;
  }
  begin();
  const auto& planned = statement_->planned;
  share_ = std::make_unique<Share>(gathering);
  auto& member = share_->member = std::make_shared<share::Member>();
  member->planned = analyzes ? planned->explained : planned;
  member->interrupt = session_.shared_interrupt;
  member->parameters = parameters_;
  member->parameters.insert(member->parameters.end(), planned->explained_literals.begin(),
                            planned->explained_literals.end());
  member->analyzes = analyzes;
  make_keys(*member->planned, member->parameters, session_.settings.text_style().zone, *member);
  member->leads_alone = runs_in_task && planned->sharing.answers_at_end;
  attempts_++;
  if (runs_in_task && !analyzes && session_.shared.running.join(member, session_.database.graph().last_committed()))
    return wait_until_settled();
  gathering.join(member);
  share_->joined = gathering.joined();
  if (!runs_in_task) return Progress::kTurn;
  share_->closes = gathering.becomes_closer();
  return share_->closes ? Progress::kYield : wait_until_settled();
}

// Two passes take twice the time of one: a long statement can well spend a small part of its own on company.
std::chrono::nanoseconds PlanPortal::patience() const {
  constexpr double kNanosecondsPerCost = 1.0 / 64, kLongest = 50'000;
  return std::chrono::nanoseconds(
      int64_t(std::min(statement_->planned->plan->root->estimated_cost * kNanosecondsPerCost, kLongest)));
}

Progress PlanPortal::wait_until_settled() {
  wait_for([member = share_->member](std::function<void()> ready) { member->when_settled(std::move(ready)); });
  return Progress::kJoined;
}

std::optional<Progress> PlanPortal::settle() {
  Share& s = *share_;
  auto& transaction = session_.transaction.current();
  if (s.closes) {
    s.gathering.wait_for_company(*s.member, patience());
    s.gathering.close_for_all(*s.member);
    s.closes = false;
  } else if (!s.member->taken()) {
    const uint64_t joined = s.gathering.joined();
    const bool company = std::exchange(s.joined, joined) != joined;
    if (company && ++s.turns < kTurns) return Progress::kTurn;
    s.gathering.close(*s.member);
  }
  FunctionContext functions;
  switch (s.member->outcome()) {
    case share::Outcome::kPending: return wait_until_settled();
    case share::Outcome::kLead:
      s.group = s.member->take_group();
      transaction.move_snapshot(session_.database.graph().last_committed());
      if (replace_stale_plan()) {  // it was good for the snapshot before; the others find out alone
        share_.reset();
        break;
      }
      if (s.member->leads_alone) s.group->announce(session_.shared.running, transaction.snapshot().at);
      break;
    case share::Outcome::kRows:
      s.rows.emplace(s.member->take_rows());
      transaction.move_snapshot(s.rows->result().at);
      session_.fill(functions);  // entities in the rows are read under the snapshot that they come from
      break;
    case share::Outcome::kAgain:
      share_.reset();
      if (attempts_ < kJoins) return join();
      break;
    case share::Outcome::kInterrupted: session_.interrupt.check(); [[fallthrough]];
    case share::Outcome::kAlone: share_.reset(); break;
  }
  may_share_ = false;
  return std::nullopt;
}

void PlanPortal::lead() {
  Share& s = *share_;
  s.result = std::make_shared<share::Result>();
  s.statements = s.group->statements();
  s.units = s.group->units();
  for (const auto& column : statement_->planned->plan->columns) s.slots.push_back(column.slot);
  session_.interrupt.watch = s.group.get();
  if (s.units == 1) return;
  const plan::Sharing& sharing = statement_->planned->sharing;
  s.sets.aggregate = sharing.aggregate;
  s.sets.free = sharing.free;
  for (size_t u = 0; u < s.units; u++) s.sets.sets.push_back(s.group->parameters(u));
  runner_->context.sets = &s.sets;
}

void PlanPortal::leave_group() {
  session_.interrupt.watch = nullptr;
  if (runner_) runner_->context.sets = nullptr;
  share_->group.reset();
}

// kDone: the group is served; this statement's rows are in `rows`, or it runs alone after all.
exec::Step PlanPortal::run_for_group() {
  try {
    return run_units();
  } catch (...) {
    bool stopped = session_.interrupt.due();
    bool alone = share_->units == 1;
    share_->group->release(stopped ? share::Outcome::kAgain : share::Outcome::kAlone);
    leave_group();
    share_.reset();
    runner_->execution.reset();
    if (stopped || alone) throw;
    // Whose constants it was is not known: everybody finds out alone.
    runner_->execution = exec::make_execution(statement_->planned->plan, runner_->context);
    return exec::Step::kDone;
  }
}

exec::Step PlanPortal::run_units() {
  Share& s = *share_;
  const exec::Batch* batch = nullptr;
  uint64_t served = 0;
  std::optional<storage::WakeBatch> wakes;
  for (uint32_t batches = 0; batches < kBatches;) {
    exec::Step step = runner_->execution->next(batch);
    if (step == exec::Step::kYield) return step;
    if (step == exec::Step::kBatch) {
      batches++;
      s.result->add(*batch, s.slots);
      if (s.result->fits()) continue;
      s.goes_on = s.unit == 0;
    }
    s.result->at = runner_->context.snapshot.at;
    if (s.unit == 0) s.own = s.result;
    if (step == exec::Step::kDone) {
      if (!wakes) wakes.emplace();  // the other sets' rows are there as well
      served = s.group->publish(s.unit++, s.result);
      session_.shared.shared_statements.fetch_add(served, std::memory_order_relaxed);
    }
    if (step == exec::Step::kBatch || s.unit == s.units) {
      s.rows.emplace(s.own);
      s.statements = s.group->statements();
      leave_group();
      return exec::Step::kDone;
    }
    s.result = std::make_shared<share::Result>();
    s.sets.current = uint32_t(s.unit);
    runner_->execution->restart();
  }
  return exec::Step::kYield;
}

std::string PlanPortal::shared_text() const {
  if (!statement_->planned->sharing.shareable) return {};
  if (!share_ || share_->statements < 2) return "Shared Work: none\n";
  return fmt::format("Shared Work: one run for {} statements with {} of parameters\n", share_->statements,
                     share_->units == 1 ? std::string("one set") : fmt::format("{} sets", share_->units));
}

}  // namespace elegraph::query
