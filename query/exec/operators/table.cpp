// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/evaluator.h"
#include "query/exec/input_rows.h"
#include "query/exec/operators/argument.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/table_source.h"

namespace elegraph::query::exec {

namespace {

// CALL and catalog tables: for each input row (one empty row where there is no input) the rows of the table.
class Table : public Operator {
 public:
  Table(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(node.left ? make_operator(*node.left, build) : make_argument(node, build)),
        arguments_(make_evaluators(node.expressions, build)),
        held_(input_slots()) {
    for (size_t i = 0; i < node.slots.size(); i++) columns_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    child_->restart();
    restart_all(arguments_);
    input_.restart();
    table_.reset();
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    if (state_.out_of_budget()) return Step::kYield;
    output_.clear();
    while (output_.count() == 0) {
      Step s = input_.fill(*child_);
      if (s != Step::kBatch) return s;
      state_.check_interrupt();
      if (read_rows() == Step::kYield && output_.count() == 0) {
        input_.keep_rest(held_);
        return Step::kYield;
      }
    }
    state_.touch(output_.count());
    Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
    for (size_t i = 0; i < columns_.size(); i++)
      if (node_.slots[i] != plan::kNoSlot) batch.columns[node_.slots[i]] = columns_[i].get();
    input_.keep_rest(held_);
    return out = &batch, Step::kBatch;
  }

 private:
  void open() {
    if (!state_.context.tables) throw Error(sqlstate::kInternalError, "no procedures or tables here");
    std::vector<Value> values;
    uint16_t row = uint16_t(input_.row());
    for (EvaluatorPtr& a : arguments_) values.push_back(a->evaluate(input_.batch(), {&row, 1}).value(row));
    state_.context.functions.reader = &state_.reader;
    table_ = state_.context.tables->open(node_.procedure, values, state_.context);
    values_.assign(std::max<size_t>(columns_.size(), state_.context.tables->columns(node_.procedure)), Value());
    if (node_.writes) state_.wrote = state_.deleted = true;
  }

  Step read_rows() {
    Step step = Step::kBatch;
    std::vector<ColumnWriter> writers;
    for (auto& c : columns_) writers.emplace_back(*c);
    for (; input_.has_row() && !output_.full(); input_.advance()) {
      if (!table_) open();
      while (!output_.full() && (step = table_->next(values_, state_.unyielding == 0)) == Step::kBatch) {
        for (size_t i = 0; i < columns_.size(); i++) writers[i].put(output_.count(), values_[i]);
        output_.add(input_.row());
      }
      if (output_.full() || step == Step::kYield) break;  // the table may have more for this row
      table_.reset();
    }
    for (ColumnWriter& w : writers) w.finish();
    return step;
  }

  OperatorPtr child_;
  std::vector<EvaluatorPtr> arguments_;
  std::vector<plan::Slot> held_;
  InputRows input_;
  OutputRows output_;
  std::unique_ptr<TableSource> table_;  // of the current row
  std::vector<Value> values_;
  std::vector<std::unique_ptr<Vector>> columns_;
};

}  // namespace

OperatorPtr make_table_operator(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Table>(node, build);
}

}  // namespace elegraph::query::exec
