// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/exec/execution.h"
#include "query/plan/plan_cache.h"
#include "query/share/result.h"

namespace elegraph::query::share {

class Group;
// Ends what a group does for others, and frees it.
struct EndGroup {
  void operator()(Group* group) const;
};
using GroupPointer = std::unique_ptr<Group, EndGroup>;

enum class Outcome : uint8_t {
  kPending,
  kLead,         // run, for all of the group
  kRows,         // somebody else ran: here are the rows
  kAlone,        // run, and share nothing
  kAgain,        // whoever led was stopped: come again
  kInterrupted,  // the statement itself was cancelled or its time is over
};

// One statement that waits with others of its kind. Decided once, by another thread or its own.
//
// Thread-safety: settle() by one thread at a time (the one that took it from the gathering, then the one that leads);
// outcome() and when_settled() by the statement.
class Member {
 public:
  // What the statement brings; constant once it is in a gathering.
  std::shared_ptr<const plan::PlannedStatement> planned;  // whose identity `key` holds
  std::shared_ptr<const exec::Interrupt> interrupt;
  std::vector<Value> parameters;
  std::string key;           // equal: they may be answered by one pass
  std::string rest;          // equal as well: they are one and the same
  bool analyzes = false;     // EXPLAIN ANALYZE: leads, or runs alone
  bool leads_alone = false;  // runs as a group of one, for others to join while it runs

  // Somebody has closed the gathering that it was in, or a group that runs has it.
  bool taken() const { return taken_.load(std::memory_order_relaxed); }
  Outcome outcome() const { return state_.load(std::memory_order_acquire) == kSettled ? outcome_ : Outcome::kPending; }
  // Runs `ready` once it is settled, at once if it is. Called once.
  void when_settled(std::function<void()> ready);

  // False if it was settled or abandoned before.
  bool settle(Outcome outcome);
  bool settle_rows(std::shared_ptr<const Result> rows);
  bool settle_lead(GroupPointer group);

  // The statement goes away whatever comes of it. A group that it was to lead goes with it.
  void abandon();

  // After kRows and kLead.
  std::shared_ptr<const Result> take_rows() { return std::move(rows_); }
  GroupPointer take_group();

  Member();
  ~Member();

 private:
  friend class MemberStack;
  friend class Group;
  enum State : uint32_t { kOpen, kWaiting, kSettled, kAbandoned };
  bool settled() const { return state_.load(std::memory_order_relaxed) >= kSettled; }

  std::atomic<uint32_t> state_{kOpen};
  std::atomic<bool> taken_{false};
  Outcome outcome_ = Outcome::kPending;
  std::shared_ptr<const Result> rows_;
  GroupPointer group_;
  std::function<void()> ready_;
  // In a stack, which holds `self` meanwhile.
  Member* next_ = nullptr;
  std::shared_ptr<Member> self_;
};

}  // namespace elegraph::query::share
