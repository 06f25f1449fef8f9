// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/local_rows.h"
#include "query/exec/expressions/referenced.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/value_ops.h"
#include "query/plan/expression_tools.h"
#include "storage/value_memory.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

std::vector<plan::Slot> outer_slots(const plan::BoundExpression& bound) {
  std::vector<plan::Slot> slots;
  for (auto& a : bound.args)
    if (a) referenced_slots(*a, slots);
  std::erase_if(slots, [&](plan::Slot s) { return s == bound.slot || s == bound.slot2; });
  return slots;
}

// What comprehensions, quantifiers and reduce share: a list per outer row, and a body over its elements.
//
// Short lists go side by side: the body runs over all rows' first elements, then over all their second ones, and so on,
// with the outer rows' columns as they are. Long ones go one after the other, their elements side by side.
class OverList : public Evaluator {
 public:
  OverList(const plan::BoundExpression& bound, BuildContext& build, size_t list, plan::Slot element)
      : Evaluator(bound),
        state_(build.state),
        args_(make_evaluators(bound.args, build)),
        element_(element),
        list_(list),
        local_(outer_slots(bound), element, build.state) {}

  void restart() override { restart_all(args_); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    Unyielding guard(state_);
    take_lists(args_[list_]->evaluate(batch, rows), rows);
    const bool together = short_.size() >= kTogether;
    if (together) {
      begin(batch);
      for (size_t at = 0; !short_.empty(); at++) take_elements(at);
    }
    ColumnWriter writer(out_);
    for (uint32_t i = 0; i < rows.count; i++)
      writer.put(rows[i], together && is_short(lists_[i]) ? result(i) : of_row(i, batch, rows[i]));
    writer.finish();
    lists_.clear();
    return out_;
  }

 protected:
  // Of one list.
  virtual Value of_list(const std::vector<Value>& items, const Batch& outer, uint32_t row) = 0;
  // Of many: begin_lists() with the rows that have one, then step() for each place in the longest of them, then result()
  // for each.
  virtual void begin_lists(uint32_t count, const Batch& outer, Rows rows) = 0;
  // step_ has the elements of `rows`; numbers_[row] is the number of the row's list.
  virtual void step(Rows rows) = 0;
  virtual Value result(uint32_t list) = 0;
  // So many elements come.
  void step_inside(uint64_t elements) {
    state_.touch(elements);
    state_.check_interrupt();
  }
  // How long a list may be to go with others.
  virtual size_t short_list() const { return 32; }

  State& state_;
  std::vector<EvaluatorPtr> args_;
  plan::Slot element_;
  size_t list_;
  LocalRows local_;
  Batch step_;
  uint16_t numbers_[Vector::kCapacity];
  Vector out_;

 private:
  // Fewer lists than that are as well looped over one after the other.
  static constexpr size_t kTogether = 4;

  void take_lists(const Vector& lists, Rows rows) {
    lists_.clear(), short_.clear();
    for (uint32_t i = 0; i < rows.count; i++) {
      numbers_[rows[i]] = uint16_t(i);
      const Value& list = lists_.emplace_back(lists.value(rows[i]));
      if (list.is_null()) continue;
      if (list.type() != Type::kList)
        throw Error(sqlstate::kInvalidParameterValue, fmt::format("expected a LIST, not {}", type_name(list.type())))
            .at(bound_.position);
      if (is_short(list)) short_.push_back(uint16_t(rows[i]));
    }
  }
  bool is_short(const Value& list) const { return !list.is_null() && list.as_list().size() <= short_list(); }

  void begin(const Batch& batch) {
    step_ = batch;
    step_.columns.resize(std::max<size_t>(batch.columns.size(), state_.columns), nullptr);
    step_.columns[element_] = &elements_;
    begin_lists(uint32_t(lists_.size()), batch, {short_.data(), uint32_t(short_.size())});
  }
  void take_elements(size_t at) {
    step_inside(short_.size());
    std::erase_if(short_, [&](uint16_t row) { return list_of(row).size() <= at; });
    if (short_.empty()) return;
    ColumnWriter writer(elements_);
    for (uint16_t row : short_) writer.put(row, list_of(row)[at]);
    writer.finish();
    step_.selection = short_.data(), step_.count = uint32_t(short_.size());
    step({step_.selection, step_.count});
  }
  const std::vector<Value>& list_of(uint16_t row) const { return lists_[numbers_[row]].as_list(); }
  Value of_row(uint32_t i, const Batch& batch, uint32_t row) {
    if (lists_[i].is_null()) return {};
    step_inside(1);
    local_.set_outer(batch, row);
    return of_list(lists_[i].as_list(), batch, row);
  }

  std::vector<Value> lists_;
  std::vector<uint16_t> short_;  // rows whose short lists have more elements
  Vector elements_;
};

class ListComprehension : public OverList {
 public:
  ListComprehension(const plan::BoundExpression& bound, BuildContext& build) : OverList(bound, build, 0, bound.slot) {}

 protected:
  Value of_list(const std::vector<Value>& items, const Batch&, uint32_t) override {
    std::vector<Value> out;
    for (size_t done = 0; done < items.size();) {
      admit_value(out.capacity() * sizeof(Value));
      const size_t before = done;
      done += local_.set_elements(items, done);
      step_inside(done - before);
      project(local_.batch(), local_.rows(), [&](uint32_t, Value v) { out.push_back(std::move(v)); });
    }
    return Value::list(std::move(out));
  }

  void begin_lists(uint32_t count, const Batch&, Rows) override { made_.assign(count, {}); }
  void step(Rows rows) override {
    project(step_, rows, [&](uint32_t row, Value v) { made_[numbers_[row]].push_back(std::move(v)); });
  }
  Value result(uint32_t list) override { return Value::list(std::move(made_[list])); }

 private:
  template <class F>
  void project(const Batch& batch, Rows rows, F&& take) {
    Evaluator* filter = args_.size() > 1 ? args_[1].get() : nullptr;
    Evaluator* projection = args_.size() > 2 ? args_[2].get() : nullptr;
    uint16_t kept[Vector::kCapacity];
    if (filter) rows = {kept, filter->select(batch, rows, kept)};
    if (rows.count == 0) return;
    const Vector& v = projection ? projection->evaluate(batch, rows) : batch.column(bound_.slot);
    for_rows(rows, [&](uint32_t row) { take(row, v.value(row)); });
  }

  std::vector<std::vector<Value>> made_;
};

class Quantifier : public OverList {
 public:
  Quantifier(const plan::BoundExpression& bound, BuildContext& build) : OverList(bound, build, 0, bound.slot) {}

 protected:
  struct Counts {
    uint64_t yes = 0, no = 0, unknown = 0;
  };

  Value of_list(const std::vector<Value>& items, const Batch&, uint32_t) override {
    Counts counts;
    for (size_t done = 0; done < items.size();) {
      const size_t before = done;
      done += local_.set_elements(items, done);
      step_inside(done - before);
      test(local_.batch(), local_.rows(), [&](uint32_t) -> Counts& { return counts; });
    }
    return decide(counts);
  }

  void begin_lists(uint32_t count, const Batch&, Rows) override { counts_.assign(count, {}); }
  void step(Rows rows) override {
    test(step_, rows, [&](uint32_t row) -> Counts& { return counts_[numbers_[row]]; });
  }
  Value result(uint32_t list) override { return decide(counts_[list]); }

 private:
  template <class CountsOf>
  void test(const Batch& batch, Rows rows, CountsOf&& counts_of) {
    const Vector& v = args_[1]->evaluate(batch, rows);
    for_rows(rows, [&](uint32_t row) {
      Value t = v.value(row);
      if (!t.is_null() && t.type() != Type::kBool)
        throw Error(sqlstate::kInvalidParameterValue, fmt::format("expected a BOOLEAN, not {}", type_name(t.type())))
            .at(bound_.position);
      Counts& c = counts_of(row);
      (t.is_null() ? c.unknown : t.as_bool() ? c.yes : c.no)++;
    });
  }
  Value decide(const Counts& c) const {
    switch (bound_.kind) {
      case BoundKind::kAll: return decide(c.no == 0, c.no > 0 ? 0 : c.unknown);
      case BoundKind::kAny: return decide(c.yes > 0, c.yes > 0 ? 0 : c.unknown);
      case BoundKind::kNone: return decide(c.yes == 0, c.yes > 0 ? 0 : c.unknown);
      default: return decide(c.yes == 1, c.yes > 1 ? 0 : c.unknown);
    }
  }
  static Value decide(bool result, uint64_t unknown) { return unknown ? Value() : Value::boolean(result); }

  std::vector<Counts> counts_;
};

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
  Value of_list(const std::vector<Value>& items, const Batch& outer, uint32_t row) override {
    uint16_t only = uint16_t(row);
    Value accumulator = args_[0]->evaluate(outer, {&only, 1}).value(row);
    if (term_ && is_number(accumulator.type())) return fold_list(items, std::move(accumulator));
    for (const Value& item : items) {
      step_inside(1);  // which may be long: strings and lists that grow
      local_.set_constant(bound_.slot, accumulator);
      local_.set_constant(bound_.slot2, item);
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
  Value fold_list(const std::vector<Value>& items, Value so_far) {
    for (size_t done = 0; done < items.size();) {
      const uint32_t count = local_.set_elements(items, done);
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

}  // namespace

EvaluatorPtr make_comprehension(const plan::BoundExpression& bound, BuildContext& build) {
  switch (bound.kind) {
    case BoundKind::kListComprehension: return std::make_unique<ListComprehension>(bound, build);
    case BoundKind::kReduce: return std::make_unique<Reduce>(bound, build);
    default: return std::make_unique<Quantifier>(bound, build);
  }
}

}  // namespace elegraph::query::exec
