// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "query/exec/expressions/factories.h"

namespace elegraph::query::exec {

namespace {

class Literal : public Evaluator {
 public:
  explicit Literal(const plan::BoundExpression& bound) : Evaluator(bound) { out_.set_constant(bound.literal); }
  const Vector& evaluate(const Batch&, Rows) override { return out_; }

 private:
  Vector out_;
};

class Parameter : public Evaluator {
 public:
  Parameter(const plan::BoundExpression& bound, BuildContext& build) : Evaluator(bound), state_(build.state) {}
  const Vector& evaluate(const Batch&, Rows) override { return out_; }
  void restart() override {
    const auto& parameters = state_.context.parameters;
    if (bound_.parameter >= parameters.size())
      throw Error(sqlstate::kUndefinedParameter, fmt::format("there is no parameter ${}", bound_.parameter + 1))
          .at(bound_.position);
    out_.set_constant(parameters[bound_.parameter]);
  }

 private:
  State& state_;
  Vector out_;
};

class SlotColumn : public Evaluator {
 public:
  using Evaluator::Evaluator;
  const Vector& evaluate(const Batch& batch, Rows) override {
    if (bound_.slot >= batch.columns.size() || !batch.columns[bound_.slot])
      throw Error(sqlstate::kInternalError, fmt::format("slot {} is not carried here", bound_.slot));
    return *batch.columns[bound_.slot];
  }
};

}  // namespace

EvaluatorPtr make_leaf(const plan::BoundExpression& bound, BuildContext& build) {
  switch (bound.kind) {
    case plan::BoundKind::kLiteral: return std::make_unique<Literal>(bound);
    case plan::BoundKind::kParameter: return std::make_unique<Parameter>(bound, build);
    default: return std::make_unique<SlotColumn>(bound);
  }
}

}  // namespace elegraph::query::exec
