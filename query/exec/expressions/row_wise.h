// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "query/exec/evaluator.h"

namespace elegraph::query::exec {

// Base of expressions that have operands, computed value by value; subclasses add typed kernels before they fall
// back to it. Operands that are null pointers give null.
class RowWise : public Evaluator {
 public:
  RowWise(const plan::BoundExpression& bound, BuildContext& build);

  const Vector& evaluate(const Batch& batch, Rows rows) override;
  void restart() override { restart_all(args_); }

 protected:
  // The two halves of evaluate(): the operands, then the result of what operands() found. REQUIRES for combine(): rows.
  std::span<const Vector* const> operands(const Batch& batch, Rows rows);
  const Vector& combine(Rows rows);

  virtual Value compute(std::span<const Value> args) = 0;
  // A typed computation into out_; false: there is none for these types.
  virtual bool kernel(std::span<const Vector* const>, Rows) { return false; }
  // Whether equal operands give equal results, so that constants are computed once.
  virtual bool pure() const { return true; }

  State& state_;
  std::vector<EvaluatorPtr> args_;
  Vector out_;

 private:
  void compute_rows(Rows rows);
  void compute_constant(uint32_t row);

  std::vector<const Vector*> inputs_;
  std::vector<Value> values_;
};

// Runs f, and adds the expression's position to errors that have none.
template <class F>
auto at_position(uint32_t position, F&& f) {
  try {
    return f();
  } catch (Error& e) {
    if (!e.position) e.position = position;
    throw;
  }
}

}  // namespace elegraph::query::exec
