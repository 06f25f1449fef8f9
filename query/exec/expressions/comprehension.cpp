// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/local_rows.h"
#include "query/exec/expressions/referenced.h"
#include "query/exec/expressions/row_wise.h"

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
class OverList : public Evaluator {
 public:
  OverList(const plan::BoundExpression& bound, BuildContext& build, size_t list, plan::Slot element)
      : Evaluator(bound),
        state_(build.state),
        args_(make_evaluators(bound.args, build)),
        list_(list),
        local_(outer_slots(bound), element, build.state) {}

  void restart() override { restart_all(args_); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    const Vector& lists = args_[list_]->evaluate(batch, rows);
    ColumnWriter writer(out_);
    for_rows(rows, [&](uint32_t row) {
      Value list = lists.value(row);
      if (list.is_null()) return writer.put(row, Value());
      if (list.type() != Type::kList)
        throw Error(sqlstate::kInvalidParameterValue, fmt::format("expected a LIST, not {}", type_name(list.type())))
            .at(bound_.position);
      state_.check_interrupt();
      local_.set_outer(batch, row);
      writer.put(row, of_list(list.as_list(), batch, row));
    });
    writer.finish();
    return out_;
  }

 protected:
  virtual Value of_list(const std::vector<Value>& items, const Batch& outer, uint32_t row) = 0;

  State& state_;
  std::vector<EvaluatorPtr> args_;
  size_t list_;
  LocalRows local_;
  Vector out_;
};

class ListComprehension : public OverList {
 public:
  ListComprehension(const plan::BoundExpression& bound, BuildContext& build) : OverList(bound, build, 0, bound.slot) {}

 protected:
  Value of_list(const std::vector<Value>& items, const Batch&, uint32_t) override {
    std::vector<Value> out;
    Evaluator* filter = args_.size() > 1 ? args_[1].get() : nullptr;
    Evaluator* projection = args_.size() > 2 ? args_[2].get() : nullptr;
    uint16_t kept[Vector::kCapacity];
    for (size_t done = 0; done < items.size();) {
      done += local_.set_elements(items, done);
      Rows rows = local_.rows();
      if (filter) rows = {kept, filter->select(local_.batch(), rows, kept)};
      if (rows.count == 0) continue;
      const Vector& v = projection ? projection->evaluate(local_.batch(), rows) : local_.batch().column(bound_.slot);
      for_rows(rows, [&](uint32_t row) { out.push_back(v.value(row)); });
    }
    return Value::list(std::move(out));
  }
};

class Quantifier : public OverList {
 public:
  Quantifier(const plan::BoundExpression& bound, BuildContext& build) : OverList(bound, build, 0, bound.slot) {}

 protected:
  Value of_list(const std::vector<Value>& items, const Batch&, uint32_t) override {
    uint64_t yes = 0, no = 0, unknown = 0;
    for (size_t done = 0; done < items.size();) {
      done += local_.set_elements(items, done);
      const Vector& v = args_[1]->evaluate(local_.batch(), local_.rows());
      for_rows(local_.rows(), [&](uint32_t row) {
        Value t = v.value(row);
        if (!t.is_null() && t.type() != Type::kBool)
          throw Error(sqlstate::kInvalidParameterValue, fmt::format("expected a BOOLEAN, not {}", type_name(t.type())))
              .at(bound_.position);
        (t.is_null() ? unknown : t.as_bool() ? yes : no)++;
      });
    }
    switch (bound_.kind) {
      case BoundKind::kAll: return decide(no == 0, no > 0 ? 0 : unknown);
      case BoundKind::kAny: return decide(yes > 0, yes > 0 ? 0 : unknown);
      case BoundKind::kNone: return decide(yes == 0, yes > 0 ? 0 : unknown);
      default: return decide(yes == 1, yes > 1 ? 0 : unknown);
    }
  }

 private:
  static Value decide(bool result, uint64_t unknown) { return unknown ? Value() : Value::boolean(result); }
};

class Reduce : public OverList {
 public:
  Reduce(const plan::BoundExpression& bound, BuildContext& build) : OverList(bound, build, 1, bound.slot2) {}

 protected:
  Value of_list(const std::vector<Value>& items, const Batch& outer, uint32_t row) override {
    uint16_t only = uint16_t(row);
    Value accumulator = args_[0]->evaluate(outer, {&only, 1}).value(row);
    for (const Value& item : items) {
      state_.check_interrupt();  // each step may be long: strings and lists that grow
      local_.set_constant(bound_.slot, accumulator);
      local_.set_constant(bound_.slot2, item);
      accumulator = args_[2]->evaluate(local_.batch(), {nullptr, 1}).value(0);
    }
    return accumulator;
  }
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
