// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/operators/correlated.h"
#include "query/exec/subplan_memo.h"
#include "query/exec/weights.h"
#include "storage/value_memory.h"

namespace elegraph::query::exec {

namespace {

// Whether the subplan is a few steps from the row, so that running all rows at once costs less than stopping at each
// row's first result would save.
bool short_steps(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  if (node.kind == kArgument) return true;
  bool step = node.kind == kExpand || node.kind == kIntersect || node.kind == kFilter || node.kind == kProject;
  return step && node.left && short_steps(*node.left);
}

// Ways of one row at a time are counted without making rows of them.
bool counts_walks(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  if (node.kind == kVarExpand || node.kind == kShortestPath || node.kind == kUnwind) return true;
  return node.kind == kApply || node.kind == kOptional || node.kind == kSemiApply ||
         (node.left && counts_walks(*node.left)) || (node.kind == kUnion && counts_walks(*node.right));
}

bool runs_at_once(const plan::BoundExpression& bound) {
  constexpr double kShort = 100;
  const plan::PhysicalNode& subplan = *bound.subplan;
  if (bound.kind == plan::BoundKind::kExists) return short_steps(subplan) && subplan.estimated_cost <= kShort;
  return runs_batched(subplan) && (bound.kind == plan::BoundKind::kCollect || !counts_walks(subplan));
}

// EXISTS { }, COUNT { } and COLLECT { }: the subplan's operators are made once. They run for each row, or for all rows
// of a batch at once where it is a short way (each result then carries its row's number).
class Subplan : public Evaluator {
 public:
  Subplan(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound), state_(build.state), memo_(bound, build.state) {
    BuildContext inner = build.with(argument_, false);
    inner.carry.clear();
    at_once_ = runs_at_once(bound);
    if (at_once_) {
      argument_.row_slot = build.state.columns++;
      inner.carry.push_back(argument_.row_slot);
    }
    root_ = make_operator(*bound.subplan, inner);
  }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    Unyielding guard(state_);
    ColumnWriter writer(out_);
    argument_.batch = &batch;
    bound_.kind == plan::BoundKind::kCollect ? collect(rows, writer) : test(batch, rows, writer);
    writer.finish();
    return out_;
  }

 private:
  void collect(Rows rows, ColumnWriter& writer) {
    if (at_once_ && rows.count > 1) return collect_all(rows, writer);
    for_each_alone(rows, [&](uint32_t row) { writer.put(row, collect()); });
  }
  void test(const Batch& batch, Rows rows, ColumnWriter& writer) {
    const std::optional<Rows> first = memo_.first_rows(batch, rows);
    find(first ? *first : rows);
    if (first) memo_.put(counts_);
    uint32_t i = 0;
    for_rows(rows, [&](uint32_t row) {
      const uint64_t found = first ? memo_.found(i++) : counts_[i++];
      const bool exists = bound_.kind == plan::BoundKind::kExists;
      writer.put(row, exists ? Value::boolean(found > 0) : Value::integer(int64_t(found)));
    });
  }
  // Into counts_: how many rows there are for each of these, or whether there are any.
  void find(Rows rows) {
    if (at_once_ && rows.count > 1) return count_all(rows);
    counts_.clear();
    for_each_alone(rows,
                   [&](uint32_t) { counts_.push_back(bound_.kind == plan::BoundKind::kExists ? exists() : count_rows()); });
  }
  template <class F>
  void for_each_alone(Rows rows, F&& f) {
    for_rows(rows, [&](uint32_t row) {
      uint16_t only = uint16_t(row);
      argument_.rows = {&only, 1};
      root_->restart();
      f(row);
    });
  }
  void count_all(Rows rows) {
    counts_.assign(rows.count, 0);
    argument_.rows = rows;
    root_->restart();
    const Batch* batch = nullptr;
    const uint64_t* weights = nullptr;
    while (root_->next_weighted(batch, weights) == Step::kBatch) {
      const Vector& numbers = batch->column(argument_.row_slot);
      const auto* n = numbers.data<int64_t>();
      for_rows(Rows::of(*batch), [&](uint32_t row) {
        uint64_t& count = counts_[size_t(n[numbers.at(row)])];
        count = plus(count, weights ? weights[row] : 1);
      });
    }
  }
  void collect_all(Rows rows, ColumnWriter& writer) {
    lists_.assign(rows.count, {});
    argument_.rows = rows;
    root_->restart();
    const Batch* batch = nullptr;
    uint64_t values = 0;
    while (root_->next(batch) == Step::kBatch) {
      admit_value((values += batch->count) * sizeof(Value));
      const Vector& numbers = batch->column(argument_.row_slot);
      const auto* n = numbers.data<int64_t>();
      const Vector& v = batch->column(bound_.slot);
      for_rows(Rows::of(*batch), [&](uint32_t row) { lists_[size_t(n[numbers.at(row)])].push_back(v.value(row)); });
    }
    size_t i = 0;
    for_rows(rows, [&](uint32_t row) { writer.put(row, Value::list(std::move(lists_[i++]))); });
    lists_.clear();
  }
  bool exists() {
    const Batch* batch = nullptr;
    while (root_->next(batch) == Step::kBatch)
      if (batch->count) return true;
    return false;
  }
  uint64_t count_rows() {
    uint64_t total = 0, rows = 0;
    while (root_->next_count(rows) == Step::kBatch) total = plus(total, rows);
    return total;
  }
  Value collect() {
    std::vector<Value> out;
    const Batch* batch = nullptr;
    while (root_->next(batch) == Step::kBatch) {
      const Vector& v = batch->column(bound_.slot);
      admit_value(out.capacity() * sizeof(Value));
      for_rows(Rows::of(*batch), [&](uint32_t row) { out.push_back(v.value(row)); });
    }
    return Value::list(std::move(out));
  }

  State& state_;
  Argument argument_;
  OperatorPtr root_;
  bool at_once_ = false;
  SubplanMemo memo_;
  std::vector<uint64_t> counts_;           // find(): results by the row's number
  std::vector<std::vector<Value>> lists_;  // the same of collect_all()
  Vector out_;
};

}  // namespace

EvaluatorPtr make_subplan(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Subplan>(bound, build);
}

}  // namespace elegraph::query::exec
