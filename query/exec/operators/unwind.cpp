// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/evaluator.h"
#include "query/exec/input_rows.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/plan/expression_tools.h"

namespace elegraph::query::exec {

namespace {

// One row per element of a list; none for null and for an empty list; a single value is a list of one. range() is
// counted through and never made.
class Unwind : public Operator {
 public:
  Unwind(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(*node.left, build)), held_(input_slots()) {
    const plan::BoundExpression& e = *node.expressions[0];
    range_ = e.kind == plan::BoundKind::kFunction && e.function && e.function->name == "range";
    if (range_)
      arguments_ = make_evaluators(e.args, build);
    else
      list_ = make_evaluator(e, build), same_ = plan::is_row_independent(e);
  }

  void rewind() override {
    child_->restart();
    restart_all(arguments_);
    if (list_) list_->restart();
    input_.restart();
    lists_.clear();
    list_number_ = 0;
    open_ = known_ = false;
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
      if (range_)
        unwind_ranges();
      else
        unwind_lists();
    }
    state_.touch(output_.count());
    Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
    batch.columns[node_.slot] = &elements_;
    input_.keep_rest(held_);
    return out = &batch, Step::kBatch;
  }

 private:
  void unwind_lists() {
    ColumnWriter writer(elements_);
    for (; input_.has_row() && !output_.full(); open_ = false, input_.advance()) {
      if (!open_) open_list();
      const Value* items = items_();
      for (; next_ < count_ && !output_.full(); next_++) {
        writer.put(output_.count(), items[next_]);
        output_.add(input_.row());
      }
      if (next_ < count_) break;
    }
    writer.finish();
  }
  void open_list() {
    if (!known_) {
      if (list_number_ == lists_.size()) evaluate_lists();
      current_ = std::move(lists_[list_number_++]);
      count_ = current_.is_null() ? 0 : current_.type() == Type::kList ? current_.as_list().size() : 1;
      known_ = same_;
    }
    next_ = 0;
    open_ = true;
  }
  // The lists of the next rows, at once: a column is read in bulk. They are kept as values, since what evaluators return
  // ends with the batch. As many rows as are expected to fill a batch of elements, and few to begin with, so that long
  // lists do not add up and a LIMIT does not wait for what it does not need.
  void evaluate_lists() {
    const uint32_t left = input_.batch().count - input_.number(), count = std::min(rows_ahead_, left);
    for (uint32_t i = 0; i < count; i++) ahead_[i] = uint16_t(input_.batch().row(input_.number() + i));
    const Vector& found = list_->evaluate(input_.batch(), {ahead_.data(), count});
    lists_.clear();
    list_number_ = 0;
    uint64_t elements = 0;
    for (uint32_t i = 0; i < count; i++) {
      lists_.push_back(found.value(ahead_[i]));
      elements += lists_.back().type() == Type::kList ? lists_.back().as_list().size() : 1;
    }
    const uint64_t fitting = count * uint64_t{OutputRows::kCapacity} / std::max<uint64_t>(elements, 1);
    rows_ahead_ = uint32_t(std::clamp<uint64_t>(fitting, 1, std::min(2 * count, Vector::kCapacity)));
  }
  const Value* items_() const { return current_.type() == Type::kList ? current_.as_list().data() : &current_; }

  void unwind_ranges() {
    elements_.reset(Type::kInt);
    auto* out = elements_.mutable_data<int64_t>();
    for (; input_.has_row() && !output_.full(); open_ = false, input_.advance()) {
      if (!open_) open_range();
      uint32_t n = uint32_t(std::min<uint64_t>(count_ - next_, output_.room()));
      for (uint32_t i = 0; i < n; i++) out[output_.count() + i] = first_ + int64_t(next_ + i) * step_;
      output_.add(input_.row(), n);
      next_ += n;
      if (next_ < count_) break;
    }
  }
  void open_range() {
    Value v[3] = {{}, {}, Value::integer(1)};
    for (size_t i = 0; i < arguments_.size(); i++)
      v[i] = arguments_[i]->evaluate(input_.batch(), one_row()).value(input_.row());
    open_ = true;
    next_ = count_ = 0;
    const plan::BoundExpression& e = *node_.expressions[0];
    bool integers = std::all_of(v, v + 3, [](const Value& x) { return x.type() == Type::kInt; });
    if (!integers || v[2].as_int() == 0) {
      e.function->call({v, arguments_.size()}, state_.functions);  // throws what the function says of them
      return;
    }
    first_ = v[0].as_int(), step_ = v[2].as_int();
    // Differences of 64-bit integers need 65 bits: unsigned arithmetic, in the direction of the step.
    bool up = step_ > 0;
    if (up ? first_ > v[1].as_int() : first_ < v[1].as_int()) return;
    uint64_t span = up ? uint64_t(v[1].as_int()) - uint64_t(first_) : uint64_t(first_) - uint64_t(v[1].as_int());
    count_ = span / (up ? uint64_t(step_) : 0 - uint64_t(step_)) + 1;
  }

  Rows one_row() {
    row_ = uint16_t(input_.row());
    return {&row_, 1};
  }

  OperatorPtr child_;
  std::vector<plan::Slot> held_;
  bool range_ = false;
  bool same_ = false;  // all rows have the same list
  EvaluatorPtr list_;
  std::vector<EvaluatorPtr> arguments_;
  InputRows input_;
  OutputRows output_;

  // Those of rows from the current one on; the ones before list_number_ are done with.
  std::vector<Value> lists_;
  size_t list_number_ = 0;
  uint32_t rows_ahead_ = 1;
  std::array<uint16_t, Vector::kCapacity> ahead_;

  // The current row's list.
  bool open_ = false;
  bool known_ = false;  // it is all rows' list
  Value current_;
  int64_t first_ = 0, step_ = 1;
  uint64_t next_ = 0, count_ = 0;
  uint16_t row_ = 0;
  Vector elements_;
};

}  // namespace

OperatorPtr make_unwind(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Unwind>(node, build);
}

}  // namespace elegraph::query::exec
