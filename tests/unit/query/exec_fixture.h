// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "index/index_set.h"
#include "query/cypher/parser.h"
#include "query/exec/execution.h"
#include "query/functions/value_ops.h"
#include "query/plan/planner.h"
#include "storage/error.h"
#include "storage/graph.h"
#include "storage/rcu.h"

namespace elegraph::query::exec {

// A graph in memory and one client of it that runs Cypher through parser, planner and executor.
class ExecTest : public ::testing::Test {
 protected:
  ExecTest() {
    indexes_.attach(graph_);
    graph_.observe(&indexes_.labels());
    graph_.observe(&indexes_);
    slot_ = graph_.open_slot();
  }
  ~ExecTest() override {
    execution_.reset();
    transaction_.reset();
    graph_.close_slot(slot_);
  }

  using Rows = std::vector<std::string>;

  // Runs the statement in a transaction of its own and commits; each row is its values as JSON, joined by ' '. Sorted
  // unless the statement orders.
  Rows run(std::string_view text, std::vector<Value> parameters = {}) {
    prepare(text, std::move(parameters));
    Rows rows = drain();
    finish();
    if (text.find("ORDER BY") == std::string_view::npos) std::sort(rows.begin(), rows.end());
    return rows;
  }

  // The SQLSTATE that the statement ends with.
  std::string error_of(std::string_view text, std::vector<Value> parameters = {}) {
    try {
      run(text, std::move(parameters));
    } catch (const Error& e) {
      transaction_.reset();
      execution_.reset();
      return e.sqlstate;
    }
    return "none";
  }

  void prepare(std::string_view text, std::vector<Value> parameters) {
    make_plan(text, std::move(parameters));
    begin();
    rcu::ReadGuard guard;
    execution_ = make_execution(plan_, context_);
  }

  void make_plan(std::string_view text, std::vector<Value> parameters) {
    rcu::ReadGuard guard;
    parameters_ = std::move(parameters);
    auto parsed = cypher::parse(text, {});
    plan::PlanningContext planning{};
    planning.catalog = &graph_.catalog();
    planning.statistics = &graph_.statistics();
    planning.indexes = &indexes_;
    std::vector<StaticType> declared;
    for (const Value& v : parameters_) declared.push_back({v.type(), Type::kAny});
    planning.declared_parameters = declared;
    planning.text = text;
    plan_ = plan::plan_query(*parsed, planning);
  }

  void begin() {
    transaction_.reset();
    transaction_ = graph_.begin(slot_);
    context_.transaction = transaction_.get();
    context_.graph = &graph_;
    context_.indexes = &indexes_;
    context_.snapshot = transaction_->snapshot();
    context_.parameters = parameters_;
    context_.memory = &memory_;
    context_.changes = {};
    context_.functions.random_state = random_;
    context_.budget = budget_;
    reader_ = std::make_unique<storage::Reader>(graph_, context_.snapshot);
    json_.reader = reader_.get();
  }

  // Each next() in an RCU section of its own, with vacuums between, as a session would. `until_yield`: it may be left then.
  Rows drain(bool until_yield = false) {
    Rows rows;
    for (;;) {
      rcu::ReadGuard guard;
      const Batch* batch = nullptr;
      Step step = execution_->next(batch);
      if (step == Step::kDone) break;
      if (step == Step::kYield) {
        yields_++;
        context_.budget = budget_;
        if (until_yield) break;
        continue;
      }
      for (uint32_t i = 0; i < batch->count; i++) rows.push_back(row(*batch, batch->row(i)));
    }
    return rows;
  }
  std::string row(const Batch& batch, uint32_t r) {
    std::string out;
    for (auto& column : plan_->columns) {
      if (!out.empty()) out += ' ';
      append_json(out, batch.column(column.slot).value(r), json_);
    }
    return out;
  }

  void finish() {
    if (plan_->writes) {
      transaction_->check_deletes();
      indexes_.check_statement(*transaction_);
    }
    std::exception_ptr error;
    transaction_->commit(storage::Durability::kOff, [&](std::exception_ptr e) { error = e; });
    if (error) std::rethrow_exception(error);
  }

  void create_index(std::string_view label, std::vector<std::string> keys,
                    index::ConstraintKind kind = index::ConstraintKind::kNone,
                    index::EntityKind entity = index::EntityKind::kNode) {
    transaction_.reset();
    index::IndexDefinition d;
    d.entity = entity;
    d.label = label;
    d.keys = std::move(keys);
    d.constraint = kind;
    indexes_.create(d, slot_, [] { return false; });
  }

  index::IndexSet indexes_;
  storage::Graph graph_;
  storage::Graph::SnapshotSlot* slot_ = nullptr;
  std::unique_ptr<storage::Transaction> transaction_;
  std::unique_ptr<storage::Reader> reader_;
  FunctionContext json_;
  MemoryTracker memory_{1ull << 30};
  ExecutionContext context_;
  std::vector<Value> parameters_;
  std::shared_ptr<const plan::Plan> plan_;
  std::unique_ptr<Execution> execution_;
  uint64_t random_[4] = {1, 2, 3, 4};
  int64_t budget_ = INT64_MAX / 2;
  uint64_t yields_ = 0;
};

}  // namespace elegraph::query::exec
