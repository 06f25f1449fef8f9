// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

class FunctionCall : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  const FunctionDef& def() const { return *bound_.function; }

  bool pure() const override { return def().deterministic; }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    return def().vector && def().vector(in, rows.rows, rows.count, out_);
  }

  Value compute(std::span<const Value> v) override {
    if (def().null_on_null && std::any_of(v.begin(), v.end(), [](const Value& a) { return a.is_null(); })) return {};
    return def().call(v, state_.functions);
  }
};

class Cast : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override { return cast(v[0], bound_.name, state_.functions); }
};

}  // namespace

EvaluatorPtr make_function(const plan::BoundExpression& bound, BuildContext& build) {
  if (bound.kind == plan::BoundKind::kCast) return std::make_unique<Cast>(bound, build);
  return std::make_unique<FunctionCall>(bound, build);
}

}  // namespace elegraph::query::exec
