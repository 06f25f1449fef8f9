// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"

namespace elegraph::query::exec {

namespace {

// EXISTS { }, COUNT { } and COLLECT { }: the subplan's operators are made once and run for each row.
class Subplan : public Evaluator {
 public:
  Subplan(const plan::BoundExpression& bound, BuildContext& build) : Evaluator(bound), state_(build.state) {
    BuildContext inner{build.state, &argument_, {}};
    root_ = make_operator(*bound.subplan, inner);
  }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    Unyielding guard(state_);
    ColumnWriter writer(out_);
    argument_.batch = &batch;
    for_rows(rows, [&](uint32_t row) {
      uint16_t only = uint16_t(row);
      argument_.rows = {&only, 1};
      root_->restart();
      writer.put(row, run());
    });
    writer.finish();
    return out_;
  }

 private:
  Value run() {
    switch (bound_.kind) {
      case plan::BoundKind::kExists: return Value::boolean(exists());
      case plan::BoundKind::kCount: return Value::integer(int64_t(count_rows()));
      default: return collect();
    }
  }
  bool exists() {
    const Batch* batch = nullptr;
    while (root_->next(batch) == Step::kBatch)
      if (batch->count) return true;
    return false;
  }
  uint64_t count_rows() {
    uint64_t total = 0, rows = 0;
    while (root_->next_count(rows) == Step::kBatch) total += rows;
    return total;
  }
  Value collect() {
    std::vector<Value> out;
    const Batch* batch = nullptr;
    while (root_->next(batch) == Step::kBatch) {
      const Vector& v = batch->column(bound_.slot);
      for_rows(Rows::of(*batch), [&](uint32_t row) { out.push_back(v.value(row)); });
    }
    return Value::list(std::move(out));
  }

  State& state_;
  Argument argument_;
  OperatorPtr root_;
  Vector out_;
};

}  // namespace

EvaluatorPtr make_subplan(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Subplan>(bound, build);
}

}  // namespace elegraph::query::exec
