// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/over_list.h"
#include "storage/value_memory.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

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

}  // namespace

EvaluatorPtr make_comprehension(const plan::BoundExpression& bound, BuildContext& build) {
  switch (bound.kind) {
    case BoundKind::kListComprehension: return std::make_unique<ListComprehension>(bound, build);
    case BoundKind::kReduce: return make_reduce(bound, build);
    default: return std::make_unique<Quantifier>(bound, build);
  }
}

}  // namespace elegraph::query::exec
