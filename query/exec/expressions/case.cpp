// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/exec/expressions/equal_rows.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/merged_rows.h"

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
    merged_.begin(rows);
    Rows left{open, rows.count};
    for (size_t b = 0; b < branches_ && left.count; b++) {
      uint32_t n = choose(batch, left, b, taken);
      keep(*args_[first_ + 2 * b + 1], batch, {taken, n});
      uint32_t rest = uint32_t(std::set_difference(open, open + left.count, taken, taken + n, open) - open);
      left.count = rest;
    }
    if (else_) keep(*else_, batch, left);
    merged_.finish();
    return out_;
  }

 private:
  uint32_t choose(const Batch& batch, Rows left, size_t branch, uint16_t* taken) {
    Evaluator& when = *args_[first_ + 2 * branch];
    if (first_ == 0) return when.select(batch, left, taken);
    const Vector& operand = args_[0]->evaluate(batch, left);
    return select_equal(operand, when.evaluate(batch, left), left, taken);
  }

  void keep(Evaluator& then, const Batch& batch, Rows rows) {
    if (rows.count) merged_.keep(then.evaluate(batch, rows), rows);
  }

  std::vector<EvaluatorPtr> args_;
  size_t first_;
  size_t branches_;
  Evaluator* else_ = nullptr;
  Vector out_;
  MergedRows merged_{out_};
};

// coalesce(). An argument is computed for the rows to which those before it gave nothing.
class Coalesce : public Evaluator {
 public:
  Coalesce(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound), args_(make_evaluators(bound.args, build)) {}

  void restart() override { restart_all(args_); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    uint16_t open[Vector::kCapacity];
    Rows left = rows;
    merged_.begin(rows);
    for (size_t i = 0; i < args_.size() && left.count; i++) {
      const Vector& v = args_[i]->evaluate(batch, left);
      if (is_null_constant(v)) continue;
      const bool for_all = left.count == rows.count;
      if (for_all && (v.constant() || v.all_valid())) return out_.reference(v), out_;
      merged_.keep(v, left);
      left = {open, select_null(v, left, open)};
    }
    merged_.finish();
    return out_;
  }

 private:
  static uint32_t select_null(const Vector& v, Rows rows, uint16_t* out) {
    uint32_t n = 0;
    for_rows(rows, [&](uint32_t row) {
      out[n] = uint16_t(row);
      n += !v.valid(row);
    });
    return n;
  }

  std::vector<EvaluatorPtr> args_;
  Vector out_;
  MergedRows merged_{out_};
};

}  // namespace

EvaluatorPtr make_case(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Case>(bound, build);
}

EvaluatorPtr make_coalesce(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Coalesce>(bound, build);
}

}  // namespace elegraph::query::exec
