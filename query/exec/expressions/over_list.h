// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/local_rows.h"
#include "query/exec/expressions/referenced.h"
#include "query/exec/state.h"

namespace elegraph::query::exec {

// What the parts of `bound` read beside its own variables.
inline std::vector<plan::Slot> outer_slots(const plan::BoundExpression& bound) {
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

}  // namespace elegraph::query::exec
