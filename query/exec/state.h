// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "query/exec/dense_columns.h"
#include "query/exec/execution.h"
#include "query/exec/morsels.h"
#include "storage/error.h"

namespace elegraph::query::exec {

class WalkLog;

// What the operators and expressions of one execution (of one worker, in a parallel pipeline) share. One thread at a
// time.
struct State {
  State(ExecutionContext& c, const plan::Plan& p)
      : context(c), plan(p), reader(*c.graph, c.snapshot), functions(c.functions), columns(p.slot_count), own_dense(*this) {
    functions.reader = &reader;
  }

  // Takes up the context again, which may have another snapshot and other parameters.
  void restart() {
    reader = storage::Reader(*context.graph, context.snapshot);
    functions = context.functions;
    functions.reader = &reader;
    wrote = deleted = false;
    run++;
    own_dense.clear();
  }

  // Spends budget. Operators ask out_of_budget() where all their state is in members, and leave with kYield.
  void touch(uint64_t rows) { context.budget.touch(rows); }
  bool out_of_budget() const {
    if (unyielding > 0) return false;
    if (leave && leave->load(std::memory_order_relaxed)) return true;
    return !context.may_parallel && context.budget.spent();
  }
  void check_interrupt() const {
    if (context.interrupt) context.interrupt->check();
    if (unyielding > 0 && context.may_begin_anew && !context.may_parallel && context.budget.spent()) throw BeginAnew();
  }
  void use_memory(int64_t bytes) {
    if (context.memory) context.memory->add(bytes);
  }

  ExecutionContext& context;
  const plan::Plan& plan;
  storage::Reader reader;
  FunctionContext functions;
  uint32_t columns;                  // slots of a batch: the plan's, then hidden ones that operators add
  uint64_t run = 0;                  // of how many times the operators have run the statement
  uint32_t unyielding = 0;           // > 0 while a subplan runs inside an expression, which cannot be left half-way
  bool wrote = false;                // this execution changed the graph: what was cached of it is looked at again
  bool deleted = false;              // and deleted something: access to entities checks that they are there
  std::vector<plan::Slot> created;   // what CREATE binds: a SET behind it is part of the creation when changes are counted
  DenseColumns own_dense;            // properties that are gathered again and again
  DenseColumns* dense = &own_dense;  // in a worker those of the statement
  std::map<plan::Slot, WalkLog*> walks;      // by PhysicalNode::walk, of the operators that give such numbers
  MorselSource* morsels = nullptr;           // set while copies of a pipeline run side by side, in each of them
  uint64_t morsel = 0;                       // the one that the copy's scan is in: ascending, as a scan alone has them
  const std::atomic<bool>* leave = nullptr;  // as well, where they pause together: says when
};

// While it lives nothing yields: for work that cannot be left half-way. Such work may be long again for later rows, for
// which nobody may begin anew, so that an I/O thread gives the statement up after its first batch.
class Unyielding {
 public:
  explicit Unyielding(State& state) : state_(state) {
    state_.unyielding++;
    state_.context.unyielded = true;
  }
  ~Unyielding() { state_.unyielding--; }
  Unyielding(const Unyielding&) = delete;
  Unyielding& operator=(const Unyielding&) = delete;

 private:
  State& state_;
};

// Bytes that an operator holds; given back when it goes.
class MemoryAccount {
 public:
  explicit MemoryAccount(State& state) : state_(state) {}
  ~MemoryAccount() { release(); }
  MemoryAccount(const MemoryAccount&) = delete;
  MemoryAccount& operator=(const MemoryAccount&) = delete;
  void add(uint64_t bytes) {
    state_.use_memory(int64_t(bytes));
    bytes_ += bytes;
  }
  // Sets the total; asks the tracker only for the difference.
  void set(uint64_t bytes) {
    if (bytes > bytes_) add(bytes - bytes_);
  }
  void release() {
    if (bytes_) state_.use_memory(-int64_t(bytes_));
    bytes_ = 0;
  }

 private:
  State& state_;
  uint64_t bytes_ = 0;
};

}  // namespace elegraph::query::exec
