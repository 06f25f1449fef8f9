// SPDX-License-Identifier: Apache-2.0
#include "query/procedures/procedure_calls.h"

#include <fmt/format.h>

#include <deque>

#include "query/runner.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

// Procedures that call procedures nest this deep: each level is a stack of operators.
constexpr uint32_t kDeepest = 32;
constexpr size_t kKeptBodies = 128;

void check(Value& v, const DeclaredType& type, const ProcedureSignature& s, const std::string& field, bool input) {
  if (type.accept(v)) return;
  throw Error(input ? sqlstate::kInvalidParameterValue : sqlstate::kDatatypeMismatch,
              fmt::format("{} \"{}\" of procedure {} cannot be of type {}", input ? "argument" : "column", field, s.name,
                          type_name(v.type())));
}

class BuiltInRows final : public exec::TableSource {
 public:
  explicit BuiltInRows(Procedure::Rows rows) : rows_(std::move(rows)) {}
  exec::Step next(std::span<Value> row, bool) override {
    if (at_ == rows_.size()) return exec::Step::kDone;
    std::move(rows_[at_].begin(), rows_[at_].end(), row.begin());
    at_++;
    return exec::Step::kBatch;
  }

 private:
  Procedure::Rows rows_;
  size_t at_ = 0;
};

void add_changes(exec::Changes& to, exec::Changes& from) {
  to.nodes_created += from.nodes_created, to.relationships_created += from.relationships_created;
  to.nodes_deleted += from.nodes_deleted, to.relationships_deleted += from.relationships_deleted;
  to.properties_set += from.properties_set, to.labels_changed += from.labels_changed;
  to.entities_touched += from.entities_touched;
  from = {};
}

// The rows of a body. A body without columns gives one empty row when it has run: the caller's row goes on.
class BodyRows final : public exec::TableSource {
 public:
  BodyRows(ProcedurePtr procedure, std::shared_ptr<const ProcedureBody> body, std::span<const Value> arguments,
           exec::ExecutionContext& outer)
      : procedure_(std::move(procedure)), body_(std::move(body)), outer_(outer) {
    const auto& planned = body_->statement->planned;
    runner_ = take_runner(planned.get());
    // A tracker of its own, for a pooled runner outlives this call.
    if (!runner_) runner_ = std::make_unique<Runner>(planned, outer_.memory->limit());
    auto& parameters = runner_->parameters;
    parameters.clear();
    for (uint32_t i : body_->arguments) parameters.push_back(arguments[i]);
    const auto& literals = body_->statement->literals;
    parameters.insert(parameters.end(), literals.begin(), literals.end());
    set_context();
    if (runner_->execution)
      runner_->execution->restart();
    else
      runner_->execution = exec::make_execution(planned->plan, runner_->context);
  }

  exec::Step next(std::span<Value> row, bool may_yield) override {
    while (rows_.empty()) {
      if (ended_) return exec::Step::kDone;
      exec::Step s = advance(may_yield);
      if (s == exec::Step::kYield) return s;
    }
    std::move(rows_.front().begin(), rows_.front().end(), row.begin());
    rows_.pop_front();
    return exec::Step::kBatch;
  }

 private:
  void set_context() {
    auto& context = runner_->context;
    context.transaction = outer_.transaction;
    context.graph = outer_.graph;
    context.indexes = outer_.indexes;
    context.snapshot = outer_.snapshot;
    context.parameters = runner_->parameters;
    context.functions = outer_.functions;
    context.memory = &runner_->memory;
    context.interrupt = outer_.interrupt;
    context.arena = outer_.arena;
    context.tables = outer_.tables;
    context.call_depth = outer_.call_depth + 1;
    context.changes = {};
    context.profile = nullptr;
  }

  exec::Step advance(bool may_yield) try {
    auto& context = runner_->context;
    context.may_parallel = outer_.may_parallel;
    context.budget = may_yield ? outer_.budget : exec::InlineBudget::unlimited();
    const exec::Batch* batch = nullptr;
    exec::Step s = runner_->execution->next(batch);
    if (may_yield) outer_.budget = context.budget;
    add_changes(outer_.changes, context.changes);
    if (s == exec::Step::kBatch) copy(*batch);
    if (s == exec::Step::kDone) end();
    return s;
  } catch (Error& e) {
    e.position.reset();  // it counts in the body
    if (e.detail.empty()) e.detail = "It happened in procedure " + procedure_->definition.name + ".";
    throw;
  }

  void copy(const exec::Batch& batch) {
    if (body_->outputs.empty()) return;
    const auto& s = *procedure_->signature;
    for (uint32_t i = 0; i < batch.count; i++) {
      auto& row = rows_.emplace_back();
      for (size_t c = 0; c < body_->outputs.size(); c++) {
        row.push_back(batch.column(body_->outputs[c]).value(batch.row(i)));
        check(row.back(), procedure_->outputs[c], s, s.outputs[c].name, false);
      }
    }
  }

  void end() {
    ended_ = true;
    if (body_->outputs.empty()) rows_.emplace_back();
    give_back(std::move(runner_));
  }

  ProcedurePtr procedure_;
  std::shared_ptr<const ProcedureBody> body_;
  exec::ExecutionContext& outer_;
  std::unique_ptr<Runner> runner_;
  std::deque<std::vector<Value>> rows_;
  bool ended_ = false;
};

}  // namespace

ProcedurePtr ProcedureCalls::find(std::string_view name) const {
  ProcedurePtr p = database_.procedures->get(name);
  if (!p) throw Error(sqlstate::kUndefinedFunction, "procedure " + std::string(name) + " does not exist");
  return p;
}

uint32_t ProcedureCalls::columns(std::string_view name) const { return uint32_t(find(name)->signature->outputs.size()); }

std::shared_ptr<const ProcedureBody> ProcedureCalls::body_of(const ProcedurePtr& procedure) {
  const std::string& name = procedure->definition.name;
  auto found = compiled_.find(name);
  if (found != compiled_.end() && found->second.procedure == procedure &&
      found->second.body->epoch == database_.graph().catalog().epoch())
    return found->second.body;
  auto body = std::make_shared<ProcedureBody>(compile_body(database_, *procedure));
  if (compiled_.size() >= kKeptBodies) compiled_.clear();
  compiled_.insert_or_assign(name, Compiled{procedure, body});
  return body;
}

std::unique_ptr<exec::TableSource> ProcedureCalls::open(std::string_view name, std::span<const Value> given,
                                                        exec::ExecutionContext& context) {
  ProcedurePtr p = find(name);
  const auto& s = *p->signature;
  if (given.size() != s.inputs.size())
    throw Error(sqlstate::kFeatureNotSupported, "procedure " + s.name + " has changed since the statement was planned");
  std::vector<Value> arguments(given.begin(), given.end());
  for (size_t i = 0; i < arguments.size(); i++) check(arguments[i], p->inputs[i], s, s.inputs[i].name, true);
  if (p->built_in) return std::make_unique<BuiltInRows>(p->built_in(database_, arguments));
  if (context.call_depth >= kDeepest)
    throw Error(sqlstate::kStatementTooComplex, "procedures call each other too deeply")
        .with_detail(fmt::format("The limit is {} levels.", kDeepest));
  auto body = body_of(p);
  if (body->statement->planned->plan->writes && !s.writes)
    throw Error(sqlstate::kFeatureNotSupported, "procedure " + s.name + " changes the graph now, through another one")
        .with_hint("Declare it again.");
  return std::make_unique<BodyRows>(std::move(p), std::move(body), arguments, context);
}

}  // namespace elegraph::query
