// SPDX-License-Identifier: Apache-2.0
#include "query/exec/expressions/row_wise.h"

#include <algorithm>

#include "query/exec/columns.h"

namespace elegraph::query::exec {

RowWise::RowWise(const plan::BoundExpression& bound, BuildContext& build)
    : Evaluator(bound), state_(build.state), args_(make_evaluators(bound.args, build)), values_(args_.size()) {}

const Vector& RowWise::evaluate(const Batch& batch, Rows rows) {
  operands(batch, rows);
  if (rows.count == 0) return out_.reset_null(), out_;
  return combine(rows);
}

std::span<const Vector* const> RowWise::operands(const Batch& batch, Rows rows) {
  static const Vector null;
  inputs_.clear();
  for (EvaluatorPtr& a : args_) inputs_.push_back(a ? &a->evaluate(batch, rows) : &null);
  return inputs_;
}

const Vector& RowWise::combine(Rows rows) {
  bool constant = !inputs_.empty() && pure() &&
                  std::all_of(inputs_.begin(), inputs_.end(), [](const Vector* v) { return v->constant(); });
  at_position(bound_.position, [&] {
    if (constant)
      compute_constant(rows[0]);
    else if (!kernel(inputs_, rows))
      compute_rows(rows);
  });
  return out_;
}

void RowWise::compute_constant(uint32_t row) {
  for (size_t i = 0; i < inputs_.size(); i++) values_[i] = inputs_[i]->value(row);
  out_.set_constant(compute(values_));
}

void RowWise::compute_rows(Rows rows) {
  ColumnWriter writer(out_);
  for (size_t i = 0; i < inputs_.size(); i++)
    if (inputs_[i]->constant()) values_[i] = inputs_[i]->value(rows[0]);
  for (uint32_t r = 0; r < rows.count; r++) {
    uint32_t row = rows[r];
    for (size_t i = 0; i < inputs_.size(); i++)
      if (!inputs_[i]->constant()) values_[i] = inputs_[i]->value(row);
    writer.put(row, compute(values_));
  }
  writer.finish();
}

}  // namespace elegraph::query::exec
