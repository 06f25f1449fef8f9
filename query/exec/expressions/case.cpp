// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

// CASE in both forms. Each branch is computed for the rows that it serves and for no others.
class Case : public Evaluator {
 public:
  Case(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound),
        args_(make_evaluators(bound.args, build)),
        first_(bound.kind == plan::BoundKind::kSimpleCase ? 1 : 0) {
    branches_ = (args_.size() - first_) / 2;
    if (args_.size() > first_ + branches_ * 2) else_ = args_.back().get();
  }

  void restart() override { restart_all(args_); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    uint16_t open[Vector::kCapacity], taken[Vector::kCapacity];
    for (uint32_t i = 0; i < rows.count; i++) open[i] = uint16_t(rows[i]);
    begin(rows);
    Rows left{open, rows.count};
    for (size_t b = 0; b < branches_ && left.count; b++) {
      uint32_t n = choose(batch, left, b, taken);
      keep(*args_[first_ + 2 * b + 1], batch, {taken, n});
      uint32_t rest = uint32_t(std::set_difference(open, open + left.count, taken, taken + n, open) - open);
      left.count = rest;
    }
    if (else_) keep(*else_, batch, left);
    finish(rows);
    return out_;
  }

 private:
  uint32_t choose(const Batch& batch, Rows left, size_t branch, uint16_t* taken) {
    Evaluator& when = *args_[first_ + 2 * branch];
    if (first_ == 0) return when.select(batch, left, taken);
    const Vector& operand = args_[0]->evaluate(batch, left);
    const Vector& value = when.evaluate(batch, left);
    uint32_t n = 0;
    for_rows(left, [&](uint32_t row) {
      if (equals(operand.value(row), value.value(row)).value_or(false)) taken[n++] = uint16_t(row);
    });
    return n;
  }

  // Numbers, booleans and strings (which stay the branch's) of one type are copied as they are; what else there is goes by
  // way of values.
  enum class Way : uint8_t { kNothingYet, kCells, kValues };

  void begin(Rows rows) {
    all_ = rows;
    way_ = Way::kNothingYet;
  }

  void keep(Evaluator& then, const Batch& batch, Rows rows) {
    if (rows.count == 0) return;
    const Vector& v = then.evaluate(batch, rows);
    if (v.type() == Type::kNull) return;
    if (way_ == Way::kNothingYet) start(v.type());
    if (way_ == Way::kCells && v.type() != out_.type()) to_values();
    if (way_ == Way::kValues) {
      for_rows(rows, [&](uint32_t row) { results_[row] = v.value(row); });
    } else if (out_.type() == Type::kBool) {
      copy_cells<uint8_t>(v, rows);
    } else if (out_.type() == Type::kString) {
      copy_cells<StringRef>(v, rows);
    } else {
      copy_cells<uint64_t>(v, rows);
    }
  }

  void start(Type type) {
    const bool cells = type == Type::kBool || type == Type::kInt || type == Type::kFloat || type == Type::kString;
    way_ = cells ? Way::kCells : Way::kValues;
    if (!cells) return results_.assign(all_.extent(), Value());
    out_.reset(type);
    std::fill_n(out_.mutable_mask(), Vector::kWords, uint64_t{0});
  }

  void to_values() {
    way_ = Way::kValues;
    results_.assign(all_.extent(), Value());
    for_rows(all_, [&](uint32_t row) { results_[row] = out_.value(row); });
  }

  template <class T>
  void copy_cells(const Vector& v, Rows rows) {
    T* out = out_.mutable_data<T>();
    uint64_t* mask = out_.mutable_mask();
    for_rows(rows, [&](uint32_t row) {
      if (!v.valid(row)) return;
      out[row] = v.data<T>()[v.at(row)];
      mask[row / 64] |= uint64_t{1} << (row % 64);
    });
  }

  void finish(Rows rows) {
    if (way_ == Way::kNothingYet) return out_.reset_null();
    if (way_ == Way::kCells) {
      bool all = true;
      for_rows(rows, [&](uint32_t row) { all &= out_.valid(row); });
      if (all) out_.set_valid_all();
      return;
    }
    ColumnWriter writer(out_);
    for_rows(rows, [&](uint32_t row) { writer.put(row, results_[row]); });
    writer.finish();
  }

  std::vector<EvaluatorPtr> args_;
  size_t first_;
  size_t branches_;
  Evaluator* else_ = nullptr;
  Rows all_;
  Way way_ = Way::kNothingYet;
  std::vector<Value> results_;
  Vector out_;
};

}  // namespace

EvaluatorPtr make_case(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Case>(bound, build);
}

}  // namespace elegraph::query::exec
