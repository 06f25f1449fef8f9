// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/operator.h"
#include "query/exec/rows.h"

namespace elegraph::query::exec {

class Evaluator;
using EvaluatorPtr = std::unique_ptr<Evaluator>;

// A bound expression made ready to run over batches. Vectorised: typed loops where the operands' types of this
// batch have one, row by row over query/functions/value_ops.h where not.
//
// Only the rows asked for are computed, so an error in a row that a condition to the left excludes does not surface.
// Three-valued logic as Cypher has it.
//
// Thread-safety: one thread at a time (it owns its result).
class Evaluator {
 public:
  explicit Evaluator(const plan::BoundExpression& bound) : bound_(bound) {}
  virtual ~Evaluator() = default;
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // Row i of the result belongs to row i of the batch; rows not asked for hold anything. Stays until the next
  // call, or as long as the batch's columns where it is one of them.
  virtual const Vector& evaluate(const Batch& batch, Rows rows) = 0;
  // The rows for which the expression is true, ascending, into `out` (room for rows.count; may be rows.rows).
  // Errors: 22023 where it is no boolean.
  virtual uint32_t select(const Batch& batch, Rows rows, uint16_t* out);
  // How many of them there are.
  virtual uint32_t count(const Batch& batch, Rows rows);
  // Takes up changed parameters. Before the first evaluate(), too.
  virtual void restart() {}

  const plan::BoundExpression& bound() const { return bound_; }

 protected:
  // select(), of what evaluate() gave.
  uint32_t select_true(const Vector& v, Rows rows, uint16_t* out) const;

  const plan::BoundExpression& bound_;
};

EvaluatorPtr make_evaluator(const plan::BoundExpression& bound, BuildContext& build);
std::vector<EvaluatorPtr> make_evaluators(const std::vector<plan::BoundPtr>& bound, BuildContext& build);
inline void restart_all(std::vector<EvaluatorPtr>& all) {
  for (EvaluatorPtr& e : all)
    if (e) e->restart();
}

// The value for the batch's first row; for LIMIT, index keys and the like.
Value evaluate_one(Evaluator& e, const Batch& batch);
// The empty row that expressions without slots are evaluated over.
Batch empty_row(const State& state);

}  // namespace elegraph::query::exec
