// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/over_list.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/slices.h"
#include "query/functions/value_ops.h"
#include "query/plan/expression_tools.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

// What is added to the accumulator or multiplied with it, where that does not read it; or null.
const plan::BoundExpression* folded_term(const plan::BoundExpression& bound) {
  const plan::BoundExpression& step = *bound.args[2];
  if (step.kind != BoundKind::kAdd && step.kind != BoundKind::kMultiply) return nullptr;
  const auto is_accumulator = [&](const plan::BoundExpression& e) {
    return e.kind == BoundKind::kSlot && e.slot == bound.slot;
  };
  const bool first = is_accumulator(*step.args[0]);
  if (!first && !is_accumulator(*step.args[1])) return nullptr;
  const plan::BoundExpression& term = *step.args[first ? 1 : 0];
  std::vector<plan::Slot> read;
  referenced_slots(term, read);
  return std::ranges::find(read, bound.slot) == read.end() ? &term : nullptr;
}

bool is_number(Type t) { return t == Type::kInt || t == Type::kFloat; }

class Reduce : public OverList {
 public:
  Reduce(const plan::BoundExpression& bound, BuildContext& build) : OverList(bound, build, 1, bound.slot2) {
    const plan::BoundExpression* term = folded_term(bound);
    if (!term) return;
    term_ = make_evaluator(*term, build);
    term_first_ = term == bound.args[2]->args[0].get();
  }

  void restart() override {
    OverList::restart();
    if (term_) term_->restart();
  }

 protected:
  struct Part {
    size_t begin = 0, end = 0;
  };

  Value of_list(const std::vector<Value>& items, const Batch& outer, uint32_t row) override {
    return fold(items, {0, items.size()}, initial(outer, row));
  }
  Value initial(const Batch& outer, uint32_t row) {
    uint16_t only = uint16_t(row);
    return args_[0]->evaluate(outer, {&only, 1}).value(row);
  }
  // What `accumulator` becomes by a part of the items. REQUIRES: local_ has the row.
  Value fold(const std::vector<Value>& items, Part part, Value accumulator) {
    if (term_ && is_number(accumulator.type())) return fold_list(items, part, std::move(accumulator));
    for (size_t i = part.begin; i < part.end; i++) {
      step_inside(1);  // which may be long: strings and lists that grow
      local_.set_constant(bound_.slot, accumulator);
      local_.set_constant(bound_.slot2, items[i]);
      accumulator = args_[2]->evaluate(local_.batch(), {nullptr, 1}).value(0);
    }
    return accumulator;
  }

  void begin_lists(uint32_t count, const Batch& outer, Rows rows) override {
    const Vector& initial = args_[0]->evaluate(outer, rows);
    so_far_.resize(count);
    for_rows(rows, [&](uint32_t row) { so_far_[numbers_[row]] = initial.value(row); });
    step_.columns[bound_.slot] = &accumulators_;
  }
  void step(Rows rows) override {
    ColumnWriter writer(accumulators_);
    for_rows(rows, [&](uint32_t row) { writer.put(row, so_far_[numbers_[row]]); });
    writer.finish();
    const Vector& v = args_[2]->evaluate(step_, rows);
    for_rows(rows, [&](uint32_t row) { so_far_[numbers_[row]] = v.value(row); });
  }
  Value result(uint32_t list) override { return std::exchange(so_far_[list], Value()); }
  // Each element waits for the one before it, so that all lists may go with others; not where what all of them make is
  // known to take memory. What is not known is mostly a sum over properties.
  size_t short_list() const override {
    if (term_) return OverList::short_list();
    const Type type = bound_.type.type;
    return plan::is_fixed_size(type) || type == Type::kAny ? SIZE_MAX : 0;
  }

 private:
  bool adds() const { return bound_.args[2]->kind == BoundKind::kAdd; }

  // The terms of many elements are computed together, and then added up one after the other.
  Value fold_list(const std::vector<Value>& items, Part part, Value so_far) {
    for (size_t done = part.begin; done < part.end;) {
      const uint32_t count = local_.set_elements(items, done, part.end);
      step_inside(count);
      const Vector& terms = term_->evaluate(local_.batch(), local_.rows());
      if (!fold_numbers(terms, count, so_far)) fold_values(terms, count, so_far);
      done += count;
    }
    return so_far;
  }
  bool fold_numbers(const Vector& terms, uint32_t count, Value& so_far) const {
    if (terms.constant() || !is_number(terms.type()) || !is_number(so_far.type())) return false;
    for (uint32_t i = 0; i < count; i++)
      if (!terms.valid(i)) return false;
    if (terms.type() == Type::kInt && so_far.type() == Type::kInt) {
      const auto* term = terms.data<int64_t>();
      int64_t value = so_far.as_int();
      bool failed = false;
      for (uint32_t i = 0; i < count; i++)
        failed |= adds() ? __builtin_add_overflow(value, term[i], &value) : __builtin_mul_overflow(value, term[i], &value);
      if (!failed) so_far = Value::integer(value);
      return !failed;
    }
    double value = so_far.type() == Type::kInt ? double(so_far.as_int()) : so_far.as_float();
    if (terms.type() == Type::kInt && so_far.type() == Type::kFloat)
      fold_floats(terms.data<int64_t>(), count, value);
    else
      fold_floats(terms.data<double>(), count, value);
    so_far = Value::floating(value);
    return true;
  }
  template <class T>
  void fold_floats(const T* terms, uint32_t count, double& value) const {
    for (uint32_t i = 0; i < count; i++) value = adds() ? value + double(terms[i]) : value * double(terms[i]);
  }
  void fold_values(const Vector& terms, uint32_t count, Value& so_far) {
    at_position(bound_.args[2]->position, [&] {
      for (uint32_t i = 0; i < count; i++) {
        step_inside(1);
        const Value term = terms.value(i);
        so_far = term_first_ ? apply_step(term, so_far) : apply_step(so_far, term);
      }
    });
  }
  Value apply_step(const Value& left, const Value& right) const {
    return adds() ? add(left, right) : multiply(left, right);
  }

  EvaluatorPtr term_;        // or null
  bool term_first_ = false;  // which matters to texts and lists
  std::vector<Value> so_far_;
  Vector accumulators_;
};

// What the lists of many rows are parts of, where each may begin like the one before it and go on: slices of one list, or
// range(). Running sums, `[i IN range(0, n) | reduce(s = 0, x IN l[0..i + 1] | s + x)]`, then look at each element once.
class RunningReduce : public Reduce {
 public:
  // Whether only the rows' ends say how far each goes.
  static bool may_run(const plan::BoundExpression& bound) {
    const plan::BoundExpression& list = *bound.args[1];
    const bool range = list.kind == BoundKind::kFunction && list.function->name == "range" && list.args.size() == 2;
    const bool slice = list.kind == BoundKind::kSlice && list.args.size() == 3 && list.args[2];
    const bool starts_alike = plan::is_row_independent(*bound.args[0]);
    return (range || slice) && starts_alike && !plan::any_part(*bound.args[2], [](const plan::BoundExpression& part) {
             return part.subplan || (part.function && !part.function->deterministic);
           });
  }

  RunningReduce(const plan::BoundExpression& bound, BuildContext& build)
      : Reduce(bound, build), sources_(make_evaluators(bound.args[1]->args, build)) {
    referenced_slots(*bound.args[2], read_);
    std::erase_if(read_, [&](plan::Slot s) { return s == bound.slot || s == bound.slot2; });
  }

  void restart() override {
    Reduce::restart();
    restart_all(sources_);
  }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    if (rows.count < kFewest || !are_constant(batch)) return Reduce::evaluate(batch, rows);
    Unyielding guard(state_);
    const bool parts = bound_.args[1]->kind == BoundKind::kSlice ? take_slices(batch, rows) : take_ranges(batch, rows);
    return parts ? run(batch, rows) : Reduce::evaluate(batch, rows);
  }

 private:
  static constexpr uint32_t kFewest = 4;
  static constexpr int64_t kMost = 1'000'000;  // of range(): how long it may be is said where it is made

  bool are_constant(const Batch& batch) const {
    return std::ranges::all_of(
        read_, [&](plan::Slot s) { return s < batch.columns.size() && batch.columns[s] && batch.columns[s]->constant(); });
  }

  // False where the rows' lists are not parts of one, or something is null or wrong.
  bool take_slices(const Batch& batch, Rows rows) {
    const Vector& lists = sources_[0]->evaluate(batch, rows);
    whole_ = lists.value(rows[0]);
    if (whole_.type() != Type::kList) return false;
    for (uint32_t i = 1; i < rows.count && !lists.constant(); i++) {
      const Value other = lists.value(rows[i]);
      if (other.type() != Type::kList || &other.as_list() != &whole_.as_list()) return false;
    }
    const auto size = int64_t(whole_.as_list().size());
    const auto bound = [&](Evaluator* e, int64_t absent, std::vector<int64_t>& out) {
      return take_numbers(e, absent, batch, rows, out, [&](int64_t n) { return slice_bound(n, size); });
    };
    return bound(sources_[1].get(), 0, begins_) && bound(sources_[2].get(), size, ends_);
  }
  bool take_ranges(const Batch& batch, Rows rows) {
    const auto limited = [](int64_t n) { return std::clamp(n, -kMost, kMost); };
    const bool known = take_numbers(sources_[0].get(), 0, batch, rows, begins_, limited) &&
                       take_numbers(sources_[1].get(), 0, batch, rows, ends_, limited);
    for (int64_t& end : ends_) end++;
    const auto inside = [](int64_t n) { return n > -kMost && n < kMost; };
    return known && std::ranges::all_of(begins_, inside) && std::ranges::all_of(ends_, inside);
  }
  template <class F>
  static bool take_numbers(Evaluator* e, int64_t absent, const Batch& batch, Rows rows, std::vector<int64_t>& out, F&& as) {
    out.assign(rows.count, absent);
    if (!e) return true;
    const Vector& v = e->evaluate(batch, rows);
    for (uint32_t i = 0; i < rows.count; i++) {
      const Value n = v.value(rows[i]);
      if (n.type() != Type::kInt) return false;
      out[i] = as(n.as_int());
    }
    return true;
  }

  const Vector& run(const Batch& batch, Rows rows) {
    ColumnWriter writer(out_);
    Value so_far;
    int64_t begin = 0, end = -1;
    local_.set_outer(batch, rows[0]);
    for (uint32_t i = 0; i < rows.count; i++) {
      step_inside(1);
      const bool goes_on = end >= begin && begins_[i] == begin && ends_[i] >= end;
      if (!goes_on) so_far = initial(batch, rows[i]), begin = end = begins_[i];
      if (ends_[i] > end) so_far = fold_next(end, ends_[i], std::move(so_far)), end = ends_[i];
      writer.put(rows[i], so_far);
    }
    writer.finish();
    whole_ = {};
    return out_;
  }
  Value fold_next(int64_t from, int64_t to, Value so_far) {
    if (bound_.args[1]->kind == BoundKind::kSlice)
      return fold(whole_.as_list(), {size_t(from), size_t(to)}, std::move(so_far));
    for (std::vector<Value> numbers; from < to; numbers.clear()) {
      for (; from < to && numbers.size() < Vector::kCapacity; from++) numbers.push_back(Value::integer(from));
      so_far = fold(numbers, {0, numbers.size()}, std::move(so_far));
    }
    return so_far;
  }

  std::vector<EvaluatorPtr> sources_;  // the operands of the slice or range()
  std::vector<plan::Slot> read_;       // by a step, beside its own variables
  Value whole_;
  std::vector<int64_t> begins_, ends_;  // of the rows' parts
};

}  // namespace

EvaluatorPtr make_reduce(const plan::BoundExpression& bound, BuildContext& build) {
  if (RunningReduce::may_run(bound)) return std::make_unique<RunningReduce>(bound, build);
  return std::make_unique<Reduce>(bound, build);
}

}  // namespace elegraph::query::exec
